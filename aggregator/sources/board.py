"""Build the rows of a leaderboard with one row per model and one column per benchmark, from what its file declares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from aggregator import schema
from aggregator.errors import SourceError
from aggregator.model import Domain, MeasuredBy, Parsed
from aggregator.sources import tables
from aggregator.sources.win_rate import mean_win_rates
from aggregator.sources.wire import Sheet

LEAST_PART_OF_RANGE = 0.02
"""The highest score of a benchmark lies above this part of its range. Fractions written as percentages reach 0.01."""
MIN_SCORES_FOR_UNIT = 5
"""A benchmark with fewer scores says nothing about its unit."""


@dataclass(frozen=True)
class Benchmark:
    """One benchmark of a leaderboard. Scores and bounds are in the benchmark's own unit."""

    name: str
    """Its name inside the source: `humaneval` of `evalplus/humaneval`."""
    title: str
    domain: Domain
    metric: str
    column: str = ""
    """The column with its scores; empty for `name`."""
    low: float | None = 0.0
    high: float | None = 100.0
    """The range of possible scores; None for an open end."""
    chance: float | None = None
    """The score of random answers; None if it is unknown."""
    n_items: int | None = None
    """Number of test items; the binomial error follows from it."""
    test_set: str | None = None
    """The name of its test set, where several leaderboards use it: `gpqa_diamond`. Equal scores there are one result."""
    higher_is_better: bool = True
    measured_by: MeasuredBy = MeasuredBy.FIRST_PARTY
    edition: str | None = None
    url: str | None = None
    columns: Mapping[str, tables.Column] = field(default_factory=dict)
    """Further columns of its scores, such as `standard_error`, `score_low`, `setting` or `reference` (`schema.SCORES`)."""

    @property
    def score_column(self) -> str:
        """The column with its scores."""
        return self.column or self.name


def build_board(
    source: str,
    sheets: Sequence[Sheet],
    rows: pl.DataFrame,
    benchmarks: Sequence[Benchmark],
    *,
    name: str,
    facts: Mapping[str, tables.Column] | None = None,
    board_score: pl.Expr | None = None,
    published_on: date | None,
    history: pl.DataFrame | None = None,
    accepted: pl.DataFrame | None = None,
    warnings: Sequence[str] = (),
) -> Parsed:
    """Return the `Parsed` of a board: `rows` has one row per model, with its name in the column `name`.

    `facts` are columns of ENTRIES. `board_score` is the overall score that the board publishes; without it, the overall
    score is the mean win rate (`RankRule.WIN_RATE`). `accepted` is `tables.count_by_name` where a name has rows in
    several sheets; the default counts `rows`. The good rows of `sheets` that are not accepted are duplicates.
    """
    refuse_other_units(source, sheets, rows, benchmarks)
    dated = pl.lit(published_on, dtype=pl.Date)
    scores = pl.concat(
        [schema.frame(schema.SCORES), *(_scores(source, rows, name, benchmark, dated) for benchmark in benchmarks)]
    )
    described = benchmark_rows(source, benchmarks)
    entries = tables.entry_table(
        source,
        rows,
        **{"raw_name": name, "published_on": dated, **(facts or {})},
        **({} if board_score is None else {"board_score": board_score}),
    )
    if board_score is None:
        rates = mean_win_rates(scores, described)
        entries = schema.frame(
            schema.ENTRIES, entries.drop("board_score").join(rates, on="raw_name", how="left", maintain_order="left")
        )
    return tables.build_parsed(
        sheets,
        tables.count_by_name(rows[name]) if accepted is None else accepted,
        entries=entries.sort("raw_name"),
        scores=scores.sort("benchmark", "raw_name"),
        benchmarks=described,
        published_on=published_on,
        history=history,
        warnings=warnings,
    )


def refuse_other_units(
    source: str, sheets: Sequence[Sheet], rows: pl.DataFrame, benchmarks: Sequence[Benchmark]
) -> None:
    """Raise `SourceError` when no score of a benchmark leaves the lowest part of its range: fractions among percentages."""
    for benchmark in benchmarks:
        if benchmark.low is None or benchmark.high is None:
            continue
        least = benchmark.low + LEAST_PART_OF_RANGE * (benchmark.high - benchmark.low)
        scores = rows[benchmark.score_column].drop_nulls()
        if scores.len() >= MIN_SCORES_FOR_UNIT and scores.filter(scores >= least).is_empty():
            unit = f"in the range {benchmark.low:g}–{benchmark.high:g}"
            files = ", ".join(sheet.file for sheet in sheets)
            raise SourceError(
                source, files, f"no score of `{benchmark.score_column}` reaches {least:g}: are they still {unit}?"
            )


def _scores(source: str, rows: pl.DataFrame, name: str, benchmark: Benchmark, dated: pl.Expr) -> pl.DataFrame:
    scored = rows.drop_nulls(benchmark.score_column)
    columns = {"raw_name": name, "score": benchmark.score_column, "published_on": dated, **benchmark.columns}
    return tables.score_table(source, scored, pl.lit(benchmark.name), **columns)


def benchmark_rows(source: str, benchmarks: Sequence[Benchmark]) -> pl.DataFrame:
    """Return BENCHMARKS with one row per declared benchmark."""
    rows: list[dict[str, object]] = [
        {
            "benchmark": f"{source}/{found.name}",
            "source": source,
            "title": found.title,
            "task_type": "language model",
            "domain": found.domain.value,
            "metric": found.metric,
            "higher_is_better": found.higher_is_better,
            "scale_low": found.low,
            "scale_high": found.high,
            "chance": found.chance,
            "n_items": found.n_items,
            "test_set": found.test_set,
            "measured_by": found.measured_by.value,
            "edition": found.edition,
            "url": found.url,
        }
        for found in benchmarks
    ]
    return schema.frame(schema.BENCHMARKS, rows)


def one_row_per_name(rows: pl.DataFrame, name: str, *, best: str, higher_is_better: bool = True) -> pl.DataFrame:
    """Return the row with the best value in the column `best` for each name; the others are duplicates.

    Of equally good rows, the other columns decide: the order of the file can change from night to night.
    """
    content = pl.concat_str(pl.all().exclude("row").cast(pl.String), separator="\x1f", ignore_nulls=True)
    order = rows.sort([name, best, content], descending=[False, higher_is_better, False], nulls_last=True)
    return order.unique(name, keep="first", maintain_order=True)
