"""Match rules 2 to 4, for names without an id. Each function returns certain matches only."""

from collections import Counter

import polars as pl

from aggregator.identity.curated import Alias, Rules
from aggregator.identity.match_ids import with_known_casing
from aggregator.identity.publishers import is_same_publisher, official_ids, one_id_per_key

CHAT_BOARDS = "arena"
"""Prefix of sources that rank chat models only, so a name there may leave out `instruct` or `chat`."""

MATCHES = {
    "row": pl.UInt32(),
    "model_id": pl.String(),
    "rung": pl.String(),
    "confidence": pl.Float64(),
    "evidence": pl.String(),
    "applies_to_key": pl.Boolean(),  # whether other names with the same key get the same model
}


def match_curated_rules(names: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the names that a curated alias places, within the sources and days of that alias."""
    listed = [
        (
            key,
            alias.model,
            alias.reason,
            alias.on.isoformat(),
            alias.source,
            alias.since,
            alias.until,
            _is_general(alias),
        )
        for alias in sorted(rules.aliases, key=lambda alias: not alias.exact)
        for _, key in rules.alias_keys(alias)
    ]
    listed += _tails_of_curated_models(rules)
    texts = dict.fromkeys(("key", "model_id", "reason", "decided", "source_prefix"), pl.String())
    days = {"since": pl.Date(), "until": pl.Date()}
    curated = pl.DataFrame(listed, schema={**texts, **days, "applies_to_key": pl.Boolean()}, orient="row")
    written = pl.col("raw_name").str.to_lowercase()
    keyed = pl.concat(
        [
            names.with_columns(key=pl.lit("=") + written),
            names.with_columns(key=pl.when(written.str.contains("/", literal=True)).then(written).otherwise("key")),
        ]
    )
    is_in_time = (pl.col("since").is_null() | (pl.col("last_seen_on") >= pl.col("since"))) & (
        pl.col("until").is_null() | (pl.col("first_seen_on") <= pl.col("until"))
    )
    found = keyed.join(curated, on="key").filter(is_in_time & pl.col("source").str.starts_with(pl.col("source_prefix")))
    found = found.filter(is_same_publisher(pl.col("model_id"), rules))
    return _matches(
        with_known_casing(found, known_ids).unique("row", keep="first", maintain_order=True),
        "curated",
        pl.lit(0.99),
        pl.format("{} (decided {})", "reason", "decided"),
        pl.col("applies_to_key"),
    )


def _tails_of_curated_models(rules: Rules) -> list[tuple[str, str, str, str, str, None, None, bool]]:
    """Return alias rows for the tails of the curated models' ids, where no two models have the same key."""
    latest = {alias.model: alias.on.isoformat() for alias in rules.aliases}
    keys = [(rules.key(model.rpartition("/")[2]), model) for model in latest]
    times = Counter(key for key, _ in keys)
    return [
        (key, model, "the id's own name", latest[model], "", None, None, True) for key, model in keys if times[key] == 1
    ]


def _is_general(alias: Alias) -> bool:
    """Return whether an alias holds for every name with the same key: without days, a source or an exact spelling."""
    return alias.since is None and alias.until is None and not alias.exact and not alias.source


def match_written_ids(names: pl.DataFrame, known_ids: pl.Series) -> pl.DataFrame:
    """Return the names that are themselves a known id (`org/model`) in any casing."""
    written = names.filter(pl.col("raw_name").str.contains("/", literal=True)).with_columns(model_id=pl.col("raw_name"))
    known = known_ids.str.to_lowercase().unique().implode()
    return _matches(
        with_known_casing(written.filter(pl.col("model_id").str.to_lowercase().is_in(known)), known_ids),
        "hf_id_folded",
        pl.lit(0.99),
        pl.format("the name {} is the id {}", "raw_name", "model_id"),
    )


def match_id_tails(names: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the names whose key equals the key of exactly one id of their own organization."""
    claimed = frozenset(names["organization_id"].drop_nulls().unique()) - set(rules.organization_by_id)
    officials = official_ids(known_ids, rules, claimed)
    exact = _match_unique_ids(names, one_id_per_key(officials, "key"), rules)
    chat_names = names.filter(
        pl.col("source").str.starts_with(CHAT_BOARDS) & pl.col("open_weights").fill_null(value=True)
    ).join(officials.select("key").unique(), on="key", how="anti", maintain_order="left")
    without_stage = _match_unique_ids(chat_names, one_id_per_key(officials, "stageless"), rules)
    exact_evidence = pl.format("reads `{}`, like {} of its organisation and no other id of it", "key", "model_id")
    chat_evidence = pl.format("reads `{}`, which only the chat model {} of its organisation does", "key", "model_id")
    return pl.concat(
        [
            _matches(exact, "normalized_tail", pl.lit(0.97), exact_evidence),
            _matches(without_stage, "normalized_tail", pl.lit(0.9), chat_evidence),
        ]
    )


def _match_unique_ids(names: pl.DataFrame, officials: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Join on the key; the organization of the name must not contradict, and exactly one id must be left."""
    agrees = pl.col("vendor_id").is_null() | (pl.col("vendor_id") == pl.col("organization_id_right"))
    distinct = pl.DataFrame(
        [(rules.key(a), b.lower()) for pair in rules.apart for a, b in (pair.names, pair.names[::-1])],
        schema={"key": pl.String, "lower_id": pl.String},
        orient="row",
    )
    found = (
        names.join(officials.rename({"organization_id": "organization_id_right"}), on="key")
        .filter(agrees)
        .with_columns(lower_id=pl.col("official_id").str.to_lowercase())
        .join(distinct, on=["key", "lower_id"], how="anti", maintain_order="left")
    )
    is_unique = pl.col("official_id").n_unique().over("row") == 1
    return found.filter(is_unique).unique("row", keep="first", maintain_order=True).rename({"official_id": "model_id"})


def _matches(
    found: pl.DataFrame, rung: str, confidence: pl.Expr, evidence: pl.Expr, applies_to_key: pl.Expr | None = None
) -> pl.DataFrame:
    return found.select(
        pl.col("row").cast(pl.UInt32),
        "model_id",
        rung=pl.lit(rung),
        confidence=confidence,
        evidence=evidence,
        applies_to_key=pl.lit(value=True) if applies_to_key is None else applies_to_key,
    ).cast(MATCHES)  # type: ignore[arg-type] # polars types the keys of this mapping invariantly
