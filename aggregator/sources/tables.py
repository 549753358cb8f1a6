"""Build the tables of a `Parsed` from checked rows; every source uses this."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce

import polars as pl

from aggregator import schema
from aggregator.model import Parsed
from aggregator.sources.wire import Sheet

PLACE = "place in the table"
"""The column that `one_row_per_key` adds to the rows that it sorts."""
MIX = 0x9E3779B1
"""An odd number that keeps the hashes of the columns of a key apart."""

Column = pl.Expr | str
"""An expression, or the name of a column."""


def entry_table(source: str, rows: pl.DataFrame, **facts: Column) -> pl.DataFrame:
    """Return ENTRIES of `source` with one row per row of `rows`; columns that are not given are null."""
    return schema.frame(schema.ENTRIES, rows.select(source=pl.lit(source), **facts))


def score_table(source: str, rows: pl.DataFrame, benchmark: pl.Expr, **columns: Column) -> pl.DataFrame:
    """Return SCORES of `source` with one row per row of `rows`; `benchmark` is the name inside the source."""
    return schema.frame(schema.SCORES, score_columns(source, rows, benchmark, **columns))


def score_columns(source: str, rows: pl.DataFrame, benchmark: pl.Expr, **columns: Column) -> pl.DataFrame:
    """Return `source`, `benchmark` and the given columns of `rows`, as SCORES and HISTORY need them."""
    return rows.select(source=pl.lit(source), benchmark=pl.lit(f"{source}/") + benchmark, **columns)


def benchmark_table(source: str, rows: pl.DataFrame, benchmark: pl.Expr, **facts: Column) -> pl.DataFrame:
    """Return BENCHMARKS of `source` with one row per row of `rows`, all with higher scores better."""
    columns = score_columns(source, rows, benchmark, higher_is_better=pl.lit(value=True), **facts)
    return schema.frame(schema.BENCHMARKS, columns)


def namespace_of(model_id: pl.Expr) -> pl.Expr:
    """Return the part of an id before the first `/`, null when it has no `/`."""
    return pl.when(model_id.str.contains("/")).then(model_id.str.split("/").list.first())


def one_row_per_key(
    rows: pl.DataFrame, key: Sequence[str], best_first: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """Return `rows` with one row per `key`: of repeated rows, the first in the order of `best_first`.

    Only the repeated rows are sorted: they are few among millions.
    """
    # Two keys with one hash only make a few more rows to sort.
    hashed = reduce(lambda found, column: found * MIX + pl.col(column).hash(), key, pl.lit(0, dtype=pl.UInt64))
    repeated = rows.select(hashed.is_duplicated().alias("repeated"))["repeated"]
    if not repeated.any():
        return rows
    numbered = rows.with_columns(pl.int_range(pl.len()).alias(PLACE)).filter(repeated)
    best = best_first(numbered).unique(key, keep="first", maintain_order=True)
    return rows.filter((~repeated).scatter(best[PLACE], values=True))


def count_by_name(*columns: pl.Series) -> pl.DataFrame:
    """Return `(raw_name, rows)`: how many accepted rows of the files each name has."""
    names = pl.concat([column.alias("raw_name") for column in columns])
    return names.to_frame().group_by("raw_name").agg(pl.len().cast(pl.Int64).alias("rows")).sort("raw_name")


def build_parsed(
    sheets: Sequence[Sheet],
    accepted: pl.DataFrame,
    *,
    entries: pl.DataFrame,
    scores: pl.DataFrame,
    benchmarks: pl.DataFrame,
    published_on: date | None,
    history: pl.DataFrame | None = None,
    warnings: Sequence[str] = (),
) -> Parsed:
    """Return the `Parsed` of a source; good rows of `sheets` that `accepted` does not count are duplicates."""
    found = [warning for sheet in sheets for warning in sheet.warnings]
    return Parsed(
        entries=entries,
        scores=scores,
        benchmarks=benchmarks,
        rows_read=sum(sheet.read for sheet in sheets),
        accepted=accepted,
        rows_duplicate=sum(sheet.rows.height for sheet in sheets) - int(accepted["rows"].sum()),
        quarantined=pl.concat([sheet.quarantined for sheet in sheets]),
        published_on=published_on,
        history=history,
        warnings=tuple(dict.fromkeys([*found, *warnings])),
    )
