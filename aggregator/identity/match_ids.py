"""Match rules for rows that carry a Hub id.

Ids are compared in lower case, under the newest name of a renamed namespace, and through the curated list of moved
ids. All spellings of one id get one `model_id`, in the casing of the Hub where it is known.
"""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from aggregator.identity.curated import Rules

REREGISTERED_AFTER = timedelta(days=730)
"""An id first seen under an old namespace this long after the rename may belong to another account."""

CASING_PRIORITY = ("open_llm_v2", "mteb_", "rteb_", "open_llm_v1")
"""Prefixes of source ids: where sources differ in the casing of an id, the first one decides."""


def match_ids(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(row, model_id, rung, confidence, evidence)` for `rows` of the NAMES schema that carry `hf_id`."""
    ids = rows.select("row", "source", "hf_id", "variant", "first_seen_on").with_columns(
        lower_id=pl.col("hf_id").str.to_lowercase()
    )
    current = _follow_renames(ids, rules)
    matched = current.join(_choose_casing(current, rules), on="current_id", how="left", maintain_order="left")
    is_same = pl.col("model_id") == pl.col("hf_id")
    is_renamed = pl.col("current_id") != pl.col("lower_id")
    return matched.select(
        "row",
        "model_id",
        rung=pl.when("is_curated_move")
        .then(pl.lit("curated"))
        .when(is_same)
        .then(pl.lit("hf_id"))
        .otherwise(pl.lit("hf_id_folded")),
        confidence=pl.when(is_same).then(1.0).otherwise(0.99),
        evidence=pl.when("is_curated_move")
        .then(pl.format("the row's id {} is {} today: {}", "hf_id", "model_id", "reason"))
        .when(is_renamed)
        .then(pl.format("the row's id {} under the namespace's newest name: {}", "hf_id", "reason"))
        .when(is_same)
        .then(pl.lit("the row's own id"))
        .otherwise(pl.format("the row's id {} in another casing", "hf_id")),
    )


def current_ids(texts: pl.Series, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(text, model_id)` for distinct id texts: the current id, in the casing of `known_ids` where it is there."""
    distinct = texts.unique().drop_nulls()
    rows = pl.DataFrame({"row": range(len(distinct)), "hf_id": distinct}, schema={"row": pl.UInt32, "hf_id": pl.String})
    blank = {"source": pl.String, "variant": pl.String}
    rows = rows.with_columns(
        *(pl.lit(None, dtype=t).alias(c) for c, t in blank.items()), pl.lit(None, dtype=pl.Date).alias("first_seen_on")
    )
    matched = rows.join(match_ids(rows, rules), on="row").select("model_id", text="hf_id")
    return with_known_casing(matched, known_ids).select("text", "model_id")


def with_known_casing(found: pl.DataFrame, known_ids: pl.Series) -> pl.DataFrame:
    """Replace each `model_id` of `found` by the id of `known_ids` that equals it in another casing."""
    known = pl.DataFrame({"lower_id": known_ids.str.to_lowercase(), "known_id": known_ids})
    return (
        found.with_columns(lower_id=pl.col("model_id").str.to_lowercase())
        .join(known.unique("lower_id", keep="first"), on="lower_id", how="left", maintain_order="left")
        .with_columns(model_id=pl.coalesce("known_id", "model_id"))
        .drop("lower_id", "known_id")
    )


def _follow_renames(ids: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Add `current_id` (the id of today in lower case), `reason` and `is_curated_move`."""
    moved = {name.lower(): (alias.model.lower(), alias.reason) for alias in rules.moved for name in alias.names}
    renamed = {rename.old.lower(): rename for rename in rules.renamed}
    last_days = {old: (rename.on + REREGISTERED_AFTER).isoformat() for old, rename in renamed.items()}
    parts = ids.with_columns(
        moved_to=_lookup("lower_id", {old: new for old, (new, _) in moved.items()}),
        move_reason=_lookup("lower_id", {old: reason for old, (_, reason) in moved.items()}),
        namespace=pl.col("lower_id").str.extract(r"^([^/]+)/", 1),
        tail=pl.col("lower_id").str.extract(r"/(.*)$", 1),
    ).with_columns(
        new_namespace=_lookup("namespace", {old: rename.new.lower() for old, rename in renamed.items()}),
        rename_reason=_lookup("namespace", {old: rename.reason for old, rename in renamed.items()}),
        is_too_late=pl.col("first_seen_on") > _lookup("namespace", last_days).str.to_date(),
    )
    is_renamed = pl.col("new_namespace").is_not_null() & ~pl.col("is_too_late").fill_null(value=False)
    return parts.select(
        "row",
        "source",
        "hf_id",
        "lower_id",
        is_curated_move=pl.col("moved_to").is_not_null(),
        current_id=pl.when(pl.col("moved_to").is_not_null())
        .then("moved_to")
        .when(is_renamed)
        .then(pl.format("{}/{}", "new_namespace", "tail"))
        .otherwise("lower_id"),
        reason=pl.coalesce("move_reason", "rename_reason"),
    )


def _lookup(column: str, table: Mapping[str, str]) -> pl.Expr:
    """Return the value of `table` for the text of `column`, null where there is none."""
    if not table:
        return pl.lit(None, dtype=pl.String)
    return pl.col(column).replace_strict(list(table), list(table.values()), default=None, return_dtype=pl.String)


def _choose_casing(current: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(current_id, model_id)`: one casing for each id in lower case.

    The casing of a curated rule has priority. Next is that of a board that uses the current id, by CASING_PRIORITY.
    Otherwise the namespace is spelled as its owner spells it, and the tail as the board spells the old id.
    """
    priority = pl.lit(len(CASING_PRIORITY))
    for place, prefix in reversed(list(enumerate(CASING_PRIORITY))):
        priority = pl.when(pl.col("source").str.starts_with(prefix)).then(place).otherwise(priority)
    best = (
        current.with_columns(is_current=pl.col("current_id") == pl.col("lower_id"), priority=priority)
        .sort(["is_current", "priority", "hf_id"], descending=[True, False, True], maintain_order=True)
        .unique("current_id", keep="first", maintain_order=True)
    )
    curated = {alias.model.lower(): alias.model for alias in (*rules.moved, *rules.aliases)}
    namespace = _lookup("namespace", _namespace_casing(rules))
    return (
        best.with_columns(
            curated_id=_lookup("current_id", curated), namespace=pl.col("current_id").str.extract(r"^([^/]+)/", 1)
        )
        .with_columns(namespace=pl.coalesce(namespace, pl.col("hf_id").str.extract(r"^([^/]+)/", 1)))
        .select(
            "current_id",
            model_id=pl.when(pl.col("curated_id").is_not_null())
            .then("curated_id")
            .when("is_current")
            .then("hf_id")
            .otherwise(pl.format("{}/{}", "namespace", pl.col("hf_id").str.extract(r"/(.*)$", 1))),
        )
    )


def _namespace_casing(rules: Rules) -> dict[str, str]:
    """Return the curated casing of every namespace by its lower-case form."""
    casing = {rename.new.lower(): rename.new for rename in rules.renamed}
    return casing | {
        namespace.lower(): namespace
        for organization in rules.organizations
        for namespace in (organization.id, *organization.namespaces)
    }
