"""The registry of published ids: a name keeps the id once given to it, and an id that ends is a recorded move. Pure."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from aggregator import schema
from aggregator.identity.safety import QUARANTINE
from aggregator.text_columns import fill_in

NAME = ["source", "raw_name"]

HUB_RUNGS = ("hf_id", "hf_id_folded")
"""Match rules that only a known id of the Hub satisfies."""


@dataclass(frozen=True)
class Registry:
    """The published names with their ids, and the ids that no model has any more."""

    ids: pl.DataFrame = field(default_factory=lambda: schema.frame(schema.PUBLISHED_IDS))
    moves: pl.DataFrame = field(default_factory=lambda: schema.frame(schema.MODEL_MOVES))
    """Flat: no `new_id` is an `old_id`. A `new_id` without a model is one whose boards could not be read."""

    @property
    def hub_ids(self) -> pl.Series:
        """The published ids that are ids of the Hub, also those that no board lists now."""
        has_slash = pl.col("raw_name").str.contains("/", literal=True) & pl.col("model_id").str.contains(
            "/", literal=True
        )
        is_hub_id = pl.col("rung").is_in(HUB_RUNGS) | ((pl.col("rung") == "curated") & has_slash)
        return self.ids.filter(is_hub_id)["model_id"].unique().sort()

    def agrees_with(self, aliases: pl.DataFrame) -> bool:
        """Return whether every published name and no other id is in `aliases`, so that nothing has to be kept."""
        both = self.ids.join(aliases.select(*NAME, now="model_id"), on=NAME, how="left")
        is_same = (both["now"] == both["model_id"]).fill_null(value=False)
        old_ids = self.moves["old_id"].implode()
        return bool(is_same.all()) and not aliases["model_id"].is_in(old_ids).any()


NOTHING_PUBLISHED = Registry()


def seeded(aliases: pl.DataFrame, on: date) -> Registry:
    """Return the registry of a generation that has no tables of it, from its `aliases`."""
    return advanced(NOTHING_PUBLISHED, aliases, on)


def advanced(before: Registry, aliases: pl.DataFrame, on: date, successors: pl.DataFrame | None = None) -> Registry:
    """Return the registry after a generation with `aliases` (schema ALIASES) of the day `on`.

    `successors` (`old_id`, `new_id`, `reason`) are ids that the match rules replace, for ids without a name tonight.
    A quarantined name keeps its published id for the night on which it is accepted again.
    """
    placed = _placed(before, aliases.filter(~pl.col("model_id").str.starts_with(f"{QUARANTINE}/")), on)
    present = placed["model_id"].unique()
    moved = _new_moves(placed, present, on, successors)
    earlier = _renamed(before.moves, "new_id", moved).filter(~pl.col("old_id").is_in(present.implode()))
    moves = pl.concat([moved, earlier]).unique("old_id", keep="first", maintain_order=True)
    absent = before.ids.join(placed, on=NAME, how="anti")
    ids = pl.concat([schema.frame(schema.PUBLISHED_IDS, placed), _followed(absent, moved)])
    return Registry(ids.sort(NAME), schema.frame(schema.MODEL_MOVES, moves.sort("old_id")))


def merged(before: Registry, other: Registry, on: date) -> Registry:
    """Return `before` continued with `other`, the registry of a dataset that replaces it on the day `on`."""
    why = pl.lit("the pulled dataset has the name under this id")
    both = advanced(before, other.ids.with_columns(rung=pl.lit("curated"), evidence=why), on)
    known = both.ids.join(other.ids, on=NAME, how="anti")
    present = pl.concat([other.ids, known])["model_id"]
    moves = pl.concat([other.moves, both.moves]).unique("old_id", keep="first", maintain_order=True)
    moves = moves.filter(~pl.col("old_id").is_in(present.unique().implode()))
    moves = _renamed(moves, "new_id", moves)
    return Registry(pl.concat([other.ids, known]).sort(NAME), moves.sort("old_id"))


def _placed(before: Registry, aliases: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return PUBLISHED_IDS of tonight's names, with `changed_from`: the id that a name had until tonight."""
    columns = ["model_id", "rung", "published_on", "former_id", "reason"]
    known = before.ids.rename({column: f"{column}_before" for column in columns})
    both = aliases.join(known, on=NAME, how="left", maintain_order="left")
    is_same = pl.col("model_id") == pl.col("model_id_before")
    had_other = (pl.col("model_id") != pl.col("model_id_before")).fill_null(value=False)
    is_hub_rung = pl.col("rung_before").is_in(HUB_RUNGS)
    why = (
        pl.when(pl.col("model_id").str.to_lowercase() == pl.col("model_id_before").str.to_lowercase())
        .then(pl.lit("the same id in the casing of the repository"))
        .when(pl.col("rung") == "own")
        .then(fill_in("`{}` on {}: other spellings of it are published as {}", "raw_name", "source", "model_id"))
        .otherwise(fill_in("`{}` on {}: {}", "raw_name", "source", "evidence"))
    )
    return both.select(
        *NAME,
        "model_id",
        rung=pl.when(is_same & is_hub_rung).then("rung_before").otherwise("rung"),
        published_on=pl.when(is_same).then("published_on_before").otherwise(pl.lit(on)),
        former_id=pl.when(had_other).then("model_id_before").otherwise("former_id_before"),
        reason=pl.when(had_other).then(why).otherwise("reason_before"),
        changed_from=pl.when(had_other).then("model_id_before"),
    )


