"""The first rungs: rows that carry an id of the Hugging Face Hub.

Ids are compared without case, under the newest name of a renamed namespace, and through the curated
list of moved ids. All spellings of one id get one `model_id`: the Hub's own casing as far as it is known.
"""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from aggregator.identity.curated import Rules

REREGISTERED_AFTER = timedelta(days=730)
"""A name that first appears under an old namespace this long after the move may be somebody else's."""

TRUSTED_CASING = ("open_llm_v2", "mteb_", "rteb_", "open_llm_v1")
"""Which source's casing of an id is kept where they differ, best first."""


def place_ids(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(row, model_id, rung, confidence, evidence)` for `rows` of the NAMES schema that carry `hf_id`."""
    known = rows.select("row", "source", "hf_id", "variant", "first_seen_on").with_columns(
        fold=pl.col("hf_id").str.to_lowercase()
    )
    current = _follow_moves(known, rules)
    spelled = current.join(_casing(current, rules), on="current", how="left", maintain_order="left")
    same = pl.col("model_id") == pl.col("hf_id")
    moved = pl.col("current") != pl.col("fold")
    return spelled.select(
        "row",
        "model_id",
        rung=pl.when("curated_move")
        .then(pl.lit("curated"))
        .when(same)
        .then(pl.lit("hf_id"))
        .otherwise(pl.lit("hf_id_folded")),
        confidence=pl.when(same).then(1.0).otherwise(0.99),
        evidence=pl.when("curated_move")
        .then(pl.format("the row's id {} is {} today: {}", "hf_id", "model_id", "why"))
        .when(moved)
        .then(pl.format("the row's id {} under the namespace's newest name: {}", "hf_id", "why"))
        .when(same)
        .then(pl.lit("the row's own id"))
        .otherwise(pl.format("the row's id {} in another casing", "hf_id")),
    )


def current_ids(texts: pl.Series, known_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(text, model_id)` for distinct id texts: under today's name, in the casing of `known_ids` where it is there."""
    distinct = texts.unique().drop_nulls()
    rows = pl.DataFrame({"row": range(len(distinct)), "hf_id": distinct}, schema={"row": pl.UInt32, "hf_id": pl.String})
    blank = {"source": pl.String, "variant": pl.String}
    rows = rows.with_columns(
        *(pl.lit(None, dtype=t).alias(c) for c, t in blank.items()), pl.lit(None, dtype=pl.Date).alias("first_seen_on")
    )
    placed = rows.join(place_ids(rows, rules), on="row").select(
        text="hf_id", model_id="model_id", fold=pl.col("model_id").str.to_lowercase()
    )
    known = pl.DataFrame({"fold": known_ids.str.to_lowercase(), "known": known_ids}).unique("fold", keep="first")
    return placed.join(known, on="fold", how="left").select("text", model_id=pl.coalesce("known", "model_id"))


def _follow_moves(known: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Add `current` (the folded id today), `why` and `curated_move`."""
    moved = {name.lower(): (alias.model.lower(), alias.reason) for alias in rules.moved for name in alias.names}
    spaces = {renamed.old.lower(): renamed for renamed in rules.renamed}
    parts = known.with_columns(
        to=_lookup("fold", {old: new for old, (new, _) in moved.items()}),
        move_why=_lookup("fold", {old: why for old, (_, why) in moved.items()}),
        space=pl.col("fold").str.extract(r"^([^/]+)/", 1),
        tail=pl.col("fold").str.extract(r"/(.*)$", 1),
    ).with_columns(
        new_space=_lookup("space", {old: renamed.new.lower() for old, renamed in spaces.items()}),
        space_why=_lookup("space", {old: renamed.reason for old, renamed in spaces.items()}),
        too_late=pl.col("first_seen_on")
        > _lookup(
            "space", {old: (renamed.on + REREGISTERED_AFTER).isoformat() for old, renamed in spaces.items()}
        ).str.to_date(),
    )
    followed = pl.col("new_space").is_not_null() & ~pl.col("too_late").fill_null(value=False)
    return parts.select(
        "row",
        "source",
        "hf_id",
        "fold",
        curated_move=pl.col("to").is_not_null(),
        current=pl.when(pl.col("to").is_not_null())
        .then("to")
        .when(followed)
        .then(pl.format("{}/{}", "new_space", "tail"))
        .otherwise("fold"),
        why=pl.coalesce("move_why", "space_why"),
    )


def _lookup(column: str, table: Mapping[str, str]) -> pl.Expr:
    """Return the value of `table` for the column's text, null where there is none."""
    if not table:
        return pl.lit(None, dtype=pl.String)
    return pl.col(column).replace_strict(list(table), list(table.values()), default=None, return_dtype=pl.String)


def _casing(current: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `(current, model_id)`: one casing for each folded id.

    The casing that a board writes today comes first, then the curated one; a namespace that moved is
    written as its new owner writes it.
    """
    trust = pl.lit(len(TRUSTED_CASING))
    for place, prefix in reversed(list(enumerate(TRUSTED_CASING))):
        trust = pl.when(pl.col("source").str.starts_with(prefix)).then(place).otherwise(trust)
    written = (
        current.with_columns(stays=pl.col("current") == pl.col("fold"), trust=trust)
        .sort(["stays", "trust", "hf_id"], descending=[True, False, True], maintain_order=True)
        .unique("current", keep="first", maintain_order=True)
    )
    targets = {alias.model.lower(): alias.model for alias in rules.moved} | official_casing(rules)
    spaces = {renamed.new.lower(): renamed.new for renamed in rules.renamed}
    spaces |= {
        n.lower(): n for organization in rules.organizations for n in (organization.id, *organization.namespaces)
    }
    new_space = _lookup("new_space", spaces)
    return (
        written.with_columns(
            curated=_lookup("current", targets), new_space=pl.col("current").str.extract(r"^([^/]+)/", 1)
        )
        .with_columns(new_space=pl.coalesce(new_space, pl.col("hf_id").str.extract(r"^([^/]+)/", 1)))
        .select(
            "current",
            model_id=pl.when(pl.col("curated").is_not_null())
            .then("curated")
            .when("stays")
            .then("hf_id")
            .otherwise(pl.format("{}/{}", "new_space", pl.col("hf_id").str.extract(r"/(.*)$", 1))),
        )
    )


def official_casing(rules: Rules) -> dict[str, str]:
    """Return the curated casing of every model that an alias names, by its folded id."""
    return {alias.model.lower(): alias.model for alias in rules.aliases}
