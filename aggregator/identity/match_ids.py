"""Match rules for rows that carry a Hub id.

Ids are compared in lower case, under the newest name of a renamed namespace, through the curated list of moved ids, and
without regard to separators where that is certain (`other_writings`). All spellings of one id get one `model_id`, in
the casing of an earlier generation or else of the Hub (`casing`).
"""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from aggregator import schema
from aggregator.identity.casing import DECIDED, choose_casing
from aggregator.identity.curated import Rules
from aggregator.identity.other_writings import IdEvidence, join_writings
from aggregator.text_columns import fill_in

REREGISTERED_AFTER = timedelta(days=730)
"""An id first seen under an old namespace this long after the rename may belong to another account."""

NO_EVIDENCE = IdEvidence()


def match_ids(rows: pl.DataFrame, rules: Rules, known: IdEvidence = NO_EVIDENCE) -> pl.DataFrame:
    """Return `(row, model_id, rung, confidence, evidence)` for `rows` of the NAMES schema that carry `hf_id`.

    `written_id`, where the rows have it, is the id as the board writes it (`id_address`).
    """
    written = pl.col("written_id") if "written_id" in rows.columns else pl.col("hf_id")
    ids = rows.select(
        *("row", "source", "hf_id", "variant", "first_seen_on", "last_seen_on", "gone", "params_b"),
        lower_id=pl.col("hf_id").str.to_lowercase(),
        written_id=written.str.replace(r" \(.+\)$", ""),
    )
    current = _follow_renames(ids, rules)
    current = _follow_writings(current, join_writings(current, known, rules))
    decided = pl.concat([known.decided, _curated_casing(rules)])
    casing = choose_casing(current, decided, known.mentions, rules)
    matched = current.join(casing, on="current_id", how="left", maintain_order="left")
    is_same = pl.col("model_id") == pl.col("written_id")
    is_renamed = pl.col("current_id") != pl.col("lower_id")
    is_plain = pl.col("written_id") == pl.col("hf_id")
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
        .then(fill_in("the row's id {} is {} today: {}", "hf_id", "model_id", "reason"))
        .when(pl.col("joined_reason").is_not_null())
        .then(fill_in("the row's id {} is {}: {}", "hf_id", "model_id", "joined_reason"))
        .when(is_renamed)
        .then(fill_in("the row's id {} under the namespace's newest name: {}", "hf_id", "reason"))
        .when(is_same)
        .then(pl.lit("the row's own id"))
        .when(~is_plain)
        .then(fill_in("the row's id {} is written {}", "model_id", "written_id"))
        .otherwise(fill_in("the row's id {} in another casing", "hf_id")),
    )


def current_ids(texts: pl.Series, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(text, model_id)` for distinct id texts: the current id, in the casing of `known_ids` where it is there."""
    distinct = texts.unique().drop_nulls()
    rows = schema.frame(schema.NAMES, pl.DataFrame({"hf_id": distinct}, schema={"hf_id": pl.String})).with_row_index(
        "row"
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
        *("source", "hf_id", "lower_id", "written_id", "first_seen_on", "last_seen_on", "gone", "params_b"),
        is_curated_move=pl.col("moved_to").is_not_null(),
        current_id=pl.when(pl.col("moved_to").is_not_null())
        .then("moved_to")
        .when(is_renamed)
        .then(fill_in("{}/{}", "new_namespace", "tail"))
        .otherwise("lower_id"),
        reason=pl.coalesce("move_reason", "rename_reason"),
    )


def _lookup(column: str, table: Mapping[str, str]) -> pl.Expr:
    """Return the value of `table` for the text of `column`, null where there is none."""
    if not table:
        return pl.lit(None, dtype=pl.String)
    return pl.col(column).replace_strict(list(table), list(table.values()), default=None, return_dtype=pl.String)


def _follow_writings(current: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """Replace `current_id` by the id of which it is another writing; `joined_reason` is null elsewhere."""
    return current.join(joined, on="current_id", how="left", maintain_order="left").with_columns(
        current_id=pl.coalesce("joined_id", "current_id")
    )


def _curated_casing(rules: Rules) -> pl.DataFrame:
    """Return the casing of the ids that curated rules name, as rows of DECIDED."""
    models = {alias.model.lower(): alias.model for alias in (*rules.aliases, *rules.moved)}
    return pl.DataFrame({"current_id": list(models), "model_id": list(models.values())}, schema=DECIDED)
