"""Compare the tables of the DuckDB file with their Parquet files cell by cell, in batches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

from aggregator import warehouse
from aggregator.text import visible

BATCH_ROWS = 65_536
"""Rows in memory at once: of our widest table, about 50 MB on either side."""
SHOWN = 60
"""Characters of a value in a message."""


def find_first_difference(
    connection: duckdb.DuckDBPyConnection, table: str, parquet: Path, grain: Sequence[str]
) -> str | None:
    """Return the first different cell of a table, with its row and both values; None when the copies are equal.

    The rows of both are in the order of the build. Raises `duckdb.Error`, `OSError` or `ValueError` for damaged data.
    """
    ours = _from_duckdb(connection, table)
    theirs = _from_parquet(parquet)
    place, left, right = 0, pl.DataFrame(), pl.DataFrame()
    while True:
        left = next(ours, pl.DataFrame()) if left.is_empty() else left
        right = next(theirs, pl.DataFrame()) if right.is_empty() else right
        size = min(left.height, right.height)
        if size == 0:
            return _other_length(table, place, left, right)
        one, other = left.head(size), right.head(size)
        if one.schema != other.schema:
            return f"table `{table}` has other types in the DuckDB file than in {parquet.name}"
        if not one.equals(other):
            return _first_difference(table, place, one, other, grain)
        left, right, place = left.slice(size), right.slice(size), place + size


def _from_duckdb(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[pl.DataFrame]:
    reader = connection.sql(f"from {warehouse.quoted(table)}").to_arrow_reader(BATCH_ROWS)
    return (frame for batch in reader if isinstance(frame := pl.from_arrow(batch), pl.DataFrame) and frame.height)


def _from_parquet(path: Path) -> Iterator[pl.DataFrame]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            frame = pl.from_arrow(batch)
            if isinstance(frame, pl.DataFrame) and frame.height:
                yield frame


def _other_length(table: str, place: int, left: pl.DataFrame, right: pl.DataFrame) -> str | None:
    if left.is_empty() and right.is_empty():
        return None
    where = "the DuckDB file" if right.is_empty() else "the Parquet file"
    return f"table `{table}`: after {place} rows, only {where} has more"


def _first_difference(table: str, place: int, one: pl.DataFrame, other: pl.DataFrame, grain: Sequence[str]) -> str:
    """Return the sentence about the first different row, and the first different column of it."""
    changed = {name: _first_place(one[name], other[name]) for name in one.columns if not one[name].equals(other[name])}
    column = min(changed, key=lambda name: changed[name])
    row = changed[column]
    key = [name for name in grain if name in one.columns] or one.columns[:1]
    where = ", ".join(f"{name} = {_shown(one[name][row])}" for name in key)
    return (
        f"table `{table}`, row {place + row + 1} ({where}), column `{column}`: "
        f"{_shown(one[column][row])} in the DuckDB file, {_shown(other[column][row])} in the Parquet file"
    )


def _first_place(one: pl.Series, other: pl.Series) -> int:
    """Return the first row in which two different columns differ, by bisection: it works for every type."""
    low, high = 0, one.len()
    while high - low > 1:
        middle = (low + high) // 2
        if one.slice(low, middle - low).equals(other.slice(low, middle - low)):
            low = middle
        else:
            high = middle
    return low


def _shown(value: object) -> str:
    text = visible(repr(value.to_list() if isinstance(value, pl.Series) else value))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
