"""Match rule 5: names that match no id become new models, one per key and publisher."""

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.name_keys import UNKNOWN_PUBLISHER
from aggregator.identity.publishers import is_same_publisher


def add_new_models(names: pl.DataFrame, matched: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `names` with `(model_id, rung, confidence, evidence)` for all rows; `matched` rows keep their match.

    Names of one publisher with one key form a group, and a group is one model. A name with an incomplete date
    (`Grok-2-08-13`) joins the group of the only full date that fits. Some publishers leave the date out of display
    names: their undated names join the only dated snapshot. When one name of a group has a match, the group has it.
    """
    grouped = _group_names(names, rules)
    merged = grouped.join(matched, on="row", how="left", maintain_order="left").with_columns(
        group_models=pl.col("model_id").filter(pl.col("applies_to_key")).unique().implode().over("domain", "group"),
    )
    group_model = pl.when(pl.col("group_models").list.len() == 1).then(pl.col("group_models").list.first())
    merged = merged.with_columns(group_model=group_model).with_columns(
        group_model=pl.when(is_same_publisher(pl.col("group_model"), rules)).then("group_model")
    )
    joins_group = pl.col("model_id").is_null() & pl.col("group_model").is_not_null()
    taken_ids = pl.concat([known_ids, matched["model_id"]]).str.to_lowercase().unique()
    new_ids = _new_ids(merged.filter(pl.col("model_id").is_null() & ~joins_group), taken_ids, rules)
    return merged.join(new_ids, on=["domain", "group"], how="left", maintain_order="left").with_columns(
        confidence=pl.coalesce("confidence", pl.when(joins_group).then(0.95).otherwise(0.8)),
        evidence=pl.coalesce(
            "evidence",
            pl.when(joins_group)
            .then(pl.format("another spelling of `{}`, which is {}", "group", pl.col("group_model")))
            .otherwise(pl.format("no id of its organisation reads `{}`", "key")),
        ),
        rung=pl.coalesce("rung", pl.when(joins_group).then(pl.lit("normalized_tail")).otherwise(pl.lit("own"))),
        model_id=pl.coalesce("model_id", "group_model", "new_id"),
    )


def _group_names(names: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Add `group`: the key, with an incomplete date completed where exactly one dated name fits."""
    dated = (
        names.filter(pl.col("date").str.len_chars() == 10)
        .select("domain", "undated", dated_key="key", day=pl.col("date").str.slice(5))
        .unique()
    )
    by_day = dated.group_by("domain", "undated", "day").agg(keys_of_day=pl.col("dated_key").unique())
    by_name = dated.group_by("domain", "undated").agg(dated_keys=pl.col("dated_key").unique())
    omits_date = [organization.id for organization in rules.organizations if organization.undated == "only-snapshot"]
    has_one_snapshot = pl.col("domain").is_in(omits_date) & (pl.col("dated_keys").list.len() == 1)
    return (
        names.join(
            by_day,
            left_on=["domain", "undated", "date"],
            right_on=["domain", "undated", "day"],
            how="left",
            maintain_order="left",
        )
        .join(by_name, on=["domain", "undated"], how="left", maintain_order="left")
        .with_columns(
            group=pl.when(pl.col("keys_of_day").list.len() == 1)
            .then(pl.col("keys_of_day").list.first())
            .when(pl.col("date").is_null() & has_one_snapshot)
            .then(pl.col("dated_keys").list.first())
            .otherwise("key")
        )
        .drop("keys_of_day", "dated_keys")
    )


def _new_ids(unmatched: pl.DataFrame, taken_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(domain, group, new_id)`: `vendor/slug` from the spelling that looks most like an API key.

    When another model already has that id (`taken_ids`, lower case), the origin of the source replaces the vendor.
    """
    publisher_words = "|".join(sorted(rules.publisher_words, key=len, reverse=True)) or "$^"
    slug = (
        pl.col("raw_name")
        .str.to_lowercase()
        .str.extract(r"([^/]*)$", 1)
        .str.replace(rf"^(?:{publisher_words})[-_ ]+", "")
        .str.replace_all("+", "-plus ", literal=True)
        .str.replace_all(r"[^\p{L}\p{N}.]+", "-")
        .str.strip_chars("-.")
    )
    best = (
        unmatched.with_columns(slug=slug, is_api_key=pl.col("raw_name").str.contains(r"^[a-z0-9.-]+$"))
        .sort(["is_api_key", pl.col("slug").str.len_chars(), "slug"], descending=[True, True, False])
        .unique(["domain", "group"], keep="first", maintain_order=True)
    )
    vendors = {organization.id: organization.vendor for organization in rules.organizations}
    has_open_weights = pl.col("open_weights").fill_null(value=False)
    vendor = pl.when(has_open_weights).then("domain").otherwise(pl.col("domain").replace(vendors))
    by_vendor = pl.format("{}/{}", vendor.str.strip_prefix(UNKNOWN_PUBLISHER), "slug")
    by_origin = pl.format("{}/{}", "origin", "slug")
    is_taken = by_vendor.str.to_lowercase().is_in(taken_ids.implode())
    return best.select("domain", "group", new_id=pl.when(is_taken).then(by_origin).otherwise(by_vendor))
