"""Choose the casing of each Hub id: the Hub ignores case, so all casings of an id are one model."""

from collections.abc import Iterable

import polars as pl

from aggregator.identity.base_model_field import read_parents
from aggregator.identity.curated import Rules
from aggregator.text_columns import fill_in

CASING_PRIORITY = ("open_llm_v2", "mteb_", "rteb_", "open_llm_v1")
"""Prefixes of source ids: of two casings with equally many sources, that of the first of these sources is chosen."""

DECIDED = {"current_id": pl.String(), "model_id": pl.String()}
"""The casing of an id (`current_id`, in lower case) that is decided already, by an earlier generation or by a person."""


def choose_casing(current: pl.DataFrame, decided: pl.DataFrame, mentions: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(current_id, model_id)`: one casing for each `current_id` of `current` (`source`, `hf_id`, `lower_id`).

    `decided` (schema DECIDED) has priority. Then counts how the publisher of a curated namespace writes it, on how
    many boards the casing stands, how often boards and model cards name it as a base (`mentions`: `writing`, `times`),
    and how the namespace is written most. Capitals alone come last. An id that stands only under an old namespace
    gets the new one's casing.
    """
    casing = namespace_casing(rules)
    rows = _writings(current, casing)
    namespace = pl.col("writing").str.extract(r"^([^/]+)/", 1)
    votes = rows.group_by("current_id", "writing").agg(
        pl.col("is_current").any(),
        boards=pl.col("source").str.extract(r"^([^_]+)").n_unique(),
        sources=pl.col("source").n_unique(),
        priority=_priority().min(),
    )
    best = (
        votes.join(mentions, on="writing", how="left")
        .with_columns(namespace=namespace, times=pl.col("times").fill_null(0))
        .with_columns(
            is_publishers=pl.col("namespace").is_in(list(casing.values())),
            alike=pl.col("current_id").n_unique().over("namespace"),
            is_capital=pl.col("writing") == pl.col("writing").str.to_uppercase(),
            is_mixed=pl.col("writing") != pl.col("current_id"),
        )
        .sort(
            [
                *("is_current", "is_publishers", "boards", "sources", "times", "alike"),
                *("is_capital", "priority", "is_mixed", "writing"),
            ],
            descending=[True, True, True, True, True, True, False, False, True, False],
        )
        .unique("current_id", keep="first", maintain_order=True)
    )
    given = decided.unique("current_id", keep="first", maintain_order=True)
    return best.join(given, on="current_id", how="left", maintain_order="left").select(
        "current_id", model_id=pl.coalesce("model_id", "writing")
    )


def _writings(current: pl.DataFrame, casing: dict[str, str]) -> pl.DataFrame:
    """Add `writing`: the id as the row has it, or under the new namespace for a row with an old one."""
    new_namespace = pl.col("current_id").str.extract(r"^([^/]+)/", 1).replace(casing)
    tail = pl.col("hf_id").str.extract(r"/(.*)$", 1)
    is_current = pl.col("current_id") == pl.col("lower_id")
    moved = pl.when(tail.str.to_lowercase() == pl.col("current_id").str.extract(r"/(.*)$", 1)).then(
        fill_in("{}/{}", new_namespace, tail)
    )
    writing = pl.when(is_current).then("hf_id").otherwise(pl.coalesce(moved, "current_id"))
    return current.with_columns(writing=writing, is_current=is_current)


def _priority() -> pl.Expr:
    place = pl.lit(len(CASING_PRIORITY))
    for number, prefix in reversed(list(enumerate(CASING_PRIORITY))):
        place = pl.when(pl.col("source").str.starts_with(prefix)).then(number).otherwise(place)
    return place


def namespace_casing(rules: Rules) -> dict[str, str]:
    """Return the curated casing of every namespace by its lower-case form."""
    casing = {rename.new.lower(): rename.new for rename in rules.renamed}
    return casing | {
        namespace.lower(): namespace
        for organization in rules.organizations
        for namespace in (organization.id, *organization.namespaces)
    }


def count_mentions(base_models: Iterable[pl.Series]) -> pl.DataFrame:
    """Return `(writing, times)` of the ids in columns of base models (lists of texts), one row per casing."""
    texts = pl.concat([pl.Series("text", [], pl.String), *(c.explode().rename("text") for c in base_models)])
    counted = texts.drop_nulls().value_counts(name="times")
    found = [(parent, times) for text, times in counted.iter_rows() for parent in read_parents(text)[0]]
    ids = pl.DataFrame(found, schema={"writing": pl.String, "times": pl.Int64}, orient="row")
    return ids.filter(pl.col("writing").str.contains("/", literal=True)).group_by("writing").agg(pl.col("times").sum())
