"""Build the rows of a leaderboard whose scores lie in several places: one file, or one group of rows, per benchmark."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from aggregator import schema
from aggregator.model import Parsed
from aggregator.sources import tables
from aggregator.sources.board import Benchmark, benchmark_rows, one_row_per_name, refuse_other_units
from aggregator.sources.win_rate import mean_win_rates
from aggregator.sources.wire import Sheet


def scores_of(
    source: str, sheet: Sheet, benchmark: Benchmark, rows: pl.DataFrame, *, name: str, check_unit: bool = True
) -> pl.DataFrame:
    """Return SCORES of one benchmark: for each model the row with the best score among `rows`, which are of `sheet`.

    `name` is the column with the model's name. Raises `SourceError` when the scores are in another unit; `check_unit`
    is false where the source checks the unit itself, and all scores of a hard benchmark can be near zero.
    """
    scored = rows.drop_nulls(benchmark.score_column)
    best = one_row_per_name(scored, name, best=benchmark.score_column, higher_is_better=benchmark.higher_is_better)
    if check_unit:
        refuse_other_units(source, [sheet], scored, [benchmark])
    columns = {"raw_name": name, "score": benchmark.score_column, **benchmark.columns}
    return tables.score_table(source, best, pl.lit(benchmark.name), **columns)


def build_from_scores(
    source: str,
    sheets: Sequence[Sheet],
    scores: Sequence[pl.DataFrame],
    benchmarks: Sequence[Benchmark],
    *,
    facts: Mapping[str, tables.Column],
    models: pl.DataFrame | None = None,
    published_on: date | None,
    accepted: pl.DataFrame | None = None,
    warnings: Sequence[str] = (),
) -> Parsed:
    """Return the `Parsed` of a board without an overall score of its own; the mean win rate takes its place.

    `scores` are frames of `scores_of`; of a cell in several of them, the first is kept. Without `accepted`, each score
    comes from one row of `sheets`, and the other good rows are duplicates. `facts` are columns of ENTRIES, computed from
    `raw_name` and the columns of `models`, a frame with one row per `raw_name` that may lack models.
    """
    dated = pl.lit(published_on, dtype=pl.Date)
    given = pl.concat([schema.frame(schema.SCORES), *scores]).with_columns(published_on=dated)
    found = given.unique(["benchmark", "raw_name"], keep="first", maintain_order=True)
    described = benchmark_rows(source, benchmarks)
    named = found.select(pl.col("raw_name").unique().sort())
    if models is not None:
        named = named.join(models, on="raw_name", how="left", maintain_order="left")
    rated = named.join(mean_win_rates(found, described), on="raw_name", how="left", maintain_order="left")
    columns = {"raw_name": "raw_name", "board_score": "board_score", "published_on": dated, **facts}
    return tables.build_parsed(
        sheets,
        tables.count_by_name(found["raw_name"]) if accepted is None else accepted,
        entries=tables.entry_table(source, rated, **columns),
        scores=found.sort("benchmark", "raw_name"),
        benchmarks=described,
        published_on=published_on,
        warnings=warnings,
    )
