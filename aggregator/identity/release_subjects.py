"""What the release of a model depends on besides its name: its publisher, and whether its id is a repository."""

from collections.abc import Collection, Mapping

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.names import PRECISIONS, ParsedName

_ENDS_WITH_PRECISION = rf"(?: (?:{'|'.join(sorted(PRECISIONS))}))+$"
"""Matches the precision in a key. Names that differ in it alone can be one model."""

HUB_RUNGS = ("hf_id", "hf_id_folded")


def release_subjects(aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(model_id, domain, is_official, is_repository, own_key)`, one row per model, sorted.

    `aliases` has the NAMES columns with `model_id`, `rung` and `key`. `domain` is the organization, else the namespace
    in lower case. `own_key` is the key of a model that has its id from its own name, as complete as its names state it.
    """
    listed = (
        aliases.select(
            "model_id",
            is_hub=pl.col("hf_id").is_not_null() | pl.col("rung").is_in(HUB_RUNGS),
            is_new=pl.col("rung") == "own",
            is_closed=~pl.col("open_weights").fill_null(value=True),
        )
        .group_by("model_id")
        .agg(pl.all().max())
        .select("model_id", is_repository=pl.col("is_hub") | ~(pl.col("is_new") | pl.col("is_closed")))
    )
    key = pl.col("key").str.replace(_ENDS_WITH_PRECISION, "")
    own = aliases.filter(pl.col("rung") == "own").select("model_id", own_key=key).drop_nulls().unique()
    # Of several own names, the longest key has the full date.
    several = pl.col("model_id").count().over("model_id") > 1
    longest = own.filter(several).sort(pl.col("own_key").str.len_chars(), "own_key", descending=True)
    own = pl.concat([own.filter(~several), longest.unique("model_id", keep="first", maintain_order=True)])
    return with_publishers(listed.join(own, on="model_id", how="left"), rules).sort("model_id")


def with_repositories(subjects: pl.DataFrame, model_ids: Collection[str], rules: Rules) -> pl.DataFrame:
    """Return `subjects` and those of `model_ids`, repositories that no board lists."""
    more = pl.DataFrame({"model_id": sorted(set(model_ids))}, schema={"model_id": pl.String})
    more = more.join(subjects, on="model_id", how="anti", maintain_order="left")
    more = more.with_columns(is_repository=pl.lit(value=True), own_key=pl.lit(None, dtype=pl.String))
    return pl.concat([subjects, with_publishers(more, rules).select(subjects.columns)])


def with_publishers(models: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Add `domain` and `is_official`, whether the publisher is in `organizations.toml`."""
    owner = owner_by_namespace(rules)
    namespace = pl.col("model_id").str.extract(r"^([^/]*)/").str.to_lowercase().fill_null("")
    known = namespace.replace_strict(list(owner), list(owner.values()), default=None, return_dtype=pl.String)
    return models.with_columns(domain=pl.coalesce(known, namespace), is_official=known.is_not_null())


def owner_by_namespace(rules: Rules) -> Mapping[str, str]:
    """Return the organization of each namespace and of each vendor prefix, in lower case."""
    vendors = {organization.vendor.lower(): organization.id for organization in rules.organizations}
    return vendors | {namespace: owners[0] for namespace, owners in rules.organizations_by_namespace.items()}


def read_in_notation(model_id: str, domain: str, rules: Rules) -> ParsedName:
    """Read an id, or the part after its namespace, in the notation of its publisher."""
    owner = domain if domain in rules.organization_by_id else None
    return rules.reader.read_tail(model_id.rpartition("/")[2], owner).parsed