def _new_moves(placed: pl.DataFrame, present: pl.Series, on: date, successors: pl.DataFrame | None) -> pl.DataFrame:
    """Return MODEL_MOVES of the ids that ended tonight; an id whose names part leads to the model of most of them."""
    ended = placed.filter(pl.col("changed_from").is_not_null() & ~pl.col("changed_from").is_in(present.implode()))
    each = (
        ended.sort(NAME)
        .group_by("changed_from", "model_id", maintain_order=True)
        .agg(
            names=pl.len(),
            why=pl.col("reason").first(),
            first=fill_in("{} is {}", pl.col("reason").first(), "model_id").first(),
        )
    )
    ordered = each.sort(["changed_from", "names", "model_id"], descending=[False, True, False])
    by_name = ordered.group_by("changed_from", maintain_order=True).agg(
        new_id=pl.col("model_id").first(),
        reason=pl.when(pl.len() > 1)
        .then(pl.lit("split: ") + pl.col("first").str.join("; "))
        .otherwise(pl.col("why").first()),
    )
    found = [by_name.rename({"changed_from": "old_id"})]
    if successors is not None:
        is_due = ~pl.col("old_id").is_in(present.implode()) & pl.col("new_id").is_in(present.implode())
        found.append(successors.filter(is_due).select("old_id", "new_id", "reason"))
    moves = pl.concat(found).unique("old_id", keep="first", maintain_order=True)
    return schema.frame(schema.MODEL_MOVES, moves.with_columns(moved_on=pl.lit(on)))


def _renamed(frame: pl.DataFrame, column: str, moved: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with the ids of `column` as they are after the moves `moved`."""
    steps = moved.select(pl.col("old_id").alias(column), moved_to="new_id")
    return (
        frame.join(steps, on=column, how="left", maintain_order="left")
        .with_columns(pl.coalesce("moved_to", column).alias(column))
        .drop("moved_to")
    )


def _followed(absent: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Return the names that no board has tonight, with the new ids of their models."""
    steps = moved.select(model_id="old_id", moved_to="new_id", moved_on="moved_on", why="reason")
    is_moved = pl.col("moved_to").is_not_null()
    both = absent.join(steps, on="model_id", how="left", maintain_order="left").with_columns(
        former_id=pl.when(is_moved).then("model_id").otherwise("former_id"),
        reason=pl.when(is_moved).then("why").otherwise("reason"),
        published_on=pl.when(is_moved).then("moved_on").otherwise("published_on"),
        model_id=pl.coalesce("moved_to", "model_id"),
    )
    return schema.frame(schema.PUBLISHED_IDS, both)
