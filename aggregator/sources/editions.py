"""Build the rows of a leaderboard that publishes one file for each edition: current scores of the newest, history of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from aggregator import schema
from aggregator.errors import SourceError
from aggregator.model import Domain, Kind, Parsed
from aggregator.sources import tables
from aggregator.sources.board import Benchmark, benchmark_rows, build_board
from aggregator.sources.wire import Sheet

OVERALL = "overall"
"""The column of the overall score, and the name of its history."""


def edition_file(source: str, folder: str, name: str, files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """Return the path and the bytes of the file `name`; raises `SourceError` for an edition without it."""
    path, stem = f"{folder}/{name}", name.rpartition(".")[0]
    for key, content in files.items():
        if stem in key:
            return path, content
    raise SourceError(source, path, "the edition has no such file")


def mean_of_means(groups: Sequence[Sequence[str]]) -> pl.Expr:
    """Return the mean over groups of the mean over the columns of each, null where one is null."""
    means = [pl.sum_horizontal(columns, ignore_nulls=False) / len(columns) for columns in groups]
    return pl.sum_horizontal(means, ignore_nulls=False) / len(means)


@dataclass(frozen=True)
class Edition:
    """One file: `rows` has one row per model, with a column for each benchmark and the column `overall`."""

    day: date
    sheet: Sheet
    rows: pl.DataFrame


def build_editions(
    source: str,
    editions: Sequence[Edition],
    benchmarks: Sequence[Benchmark],
    *,
    name: str,
    warnings: Sequence[str] = (),
) -> Parsed:
    """Return the `Parsed` of a board of chat models: `benchmarks` are those of all `editions`.

    A model that the newest edition leaves out has an entry without a score, and its history.
    """
    rows = pl.concat([edition.rows.with_columns(edition=pl.lit(edition.day)) for edition in editions], how="diagonal")
    newest = max(edition.day for edition in editions)
    is_current = pl.col("edition") == newest
    scores = [OVERALL, *(benchmark.score_column for benchmark in benchmarks)]
    last = rows.sort("edition", descending=True, maintain_order=True).unique(name, keep="first", maintain_order=True)
    parsed = build_board(
        source,
        [edition.sheet for edition in editions],
        last.with_columns(pl.when(is_current).then(pl.col(scores)).name.keep()),
        benchmarks,
        name=name,
        facts={"kind": pl.lit(Kind.CHAT.value), "published_on": pl.when(is_current).then("edition")},
        board_score=pl.col(OVERALL),
        published_on=newest,
        history=_history(source, rows, benchmarks, name),
        accepted=tables.count_by_name(rows[name]),
        warnings=warnings,
    )
    overall = Benchmark(OVERALL, OVERALL, Domain.GENERAL, "mean", edition=str(newest))
    return replace(parsed, benchmarks=benchmark_rows(source, [*benchmarks, overall]))


def _history(source: str, rows: pl.DataFrame, benchmarks: Sequence[Benchmark], name: str) -> pl.DataFrame:
    """Return HISTORY with every score of every edition, and its rank there."""
    names = {OVERALL: OVERALL, **{benchmark.score_column: benchmark.name for benchmark in benchmarks}}
    cells = rows.unpivot(list(names), index=[name, "edition"], variable_name="column", value_name="score").drop_nulls()
    found = tables.score_columns(
        source,
        cells,
        pl.col("column").replace_strict(names, return_dtype=pl.String),
        raw_name=name,
        published_on="edition",
        score="score",
    ).with_columns(rank=pl.col("score").rank("min", descending=True).over("benchmark", "published_on"))
    return schema.frame(schema.HISTORY, found.sort("benchmark", "published_on", "raw_name"))
