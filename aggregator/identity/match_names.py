"""Rungs two to four for names without an id: each returns the links it is sure of, nothing else."""

from collections import Counter

import polars as pl

from aggregator.identity.curated import Alias, Rules
from aggregator.identity.publishers import official_ids, one_per_key, same_publisher

CHAT_BOARDS = "arena"
"""On these sources every contestant answers people, so a name may leave out `instruct` or `chat`."""

LINKS = {
    "row": pl.UInt32(),
    "model_id": pl.String(),
    "rung": pl.String(),
    "confidence": pl.Float64(),
    "evidence": pl.String(),
    "spreads": pl.Boolean(),  # whether other spellings with the same key follow
}


def curated_links(spellings: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the names that a curated row places, for the sources and days that the row speaks of."""
    listed = [
        (key, alias.model, alias.reason, alias.on.isoformat(), alias.source, alias.since, alias.until, _spreads(alias))
        for alias in sorted(rules.aliases, key=lambda alias: not alias.exact)
        for _, key in rules.compared(alias)
    ]
    listed += _own_names(rules)
    texts = dict.fromkeys(("key", "model_id", "reason", "decided", "only"), pl.String())
    curated = pl.DataFrame(
        listed, schema={**texts, "since": pl.Date(), "until": pl.Date(), "spreads": pl.Boolean()}, orient="row"
    )
    written = pl.col("raw_name").str.to_lowercase()
    keyed = pl.concat(
        [
            spellings.with_columns(key=pl.lit("=") + written),
            spellings.with_columns(key=pl.when(written.str.contains("/", literal=True)).then(written).otherwise("key")),
        ]
    )
    in_time = (pl.col("since").is_null() | (pl.col("last_seen_on") >= pl.col("since"))) & (
        pl.col("until").is_null() | (pl.col("first_seen_on") <= pl.col("until"))
    )
    found = keyed.join(curated, on="key").filter(in_time & pl.col("source").str.starts_with(pl.col("only")))
    found = found.filter(same_publisher(pl.col("model_id"), rules))
    return _links(
        as_known(found, known_ids).unique("row", keep="first", maintain_order=True),
        "curated",
        pl.lit(0.99),
        pl.format("{} (decided {})", "reason", "decided"),
        pl.col("spreads"),
    )


def _own_names(rules: Rules) -> list[tuple[str, str, str, str, str, None, None, bool]]:
    """Return rows for the names that curated models have in their own ids, where no two of them read the same."""
    latest = {alias.model: alias.on.isoformat() for alias in rules.aliases}
    keys = [(rules.key(model.rpartition("/")[2]), model) for model in latest]
    times = Counter(key for key, _ in keys)
    return [
        (key, model, "the id's own name", latest[model], "", None, None, True) for key, model in keys if times[key] == 1
    ]


def _spreads(alias: Alias) -> bool:
    """Say whether a decision holds for every name that reads the same: not where it is of some days or one spelling."""
    return alias.since is None and alias.until is None and not alias.exact and not alias.source


def as_known(found: pl.DataFrame, known_ids: pl.Series) -> pl.DataFrame:
    """Write each `model_id` in the casing that the boards' own ids have, if they have it."""
    known = pl.DataFrame({"fold": known_ids.str.to_lowercase(), "known": known_ids}).unique("fold", keep="first")
    return (
        found.with_columns(fold=pl.col("model_id").str.to_lowercase())
        .join(known, on="fold", how="left", maintain_order="left")
        .with_columns(model_id=pl.coalesce("known", "model_id"))
        .drop("fold", "known")
    )


def id_links(spellings: pl.DataFrame, known_ids: pl.Series) -> pl.DataFrame:
    """Return the names that are themselves a known id in any casing (`org/model`)."""
    written = spellings.filter(pl.col("raw_name").str.contains("/", literal=True)).with_columns(
        model_id=pl.col("raw_name"), fold=pl.col("raw_name").str.to_lowercase()
    )
    folds = known_ids.str.to_lowercase().unique().implode()
    return _links(
        as_known(written.filter(pl.col("fold").is_in(folds)), known_ids),
        "hf_id_folded",
        pl.lit(0.99),
        pl.format("the name {} is the id {}", "raw_name", "model_id"),
    )


def tail_links(spellings: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the names that read exactly like one id of their own organisation, every part equal."""
    claimed = frozenset(spellings["organization_id"].drop_nulls().unique()) - set(rules.by_id)
    officials = official_ids(known_ids, rules, claimed)
    exact = _unique_links(spellings, one_per_key(officials, "key"), rules)
    taken = officials.select("key").unique()
    open_chat = spellings.filter(
        pl.col("source").str.starts_with(CHAT_BOARDS) & pl.col("open_weights").fill_null(value=True)
    ).join(taken, on="key", how="anti", maintain_order="left")
    staged = _unique_links(open_chat, one_per_key(officials, "stageless"), rules)
    reads = pl.format("reads `{}`, like {} of its organisation and no other id of it", "key", "model_id")
    unsaid = pl.format("reads `{}`, which only the chat model {} of its organisation does", "key", "model_id")
    return pl.concat(
        [
            _links(exact, "normalized_tail", pl.lit(0.97), reads),
            _links(staged, "normalized_tail", pl.lit(0.9), unsaid),
        ]
    )


def _unique_links(spellings: pl.DataFrame, officials: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Join on the key; the name's organisation must not contradict, and one model must be left."""
    agrees = pl.col("vendor_id").is_null() | (pl.col("vendor_id") == pl.col("organization_id_right"))
    apart = pl.DataFrame(
        [(rules.key(a), b.lower()) for pair in rules.apart for a, b in (pair.names, pair.names[::-1])],
        schema={"key": pl.String, "fold": pl.String},
        orient="row",
    )
    found = (
        spellings.join(officials.rename({"organization_id": "organization_id_right"}), on="key")
        .filter(agrees)
        .with_columns(fold=pl.col("official_id").str.to_lowercase())
        .join(apart, on=["key", "fold"], how="anti", maintain_order="left")
    )
    alone = pl.col("official_id").n_unique().over("row") == 1
    return found.filter(alone).unique("row", keep="first", maintain_order=True).rename({"official_id": "model_id"})


def _links(
    found: pl.DataFrame, rung: str, confidence: pl.Expr, evidence: pl.Expr, spreads: pl.Expr | None = None
) -> pl.DataFrame:
    return found.select(
        pl.col("row").cast(pl.UInt32),
        "model_id",
        rung=pl.lit(rung),
        confidence=confidence,
        evidence=evidence,
        spreads=pl.lit(value=True) if spreads is None else spreads,
    ).cast(LINKS)  # type: ignore[arg-type] # polars types the keys of this mapping invariantly
