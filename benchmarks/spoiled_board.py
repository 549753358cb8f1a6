"""A leaderboard's files, with the changes that a spoiler makes: scores, names, rows, facts, dates and history."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl

from aggregator.model import Source
from benchmarks.spoiled_roles import Roles, roles_of
from benchmarks.spoiled_sheets import Sheet, numbers, read_sheet, with_numbers

FEWEST_CELLS = 12
"""A benchmark with fewer scores is not spoiled alone."""
CELL = ["benchmark", "name"]


class Table(NamedTuple):
    """One file with rows of models."""

    file: str
    roles: Roles
    sheet: Sheet


@dataclass(frozen=True)
class Board:
    """The files of one source on one day. Every method returns a board with other files, and leaves this one alone."""

    source: Source
    files: Mapping[str, bytes]
    tables: tuple[Table, ...]
    best_first: tuple[str, ...] = ()
    """The names in the order of the board."""
    originals: Mapping[str, pl.DataFrame] = field(default_factory=dict, repr=False)
    """The rows of each file before any change."""

    @classmethod
    def read(cls, source: Source, files: Mapping[str, bytes], best_first: Sequence[str] = ()) -> "Board":
        """Read the files that have rows of models."""
        media = {resource.name: resource.media for resource in source.resources}
        found = []
        for file, content in files.items():
            roles = roles_of(source.id, file)
            sheet = read_sheet(media[file.partition("/")[0]], content) if roles else None
            if roles and sheet:
                found.append(Table(file, roles, sheet))
        originals = {table.file: table.sheet.frame for table in found}
        return cls(source, files, tuple(found), tuple(best_first), originals)

    def written(self) -> dict[str, bytes]:
        """Return the files; those that no change touched are the same bytes."""
        return {
            **self.files,
            **{table.file: table.sheet.written() for table in self.tables if self._is_changed(table)},
        }

    def _is_changed(self, table: Table) -> bool:
        before, now = self.originals[table.file], table.sheet.frame
        return before.schema != now.schema or before.columns != now.columns or not before.equals(now)

    def edit(self, change: Callable[[pl.DataFrame, Roles], pl.DataFrame], *, scored: bool = False) -> "Board":
        """Change the rows of every file, or of those with scores."""
        return replace(
            self,
            tables=tuple(
                table
                if scored and not table.roles.score
                else table._replace(sheet=table.sheet.with_frame(change(table.sheet.frame, table.roles)))
                for table in self.tables
            ),
        )

    def with_frames(self, frames: Mapping[str, pl.DataFrame]) -> "Board":
        """Return the board with other rows in some files."""
        return replace(
            self,
            tables=tuple(
                table._replace(sheet=table.sheet.with_frame(frames.get(table.file, table.sheet.frame)))
                for table in self.tables
            ),
        )

    def is_current(self, table: Table) -> pl.Expr:
        """Return which rows of a file belong to the newest edition."""
        if table.roles.day:
            return pl.col(table.roles.day) == self.newest_day
        return pl.lit(value=table.file in self._current_files)

    @cached_property
    def newest_day(self) -> str:
        """The newest date in the column with the date of the edition; empty without such a column."""
        days = [table.sheet.frame[table.roles.day].max() for table in self.tables if table.roles.day]
        return max(map(str, days), default="")

    @cached_property
    def _current_files(self) -> frozenset[str]:
        """The files of the newest edition: of the dated tables of LiveBench the last one, of other boards all."""
        scored = sorted(table.file for table in self.tables if table.roles.score)
        return frozenset(scored[-1:] if self.source.id.startswith("livebench") else scored)

    @cached_property
    def cells(self) -> pl.DataFrame:
        """The scores of the newest edition: `(file, row, column, benchmark, name, score, least, most, is_up)`."""
        found = []
        for table in self.tables:
            if table.file == "full" or not table.roles.score:
                continue
            roles, frame = table.roles, table.sheet.frame.with_row_index("row").filter(self.is_current(table))
            found += [_cells(frame, table.file, roles, column) for column in roles.score_columns(frame)]
        return pl.concat(found).drop_nulls(["score", "name"])

    @cached_property
    def benchmarks(self) -> list[str]:
        """The benchmarks with enough scores to be spoiled alone, the largest first."""
        counts = self.cells.group_by("benchmark").len().sort("len", "benchmark", descending=[True, False])
        return counts.filter(pl.col("len") >= FEWEST_CELLS)["benchmark"].to_list()

    @cached_property
    def names(self) -> list[str]:
        """The names with a score in the newest edition, the best first."""
        known = self.cells["name"].unique().to_list()
        place = {name: number for number, name in enumerate(self.best_first)}
        return sorted(known, key=lambda name: (place.get(name, len(place)), name))

    def chosen_benchmark(self, rng: np.random.Generator) -> str | None:
        """Return the benchmark to spoil: that of the overall score every other time, else any with enough scores."""
        if not self.benchmarks:
            return None
        if "overall" in self.benchmarks and rng.random() < 0.5:
            return "overall"
        return str(rng.choice(self.benchmarks[: max(len(self.benchmarks) // 2, 6)]))

    def with_cells(self, cells: pl.DataFrame) -> "Board":
        """Return the board with other scores; intervals move along, and what follows from a score is computed again."""
        clipped = (
            pl.when(pl.col("score") == pl.col("before")).then("score").otherwise(pl.col("score").clip("least", "most"))
        )
        moved = (
            self.cells.select("file", "row", "column", *CELL, before="score")
            .join(cells.select("file", "row", "column", "score", "least", "most"), on=["file", "row", "column"])
            .with_columns(score=clipped)
            .filter(pl.col("score") != pl.col("before"))
        )
        return replace(self, tables=tuple(self._moved(table, moved) for table in self.tables))

    def _moved(self, table: Table, moved: pl.DataFrame) -> Table:
        frame = table.sheet.frame
        if table.file == "full":
            same = frame.with_row_index("row").filter(self.is_current(table))
            key = {"benchmark": table.roles.benchmark, "name": table.roles.name}
            here = same.select("row", **key).join(moved.drop("row", "file"), on=CELL).unique("row")
        else:
            here = moved.filter(pl.col("file") == table.file)
        if here.is_empty():
            return table
        after = frame
        for (column,), cells in here.group_by("column"):
            new = after.with_row_index("row").join(
                cells.select("row", new="score"), on="row", how="left", maintain_order="left"
            )
            before = numbers(after[str(column)])
            value = new["new"].fill_null(before)
            after = after.with_columns(with_numbers(after[str(column)], value))
            for end in filter(None, (table.roles.low, table.roles.high)):
                after = after.with_columns(with_numbers(after[end], numbers(after[end]) + (value - before)))
        return table._replace(sheet=table.sheet.with_frame(table.roles.repair(frame, after)))

    def renamed(self, rename: Callable[[str], str]) -> "Board":
        """Return the board with other names in every file."""

        def change(frame: pl.DataFrame, roles: Roles) -> pl.DataFrame:
            names = frame[roles.name].drop_nulls().unique().to_list()
            return frame.with_columns(pl.col(roles.name).replace({name: rename(name) for name in names}))

        return self.edit(change)

    def without(self, names: Collection[str]) -> "Board":
        """Return the board without the rows of some models in the newest edition."""
        gone = pl.Series(list(names), dtype=pl.String).implode()
        return replace(
            self,
            tables=tuple(
                table
                if not table.roles.score
                else table._replace(
                    sheet=table.sheet.with_frame(
                        table.sheet.frame.filter(
                            ~(self.is_current(table) & pl.col(table.roles.name).is_in(gone)).fill_null(value=False)
                        )
                    )
                )
                for table in self.tables
            ),
        )

    def organization(self, name: str) -> str:
        """Return the organisation that the board states for a model, or the first word of its name."""
        return self._organizations.get(name) or name.partition("/")[0].partition("-")[0].lower()

    @cached_property
    def _organizations(self) -> dict[str, str]:
        return self._facts("organization")

    @cached_property
    def open_names(self) -> frozenset[str]:
        """The names that the board states, or that an address shows, to have open weights; empty if it states none."""
        found = {name for name, text in self._facts("license").items() if "ropri" not in text.lower() and text}
        found |= {name for name, text in self._facts("model_type").items() if text == "open"}
        found |= {name for name, text in self._facts("model/openWeights").items() if text == "true"}
        found |= {name for name, text in self._facts("link").items() if "huggingface.co" in text}
        return frozenset(found & set(self.names)) if len(found & set(self.names)) < len(self.names) else frozenset()

    def _facts(self, column: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for table in self.tables:
            if column in table.sheet.frame.columns:
                pairs = table.sheet.frame.select(table.roles.name, pl.col(column).cast(pl.String)).drop_nulls()
                found |= dict(pairs.filter(pl.col(column) != "").iter_rows())
        return found


def _cells(frame: pl.DataFrame, file: str, roles: Roles, column: str) -> pl.DataFrame:
    """Return the cells of one column with scores; `frame` has the positions of its rows in `row`."""
    return frame.select(
        "row",
        file=pl.lit(file),
        column=pl.lit(column),
        benchmark=pl.col(roles.benchmark) if roles.benchmark else pl.lit(f"{file} {column}"),
        name=pl.col(roles.name),
        score=numbers(frame[column]),
        least=pl.lit(float(roles.range[0])),
        most=pl.lit(float(roles.range[1])),
        is_up=pl.lit(roles.higher_is_better),
    )
