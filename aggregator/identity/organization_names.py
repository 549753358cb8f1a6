"""The organization of each model under one name, and every other name of the organization.

A listed organization is named by its `id` of `organizations.toml`, whatever the prefix of the model's id. Namespaces that
no rule lists differ in case alone only when a board misspells one: the Hub takes both for one account.
"""

import polars as pl

from aggregator.identity.curated import Rules

ORGANIZATION_NAMES: dict[str, pl.DataType] = {
    "organization": pl.String(),
    "name": pl.String(),
}
"""One row per organization and name: of `organizations.toml`, of its models' ids and of the boards."""


def organizations_of(aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(model_id, organization)` of every model in `aliases` (`model_id`, `hf_id`, `organization`)."""
    curated = _organization_by_prefix(rules)
    prefix = pl.col("model_id").str.extract(r"^([^/]+)/")
    named_by_board = pl.col("organization").filter(pl.col("hf_id").is_null()).drop_nulls().first()
    models = aliases.group_by("model_id").agg(board_name=named_by_board).with_columns(prefix=prefix)
    spellings = (
        models.drop_nulls("prefix")
        .group_by("prefix")
        .len()
        .sort("len", "prefix", descending=[True, False])
        .unique(pl.col("prefix").str.to_lowercase(), keep="first", maintain_order=True)
        .select(spelling="prefix", lower=pl.col("prefix").str.to_lowercase())
    )
    return (
        models.with_columns(lower=pl.col("prefix").str.to_lowercase())
        .join(spellings, on="lower", how="left")
        .join(curated, on="lower", how="left")
        .select("model_id", organization=pl.coalesce("curated", "spelling", "board_name"))
        .sort("model_id")
    )


def _organization_by_prefix(rules: Rules) -> pl.DataFrame:
    """Return `(lower, curated)`: the organization of each listed prefix of ids, in lower case."""
    owners = {**rules.organization_by_vendor, **{n: o[0] for n, o in rules.organizations_by_namespace.items()}}
    return pl.DataFrame(
        {"lower": list(owners), "curated": list(owners.values())}, schema={"lower": pl.String, "curated": pl.String}
    )


def organization_names(organizations: pl.DataFrame, aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return ORGANIZATION_NAMES of the `organizations` (`model_id`, `organization`)."""
    listed = pl.DataFrame(
        [
            (organization.id, name)
            for organization in rules.organizations
            for name in (organization.id, organization.vendor, *organization.namespaces, *organization.names)
        ],
        schema=ORGANIZATION_NAMES,
        orient="row",
    )
    curated = listed["organization"].unique().implode()
    models = aliases.select("model_id", "hf_id", board_name="organization").join(organizations, on="model_id")
    # The organization column of a row with an id can name the person who sent the model in.
    by_board = models.filter(pl.col("hf_id").is_null() & ~pl.col("organization").is_in(curated))
    found = [
        listed.join(organizations, on="organization", how="semi"),
        organizations.select("organization", name="organization"),
        organizations.select("organization", name=pl.col("model_id").str.extract(r"^([^/]+)/")),
        by_board.select("organization", name="board_name"),
    ]
    return pl.concat(found).drop_nulls().unique().sort("organization", "name")
