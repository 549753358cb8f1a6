"""From MTEB's measurements to one score a model and task: the mean over one set of cells, the same for every model.

A cell is a split and a subset of a task. The set is the one of the task's definition (`mteb_definitions`). A task
without a definition gets its sets from the data: every set of cells that several models ran as a whole. A model without
all cells of a set has no score in its benchmark.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from aggregator.errors import SourceError
from aggregator.model import MeasuredBy
from aggregator.sources import tables
from aggregator.sources.mteb_definitions import Cell, TaskSet, defined, from_data

CELL = ["task_name", "split", "subset"]
MEASUREMENT = ["raw_name", *CELL]
"""The columns of one measurement; several revisions can repeat it."""
CODE_BITS = 21
"""Bits of the number that stands for a text, so that the three of a cell fit into one number."""

COMMIT = r"^[0-9a-f]{40}$"
EXTERNAL = "external"
"""The revision of results that MTEB took over from model cards, or got from the maker of a model."""

MIN_MODELS = 5
"""A set of cells that fewer models ran exactly is no benchmark, unless no set has more."""
MAX_SETS = 50
"""At most this many sets of one task are benchmarks."""


def with_codes(source: str, file: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` with a number for each raw name, `who`, and for each cell, `cell`: much faster than four texts.

    Raises `SourceError` for more texts than `CODE_BITS` hold.
    """
    codes = rows.select(pl.col(MEASUREMENT).cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(-1) + 1)
    if any(code >= 1 << CODE_BITS for code in codes.max().row(0) if code is not None):
        codes = codes.select(pl.all().rank("dense").cast(pl.Int64))
        if codes.height >= 1 << CODE_BITS and max(codes.max().row(0)) >= 1 << CODE_BITS:
            raise SourceError(source, file, f"more than {1 << CODE_BITS:,} different names, tasks or subsets")
    task, split, subset = (codes[column] for column in CELL)
    shift = 1 << CODE_BITS
    return rows.with_columns(codes["raw_name"].alias("who"), ((task * shift + split) * shift + subset).alias("cell"))


def one_revision_per_cell(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows`, which have codes, with one revision for each measurement."""

    def best_first(repeated: pl.DataFrame) -> pl.DataFrame:
        cells = rows.group_by("model_name", "model_revision").agg(pl.len().alias("cells"))
        is_placeholder = ~pl.col("model_revision").str.contains(COMMIT).fill_null(value=False)
        return (
            repeated.join(cells, on=["model_name", "model_revision"], nulls_equal=True)
            .with_columns(is_placeholder=is_placeholder)
            .sort(
                [*MEASUREMENT, "is_placeholder", "cells", "model_revision", "score"],
                descending=[*[False] * len(MEASUREMENT), False, True, False, True],
            )
        )

    return tables.one_row_per_key(rows, ["who", "cell"], best_first)


def score_tasks(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[TaskSet]]:
    """Return `(raw_name, benchmark, score, measured_by)` and the sets behind the benchmarks, by name.

    `rows` has codes and one row per raw name and cell. A definition that no model meets is not used: the task may have
    changed.
    """
    cells = rows.group_by("cell").agg(pl.col(CELL).first(), pl.len().alias("ran"))
    tasks = set(cells["task_name"])
    by_definition = [one for task, sets in defined().items() if task in tasks for one in sets]
    scores = _means(rows, cells, by_definition)
    met = set(scores["benchmark"].unique())
    used = [one for one in by_definition if one.name in met]
    others = cells.filter(~pl.col("task_name").is_in([one.task for one in used]))
    by_data = [one for task, sets in sorted(_common_sets(rows, others).items()) for one in from_data(task, sets)]
    both = pl.concat([scores, _means(rows, others, by_data)])
    names = rows.group_by("who").agg(pl.col("raw_name").first())
    named = both.join(names, on="who").select("raw_name", "benchmark", "score", "measured_by")
    return named.sort("raw_name", "benchmark"), sorted([*used, *by_data], key=lambda one: one.name)


def _means(rows: pl.DataFrame, cells: pl.DataFrame, sets: Sequence[TaskSet]) -> pl.DataFrame:
    """Return the mean of each model over each set of which it has all cells."""
    of_sets = pl.DataFrame(
        [(one.name, len(one.cells), one.task, *cell) for one in sets for cell in one.cells],
        schema={"benchmark": pl.String, "cells": pl.UInt32, **dict.fromkeys(CELL, pl.String)},
        orient="row",
    ).with_columns(place=pl.col("benchmark").rank("dense"))
    coded = of_sets.join(cells.select("cell", *CELL), on=CELL).select("cell", "place")
    return (
        rows.select("who", "cell", "score", is_external=pl.col("model_revision") == EXTERNAL)
        .join(coded, on="cell")
        .group_by("who", "place")
        # The order of the rows must not show in the last bit of a sum.
        .agg(pl.col("score").sort().mean(), pl.len().alias("cells"), pl.col("is_external").any())
        .join(of_sets.select("benchmark", "place", "cells").unique(), on=["place", "cells"])
        .with_columns(measured_by=pl.when("is_external").then(pl.lit(MeasuredBy.SELF_REPORTED.value)))
    )


def _common_sets(rows: pl.DataFrame, cells: pl.DataFrame) -> dict[str, list[frozenset[Cell]]]:
    """Return the sets of cells of each task in `cells` that several models ran as a whole."""
    of_tasks = rows.select("who", "cell").join(cells.select("cell", *CELL), on="cell")
    models = of_tasks.group_by("task_name").agg(models=pl.col("who").n_unique())
    counted = cells.join(models, on="task_name")
    alike = pl.col("ran").min().over("task_name") == pl.col("models")
    uniform = counted.filter(alike).group_by("task_name").agg(CELL[1:])
    found = {
        task: [frozenset(zip(splits, subsets, strict=True))]
        for task, splits, subsets in uniform.select("task_name", "split", "subset").iter_rows()
    }
    various = of_tasks.join(counted.filter(~alike).select("cell"), on="cell", how="semi")
    for (task,), of_task in various.group_by("task_name"):
        found[str(task)] = choose_sets(_models_by_set(of_task))
    return found


def _models_by_set(rows: pl.DataFrame) -> dict[frozenset[Cell], int]:
    """Return how many models ran exactly each set of cells of one task."""
    ran = rows.group_by("who").agg("split", "subset")
    return Counter(
        frozenset(zip(splits, subsets, strict=True)) for splits, subsets in ran.select("split", "subset").iter_rows()
    )


def choose_sets(models: Mapping[frozenset[Cell], int]) -> list[frozenset[Cell]]:
    """Return the sets that are benchmarks; the first is the one with the most measurements in common.

    `models` is the number of models that ran exactly a set. Models with more cells count for each set inside theirs.
    """
    often = [ran for ran, count in models.items() if count >= MIN_MODELS]
    candidates = sorted(often or models, key=lambda ran: (-models[ran], *_order(ran)))[:MAX_SETS]

    def in_common(ran: frozenset[Cell]) -> int:
        return len(ran) * sum(count for other, count in models.items() if ran <= other)

    first, *others = sorted(candidates, key=lambda ran: (-in_common(ran), *_order(ran)))
    return [first, *others] if often else [first]


def _order(ran: Iterable[Cell]) -> tuple[int, list[Cell]]:
    cells = sorted(ran)
    return -len(cells), cells
