"""The catalogue of spoilers: plausible lies about a leaderboard, and harmless changes that a gate must let pass.

Each kind is a function of the files of a board and a random generator. It returns the spoiled files, or None when the
board has nothing of the kind. The strength is drawn with the seed, from the range that the name or the docstring states.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from benchmarks.spoiled_board import Board

HARMLESS = ("harmless", "update")
"""Families that a gate must let pass. An update changes rows, which only a live board does."""
Change = Callable[[Board, np.random.Generator], Board | None]


@dataclass(frozen=True)
class Kind:
    """One kind of spoiled edition."""

    name: str
    family: str
    """scores, groups, names, rows, facts, dates, history; or one of `HARMLESS`."""
    change: Change

    @property
    def is_harmless(self) -> bool:
        """Whether a gate must let it pass."""
        return self.family in HARMLESS

    def spoil(self, board: Board, seed: int) -> dict[str, bytes] | None:
        """Return the spoiled files, or None when the board has nothing of the kind, or nothing changed."""
        rng = np.random.default_rng([seed, zlib.crc32(f"{self.name} {board.source.id}".encode())])
        changed = self.change(board, rng)
        if changed is None:
            return None
        files = changed.written()
        return None if files == dict(board.files) else files


KINDS: dict[str, Kind] = {}
"""Every kind by its name; filled by the modules `benchmarks.spoilers_…` (see `catalogue`)."""


def kind(family: str, name: str) -> Callable[[Change], Change]:
    """Add a function to the catalogue."""

    def add(change: Change) -> Change:
        if name in KINDS:
            raise ValueError(f"two kinds are called {name!r}")
        KINDS[name] = Kind(name, family, change)
        return change

    return add


def one_benchmark(board: Board, rng: np.random.Generator, change: Callable[[pl.Series], pl.Series]) -> Board | None:
    """Change the scores of one benchmark."""
    chosen = board.chosen_benchmark(rng)
    return None if chosen is None else these_cells(board, board.cells["benchmark"] == chosen, change)


def these_cells(board: Board, here: pl.Series, change: Callable[[pl.Series], pl.Series]) -> Board | None:
    """Change the scores of the cells at which `here` is true, a mask of the cells; `change` gets those alone."""
    if not here.any():
        return None
    cells = board.cells.with_row_index("cell")
    some = cells.filter(here)
    new = some.select("cell", new=change(some["score"]).cast(pl.Float64))
    both = cells.join(new, on="cell", how="left", maintain_order="left")
    return board.with_cells(both.with_columns(score=pl.coalesce("new", "score")).drop("cell", "new"))


def deviation(scores: pl.Series) -> float:
    """Return the standard deviation of scores, or 1 when it is 0."""
    found = scores.std()
    return float(found) if isinstance(found, float) and found > 0 else 1.0


def catalogue() -> Mapping[str, Kind]:
    """Return every kind by its name."""
    from benchmarks import (  # noqa: F401, PLC0415 - the modules import this one
        spoilers_facts,
        spoilers_harmless,
        spoilers_names,
        spoilers_past,
        spoilers_scores,
    )

    return KINDS
