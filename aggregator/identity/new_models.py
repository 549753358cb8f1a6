"""Match rule 5: names that match no id become new models, one per key and publisher."""

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.new_ids import GROUP, new_ids
from aggregator.identity.publishers import is_same_publisher, one_id_per_key
from aggregator.text_columns import fill_in


def add_new_models(
    names: pl.DataFrame, matched: pl.DataFrame, officials: pl.DataFrame, known_ids: pl.Series, rules: Rules
) -> pl.DataFrame:
    """Return `names` with `(model_id, rung, confidence, evidence)` for all rows; `matched` rows keep their match.

    Names of one publisher with one key form a group, and a group is one model (`complete_dates`, `join_spellings`).
    When one name of a group has a match, the group has it.
    """
    merged = names.join(matched, on="row", how="left", maintain_order="left").with_columns(
        group_models=pl.col("model_id").filter(pl.col("applies_to_key")).unique().implode().over(GROUP),
    )
    group_model = pl.when(pl.col("group_models").list.len() == 1).then(pl.col("group_models").list.first())
    merged = merged.with_columns(group_model=group_model).with_columns(
        group_model=pl.when(is_same_publisher(pl.col("group_model"), rules)).then("group_model")
    )
    joins_group = pl.col("model_id").is_null() & pl.col("group_model").is_not_null()
    taken_ids = pl.concat([known_ids, matched["model_id"]]).str.to_lowercase().unique()
    unmatched = merged.filter(pl.col("model_id").is_null() & ~joins_group)
    ids = new_ids(unmatched, _plain_ids(merged, officials), taken_ids, rules)
    return merged.join(ids, on=GROUP, how="left", maintain_order="left").with_columns(
        confidence=pl.coalesce("confidence", pl.when(joins_group).then(0.95).otherwise(0.8)),
        evidence=_with_table_note(
            "evidence",
            pl.when(joins_group)
            .then(fill_in("another spelling of `{}`, which is {}", "group", pl.col("group_model")))
            .otherwise(fill_in("no id of its organisation reads `{}`", "key")),
        ),
        rung=pl.coalesce("rung", pl.when(joins_group).then(pl.lit("normalized_tail")).otherwise(pl.lit("own"))),
        model_id=pl.coalesce("model_id", "group_model", "new_id"),
    )


def _with_table_note(*evidence: str | pl.Expr) -> pl.Expr:
    """Return the first evidence, with the row of the vendors' tables by which the name was read."""
    first = pl.coalesce(*evidence)
    return pl.coalesce(fill_in("{}; {}", first, "table_note"), first)


def _plain_ids(merged: pl.DataFrame, officials: pl.DataFrame) -> pl.DataFrame:
    """Return `(domain, group, model_id)` of the models without settings that have an id, matched or official."""
    matched = merged.filter(pl.col("group_model").is_not_null()).select(*GROUP, model_id="group_model").unique()
    official = one_id_per_key(officials, "key").select(domain="organization_id", group="key", model_id="official_id")
    return pl.concat([matched, official])
