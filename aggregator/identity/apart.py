"""Keep the curated and reviewed pairs of `Rules.apart` in different models, whichever match rule would join them."""

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.text_columns import fill_in


def without_rejected(found: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the matches (`raw_name`, `key`, `model_id`) that no pair rejects, so that a later match rule may decide."""
    return found.filter(~_is_rejected(found, _rejected_ids(rules))) if rules.apart else found


def separate_rejected(placed: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Give an own model to every row of `placed` whose name is in a pair with its model, or with another name of it.

    Of two names the first of the pair leaves. The own id is that of the row, if it has one. `placed` has the columns
    of NAMES and of a match; `key` is null for rows with an id.
    """
    if not rules.apart:
        return placed
    rejected = pl.concat([_rejected_ids(rules), _rejected_by_names(placed, rules)])
    is_rejected = _is_rejected(placed, rejected) & (placed["confidence"] > 0)
    if not is_rejected.any():
        return placed
    taken = pl.concat([placed["model_id"], rejected["lower_id"]]).str.to_lowercase().unique()
    slug = pl.col("raw_name").str.to_lowercase().str.extract(r"([^/]+)$").str.replace_all(r"[^\p{L}\p{N}.]+", "-")
    own_id = fill_in("{}/{}", pl.col("source").str.extract(r"^([^_]+)"), slug.str.strip_chars("-."))
    own_id = pl.when(own_id.is_in(taken.implode())).then(fill_in("{}-apart", own_id)).otherwise(own_id)
    own_id = (
        pl.when(pl.col("hf_id").str.to_lowercase() != pl.col("model_id").str.to_lowercase())
        .then("hf_id")
        .otherwise(own_id)
    )
    evidence = fill_in("a review or a curated row keeps this name apart from {}", "model_id")
    return placed.with_columns(
        model_id=pl.when(is_rejected).then(own_id).otherwise("model_id"),
        rung=pl.when(is_rejected).then(pl.lit("curated")).otherwise("rung"),
        confidence=pl.when(is_rejected).then(0.99).otherwise("confidence"),
        evidence=pl.when(is_rejected).then(evidence).otherwise("evidence"),
    )


def is_rejected_model(name: str, model_id: str, rules: Rules) -> bool:
    """Return whether a pair keeps `name` and `model_id` apart."""
    if model_id.lower() not in rules.rejected:
        return False
    return not rules.rejected[model_id.lower()].isdisjoint((name.lower(), rules.key(name)))


def _is_rejected(rows: pl.DataFrame, rejected: pl.DataFrame) -> pl.Series:
    pairs = rejected.select(fill_in("{} {}", "spelling", "lower_id")).to_series().implode()
    lower_id = pl.col("model_id").str.to_lowercase()
    by_key = fill_in("{} {}", pl.col("key").fill_null(""), lower_id).is_in(pairs)
    by_spelling = fill_in("{} {}", pl.col("raw_name").str.to_lowercase(), lower_id).is_in(pairs)
    return rows.select((by_key | by_spelling).fill_null(value=False)).to_series()


def _rejected_ids(rules: Rules) -> pl.DataFrame:
    """Return `(spelling, lower_id)`: the key of one side of a pair, and the other side as a model id."""
    pairs = [(key, lower_id) for lower_id, keys in rules.rejected.items() for key in sorted(keys)]
    return pl.DataFrame(pairs, schema={"spelling": pl.String, "lower_id": pl.String}, orient="row")


def _rejected_by_names(placed: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(spelling, lower_id)`: the key of the first name of a pair, and the models of the second name."""
    pairs = pl.DataFrame(
        [_compared(*pair.names, rules) for pair in rules.apart],
        schema={"spelling": pl.String, "other": pl.String},
        orient="row",
    )
    written = placed.select(other=pl.col("raw_name").str.to_lowercase(), lower_id=pl.col("model_id").str.to_lowercase())
    keyed = placed.select(other="key", lower_id=pl.col("model_id").str.to_lowercase())
    both = pl.concat([written, keyed]).drop_nulls().unique()
    return pairs.join(both, on="other").select("spelling", "lower_id").unique()


def _compared(first: str, second: str, rules: Rules) -> tuple[str, str]:
    """Return the keys of two names; of two spellings of one key the spellings, the only difference."""
    keys = rules.key(first), rules.key(second)
    return keys if keys[0] != keys[1] else (first.lower(), second.lower())
