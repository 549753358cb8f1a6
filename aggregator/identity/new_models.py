"""The last rung: names that no id stands for become models of their own, one per key and publisher."""

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.name_keys import UNKNOWN
from aggregator.identity.publishers import same_publisher


def own_models(spellings: pl.DataFrame, linked: pl.DataFrame, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(row, model_id, rung, confidence, evidence)` for all rows; `linked` rows keep their link.

    Names of one publisher with one key are one model. A name that leaves a part of its date open
    (`Grok-2-08-13`) joins the one full date that it fits; of publishers whose display names leave
    the date out, an undated name joins the only snapshot. A cluster of which one spelling is linked
    is linked whole.
    """
    grouped = _complete_dates(spellings, rules)
    merged = grouped.join(linked, on="row", how="left", maintain_order="left").with_columns(
        group_models=pl.col("model_id").filter(pl.col("spreads")).unique().implode().over("domain", "group"),
    )
    group_model = pl.when(pl.col("group_models").list.len() == 1).then(pl.col("group_models").list.first())
    merged = merged.with_columns(group_model=group_model).with_columns(
        group_model=pl.when(same_publisher(pl.col("group_model"), rules)).then("group_model")
    )
    kin = pl.col("model_id").is_null() & pl.col("group_model").is_not_null()
    taken = pl.concat([known_ids, linked["model_id"]]).str.to_lowercase().unique()
    named = _own_ids(merged.filter(pl.col("model_id").is_null() & ~kin), taken, rules)
    return merged.join(named, on=["domain", "group"], how="left", maintain_order="left").with_columns(
        confidence=pl.coalesce("confidence", pl.when(kin).then(0.95).otherwise(0.8)),
        evidence=pl.coalesce(
            "evidence",
            pl.when(kin)
            .then(pl.format("another spelling of `{}`, which is {}", "group", pl.col("group_model")))
            .otherwise(pl.format("no id of its organisation reads `{}`", "key")),
        ),
        rung=pl.coalesce("rung", pl.when(kin).then(pl.lit("normalized_tail")).otherwise(pl.lit("own"))),
        model_id=pl.coalesce("model_id", "group_model", "own_id"),
    )


def _complete_dates(spellings: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Add `group`: the key, with an open date completed where exactly one dated name fits."""
    dated = (
        spellings.filter(pl.col("date").str.len_chars() == 10)
        .select("domain", "undated", full="key", day=pl.col("date").str.slice(5))
        .unique()
    )
    by_day = dated.group_by("domain", "undated", "day").agg(pl.col("full").unique())
    by_name = dated.group_by("domain", "undated").agg(only=pl.col("full").unique())
    tolerant = [organization.id for organization in rules.organizations if organization.undated == "only-snapshot"]
    return (
        spellings.join(
            by_day,
            left_on=["domain", "undated", "date"],
            right_on=["domain", "undated", "day"],
            how="left",
            maintain_order="left",
        )
        .join(by_name, on=["domain", "undated"], how="left", maintain_order="left")
        .with_columns(
            group=pl.when(pl.col("full").list.len() == 1)
            .then(pl.col("full").list.first())
            .when(pl.col("date").is_null() & pl.col("domain").is_in(tolerant) & (pl.col("only").list.len() == 1))
            .then(pl.col("only").list.first())
            .otherwise("key")
        )
        .drop("full", "only")
    )


def _own_ids(alone: pl.DataFrame, taken: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(domain, group, own_id)`: `vendor/slug` from the spelling that looks most like an API key.

    Where other names already have that id (`taken`, folded), the source stands for the vendor.
    """
    repeated = "|".join(sorted(rules.words, key=len, reverse=True)) or "$^"
    slug = (
        pl.col("raw_name")
        .str.to_lowercase()
        .str.extract(r"([^/]*)$", 1)
        .str.replace(rf"^(?:{repeated})[-_ ]+", "")
        .str.replace_all("+", "-plus ", literal=True)
        .str.replace_all(r"[^\p{L}\p{N}.]+", "-")
        .str.strip_chars("-.")
    )
    best = (
        alone.with_columns(slug=slug, plain=pl.col("raw_name").str.contains(r"^[a-z0-9.-]+$"))
        .sort(["plain", pl.col("slug").str.len_chars(), "slug"], descending=[True, True, False])
        .unique(["domain", "group"], keep="first", maintain_order=True)
    )
    vendors = {organization.id: organization.vendor for organization in rules.organizations}
    open_weights = pl.col("open_weights").fill_null(value=False)
    vendor = pl.when(open_weights).then("domain").otherwise(pl.col("domain").replace(vendors)).str.strip_prefix(UNKNOWN)
    own = pl.format("{}/{}", vendor, "slug")
    safe = pl.format("{}/{}", "origin", "slug")
    return best.select(
        "domain", "group", own_id=pl.when(own.str.to_lowercase().is_in(taken.implode())).then(safe).otherwise(own)
    )
