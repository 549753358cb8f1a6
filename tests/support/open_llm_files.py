"""Small Open LLM boards: real rows of the sample with some cells replaced."""

from typing import Any

import polars as pl

from aggregator.model import Parsed, Source
from tests.support import board_files, samples


def board(source: Source, **cells: Any) -> pl.DataFrame:
    """Return the small table of `source`, with whole columns replaced by a value or an expression."""
    (content,) = samples.small_files(source).values()
    return board_files.read_parquet(content).with_columns(
        **{column: value if isinstance(value, pl.Expr) else pl.lit(value) for column, value in cells.items()}
    )


def read(source: Source, frame: pl.DataFrame) -> Parsed:
    """Parse `frame` as the only file of `source`."""
    (resource,) = source.resources
    return source.parse({resource.name: board_files.to_parquet(frame)})


def runs_of_one_model(source: Source, *runs: dict[str, Any]) -> pl.DataFrame:
    """Return a board with one run of its first model per item of `runs`; `score` replaces all scores of a run."""
    frame = board(source)
    first = frame.head(1)
    return pl.concat([frame.slice(1), *[_run(first, source, **run) for run in runs]], how="vertical_relaxed")


def _run(first: pl.DataFrame, source: Source, *, score: float | None = None, **cells: Any) -> pl.DataFrame:
    changed = first.with_columns(**{column: pl.lit(value, first.schema[column]) for column, value in cells.items()})
    if score is None:
        return changed
    titles = samples.parsed(source).benchmarks["title"]
    return changed.with_columns(pl.lit(score).alias(title) for title in [*titles, "Average ⬆️"])


def only(found: Parsed, name: str) -> dict[str, Any]:
    """Return the one entry called `name`."""
    return found.entries.row(by_predicate=pl.col("raw_name") == name, named=True)
