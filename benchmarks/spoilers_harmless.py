"""Harmless changes: what honest hosts do between two nights. A gate must let each of them pass.

Kinds of the family `update` change rows: a live board does so, a board that has ended does not.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from benchmarks.spoiled_board import Board
from benchmarks.spoiled_roles import Roles
from benchmarks.spoiled_sheets import PLACE, numbers, with_numbers
from benchmarks.spoilers import kind, these_cells

Generator = np.random.Generator
FEW_DECIMALS = 5
"""A column with more decimals is in full precision."""


@kind("harmless", "harmless: rows in another order")
def reordered(board: Board, rng: Generator) -> Board:
    return board.edit(lambda frame, _: frame[rng.permutation(frame.height)])


@kind("harmless", "harmless: columns in another order")
def columns_reordered(board: Board, rng: Generator) -> Board | None:
    if all(table.sheet.media == "markdown" for table in board.tables):
        return None

    def change(frame: pl.DataFrame, _: Roles) -> pl.DataFrame:
        first, *others = (name for name in frame.columns if name != PLACE)
        return frame.select([first, *rng.permutation(others).tolist(), PLACE])  # an index of pandas stays the first one

    return board.edit(change)


@kind("harmless", "harmless: more decimals")
def more_decimals(board: Board, rng: Generator) -> Board | None:
    """Add decimals below the last one that a file writes; to scores in full precision, less than they can hold."""
    if board.source.id == "vectara":
        return None  # its two rates have one decimal and must add up

    def change(old: pl.Series) -> pl.Series:
        decimals = old.map_elements(lambda value: len(repr(value).partition(".")[2]), pl.Int64).max()
        width = 0.49 * 10.0 ** -int(decimals) if isinstance(decimals, int) and decimals <= FEW_DECIMALS else 1e-9
        return old + rng.uniform(-width, width, old.len())

    changed: Board | None = board
    for column in board.cells["column"].unique().sort() if board.source.id != "mteb_results" else ():
        changed = changed and these_cells(changed, changed.cells["column"] == column, change)
    return changed


@kind("harmless", "harmless: numbers in single precision")
def single_precision(board: Board, rng: Generator) -> Board | None:
    del rng

    def change(frame: pl.DataFrame, _: Roles) -> pl.DataFrame:
        columns = [name for name in frame.columns if frame.schema[name] == pl.Float64]
        return frame.with_columns(pl.col(columns).cast(pl.Float32).cast(pl.Float64))

    return board.edit(change)


@kind("update", "update: ordinary drift, 0.02 to 0.05 deviations")
def drift(board: Board, rng: Generator) -> Board | None:
    width = rng.uniform(0.02, 0.05)
    spread = board.cells.select(pl.col("score").std().over("benchmark").fill_null(0)).to_series()
    step = pl.Series(rng.normal(0, width, spread.len())) * spread
    return these_cells(board, spread > 0, lambda old: old + step.filter(spread > 0))


@kind("update", "update: 3 % new models")
def new_models(board: Board, rng: Generator) -> Board:
    """Add copies of rows under new names, with scores a little different."""
    some = set(map(str, rng.choice(board.names, max(round(0.03 * len(board.names)), 1), replace=False)))

    def change(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        here = frame.filter(pl.col(roles.name).is_in(sorted(some)))
        if roles.day:
            here = here.filter(pl.col(roles.day) == board.newest_day)
        return pl.concat([frame, here.with_columns(pl.col(roles.name) + "-next")])

    return board.edit(change, scored=True)


@kind("harmless", "harmless: a new column")
def new_column(board: Board, rng: Generator) -> Board | None:
    del rng
    if all(table.sheet.media == "markdown" for table in board.tables):
        return None
    if board.source.id.startswith("livebench"):
        return None  # a column of its table is a task
    return board.edit(lambda frame, _: frame.with_columns(column_of_tomorrow=pl.lit("1")))


def _decoration(board: Board, rng: Generator) -> str | None:
    found = sorted(
        {name for table in board.tables for name in table.roles.decoration if name in table.sheet.frame.columns}
    )
    return str(rng.choice(found)) if found else None


def _edit_decoration(board: Board, rng: Generator, new: pl.Expr | None) -> Board | None:
    column = _decoration(board, rng)
    if column is None:
        return None

    def change(frame: pl.DataFrame, _: Roles) -> pl.DataFrame:
        if column not in frame.columns:
            return frame
        return frame.drop(column) if new is None else frame.with_columns(new.alias(column))

    return board.edit(change)


@kind("harmless", "harmless: a decorative column is missing")
def decoration_missing(board: Board, rng: Generator) -> Board | None:
    if all(table.sheet.media == "markdown" for table in board.tables):
        return None
    return _edit_decoration(board, rng, None)


@kind("harmless", "harmless: a decorative column is empty")
def decoration_empty(board: Board, rng: Generator) -> Board | None:
    return _edit_decoration(board, rng, pl.lit(None))


@kind("harmless", "harmless: a decorative column is text")
def decoration_text(board: Board, rng: Generator) -> Board | None:
    return _edit_decoration(board, rng, pl.lit("about 7"))


@kind("harmless", "harmless: other numbers in a decorative column")
def decoration_changed(board: Board, rng: Generator) -> Board | None:
    column = _decoration(board, rng)
    if column is None:
        return None

    def change(frame: pl.DataFrame, _: Roles) -> pl.DataFrame:
        if column not in frame.columns or not numbers(frame[column]).is_not_null().any():
            return frame
        new = (numbers(frame[column]) * rng.uniform(1, 1.1, frame.height)).round(0)
        if frame.schema[column].is_integer():
            return frame.with_columns(new.cast(frame.schema[column]).alias(column))
        return frame.with_columns(with_numbers(frame[column], new))

    return board.edit(change)


@kind("update", "update: 1 % of the facts corrected")
def facts_corrected(board: Board, rng: Generator) -> Board | None:
    def change(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        for column in (*roles.texts, *roles.flags):
            if column in frame.columns and frame[column].drop_nulls().len() > 1:
                here = pl.Series(rng.random(frame.height) < 0.01)
                known = frame[column].drop_nulls()
                other = known.gather(rng.integers(0, known.len(), frame.height)).alias(column)
                frame = frame.with_columns(pl.select(pl.when(here).then(other).otherwise(frame[column]).alias(column)))
        return frame

    return board.edit(change)


@kind("update", "update: 1 % of the models removed, none of the best")
def few_removed(board: Board, rng: Generator) -> Board | None:
    others = board.names[max(20, len(board.names) // 3) :]
    count = max(round(0.01 * len(board.names)), 1)
    return board.without(map(str, rng.choice(others, count, replace=False))) if len(others) > count else None  # type: ignore[arg-type]  # polars types it as any value


@kind("update", "update: 1 score of a model measured again")
def one_measured_again(board: Board, rng: Generator) -> Board | None:
    """Move one score by 0.3 deviations: boards repeat single runs."""
    chosen = board.chosen_benchmark(rng)
    if chosen is None:
        return None
    here = board.cells["benchmark"] == chosen
    place = int(rng.integers(int(here.sum())))
    spread = board.cells.filter(here)["score"].std()
    one = pl.Series([False] * here.len()).scatter(int(here.arg_true()[place]), True)
    return these_cells(board, one, lambda old: old + 0.3 * float(spread or 0))  # type: ignore[arg-type]  # polars types it as any value


@kind("harmless", "harmless: the same rows written again")
def written_again(board: Board, rng: Generator) -> Board:
    del rng
    return replace(board, files={**board.files, **{table.file: table.sheet.written() for table in board.tables}})
