"""Spoilers of names and of rows: models renamed, and models or benchmarks lost."""

import re
import unicodedata
from collections.abc import Callable, Iterable

import numpy as np
import polars as pl

from benchmarks.spoiled_board import Board
from benchmarks.spoiled_roles import Roles
from benchmarks.spoilers import Change, kind

Generator = np.random.Generator
CYRILLIC = str.maketrans("aeocpxy", "аеосрху")
FULL_WIDTH = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}


def _decomposed(name: str) -> str:
    """Return a name with accents in decomposed form; the first vowel has one, so that every name changes."""
    return unicodedata.normalize("NFD", re.sub("[aeiou]", lambda found: found[0] + "\u0301", name, count=1))


RENAMES: dict[str, Callable[[str], str]] = {
    "names: all in upper case": str.upper,
    "names: blanks around all": lambda name: f" {name}  ",
    "names: decomposed accents in all": _decomposed,
    "names: full width letters in all": lambda name: name.translate(FULL_WIDTH),
    "names: Cyrillic letters in all": lambda name: name.translate(CYRILLIC),
    "names: all with a suffix": lambda name: f"{name}-v2",
    "names: all without their organisation, or with one": lambda name: (
        name.partition("/")[2] if "/" in name else f"mirror/{name}"
    ),
    "names: all with a zero width space": lambda name: f"{name[:1]}\u200b{name[1:]}",
}


def _renaming(rename: Callable[[str], str]) -> Change:
    return lambda board, _: board.renamed(rename)


for _name, _rename in RENAMES.items():
    kind("names", _name)(_renaming(_rename))


def _some_unknown(board: Board, names: Iterable[str]) -> Board:
    new = {name: f"model-{number:04}" for number, name in enumerate(names)}
    return board.renamed(lambda name: new.get(name, name))


def _sample(board: Board, rng: Generator, share: float) -> list[str]:
    return list(map(str, rng.choice(board.names, max(round(share * len(board.names)), 3), replace=False)))


@kind("names", "names: half unknown")
def half_unknown(board: Board, rng: Generator) -> Board:
    return _some_unknown(board, _sample(board, rng, 0.5))


@kind("names", "names: 9 % unknown")
def some_unknown(board: Board, rng: Generator) -> Board:
    return _some_unknown(board, _sample(board, rng, 0.09))


@kind("names", "names: the best 20 unknown")
def best_unknown(board: Board, rng: Generator) -> Board:
    del rng
    return _some_unknown(board, board.names[:20])


@kind("names", "names: renamed en bloc to a constant, numbered")
def all_numbered(board: Board, rng: Generator) -> Board:
    del rng
    return _some_unknown(board, board.names)


@kind("names", "names: Cyrillic letters in the best 50")
def best_cyrillic(board: Board, rng: Generator) -> Board:
    del rng
    best = set(board.names[:50])
    return board.renamed(lambda name: name.translate(CYRILLIC) if name in best else name)


@kind("names", "names: null in 1 of 10 rows")
def null_names(board: Board, rng: Generator) -> Board:
    def change(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        gone = pl.Series(rng.random(frame.height) < 0.1)
        return frame.with_columns(pl.when(~gone).then(roles.name).alias(roles.name))

    return board.edit(change, scored=True)


@kind("rows", "lost: the best 10 models")
def best_10_lost(board: Board, rng: Generator) -> Board:
    del rng
    return board.without(board.names[:10])


@kind("rows", "lost: the best 20 models")
def best_20_lost(board: Board, rng: Generator) -> Board:
    del rng
    return board.without(board.names[:20])


@kind("rows", "lost: the best 4 %")
def best_4_lost(board: Board, rng: Generator) -> Board:
    del rng
    return board.without(board.names[: max(round(0.04 * len(board.names)), 3)])


@kind("rows", "lost: the best 9 %")
def best_9_lost(board: Board, rng: Generator) -> Board:
    del rng
    return board.without(board.names[: max(round(0.09 * len(board.names)), 3)])


@kind("rows", "lost: 5 to 9 % at random")
def some_lost(board: Board, rng: Generator) -> Board:
    return board.without(_sample(board, rng, rng.uniform(0.05, 0.09)))


@kind("rows", "lost: the worst 9 %")
def worst_lost(board: Board, rng: Generator) -> Board:
    del rng
    return board.without(board.names[-max(round(0.09 * len(board.names)), 3) :])


@kind("rows", "lost: one organisation")
def organization_lost(board: Board, rng: Generator) -> Board | None:
    groups: dict[str, list[str]] = {}
    for name in board.names:
        groups.setdefault(board.organization(name), []).append(name)
    large = sorted((one for one, names in groups.items() if len(names) >= 4), key=lambda one: (-len(groups[one]), one))
    return board.without(groups[str(rng.choice(large[:5]))]) if large else None


def _edit_benchmark(board: Board, rng: Generator, new_name: str | None) -> Board | None:
    """Remove the rows or the scores of one benchmark, or write them under a new name."""
    chosen = board.chosen_benchmark(rng)
    if chosen is None or (len(board.benchmarks) < 2 and new_name is None):
        return None
    column = str(board.cells.filter(pl.col("benchmark") == chosen)["column"][0])

    def change(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        if roles.benchmark:
            of_it = pl.col(roles.benchmark) == chosen
            if new_name is None:
                return frame.filter(~of_it)
            return frame.with_columns(
                pl.when(of_it).then(pl.lit(new_name)).otherwise(roles.benchmark).alias(roles.benchmark)
            )
        if column not in frame.columns:
            return frame
        return (
            frame.drop(column) if new_name is None else frame.rename({column: f"{column.rpartition('/')[0]}{new_name}"})
        )

    return board.edit(change, scored=True)


@kind("rows", "benchmark: one lost")
def benchmark_lost(board: Board, rng: Generator) -> Board | None:
    return _edit_benchmark(board, rng, None)


@kind("rows", "benchmark: one renamed")
def benchmark_renamed(board: Board, rng: Generator) -> Board | None:
    return _edit_benchmark(board, rng, "another_task")


@kind("rows", "benchmark: a third of its scores lost")
def benchmark_thinned(board: Board, rng: Generator) -> Board | None:
    chosen = board.chosen_benchmark(rng)
    if chosen is None:
        return None

    def change(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
        kept = pl.Series(rng.random(frame.height) > 0.33)
        if roles.benchmark:
            return frame.filter(kept | (frame[roles.benchmark] != chosen))
        here = [name for name in roles.score_columns(frame) if chosen.endswith(f" {name}")]
        return frame.with_columns(pl.when(kept).then(pl.col(here)).name.keep()) if here else frame

    return board.edit(change, scored=True)


@kind("names", "names: `experiments` as text")
def settings_as_text(board: Board, rng: Generator) -> Board | None:
    """Write the setting of every model as a text, so that every name gets one."""
    del rng
    if not any(table.roles.is_long_setting for table in board.tables):
        return None

    def change(frame: pl.DataFrame, _: Roles) -> pl.DataFrame:
        nested = [name for name in frame.columns if name.startswith("experiments/")]
        return frame.drop(nested).with_columns(experiments=pl.lit('{"run": "a"}'))

    return board.edit(change)
