"""Read Parquet files from hosts, with a limit on the unpacked size."""

import io
from collections.abc import Sequence

import polars as pl
import pyarrow.parquet as pq

from aggregator.errors import SourceError
from aggregator.sources import wire

MAX_CELLS_PER_BYTE, MIN_CELL_LIMIT = 16, 1_000_000
"""The boards' files have less than one cell per byte."""
MAX_UNPACKED_RATIO, MIN_BYTE_LIMIT = 64, 16 * 1024 * 1024
"""The boards' files unpack to less than seven times their size."""


def read_parquet(
    source: str, file: str, content: bytes, schema: type[wire.Wire], *, name: str, ignored: Sequence[str] = ()
) -> wire.Sheet:
    """Read Parquet `content` and check it against `schema`; parameters and errors as in `wire.read_table`."""
    return wire.read_table(source, file, parquet_table(source, file, content), schema, name=name, ignored=ignored)


def parquet_table(source: str, file: str, content: bytes) -> pl.DataFrame:
    """Return all columns of Parquet `content`; raises `SourceError` when it is not Parquet, or unpacks to too much."""
    try:
        _refuse_decompression_bomb(content)
        return pl.read_parquet(io.BytesIO(content))
    except (Exception, pl.exceptions.PanicException) as cause:  # the readers' errors have no common base
        reason = f"not a readable Parquet file ({len(content)} bytes): {wire.first_line(cause)}"
        raise SourceError(source, file, reason) from cause


def _refuse_decompression_bomb(content: bytes) -> None:
    """Raise `ValueError` when the footer declares more cells or bytes than any board of this file size has.

    A column with one repeated value takes almost no space in the file and can fill the memory.
    """
    footer = pq.read_metadata(io.BytesIO(content))
    cells = footer.num_rows * footer.num_columns
    size = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
    max_cells = MIN_CELL_LIMIT + MAX_CELLS_PER_BYTE * len(content)
    max_bytes = MIN_BYTE_LIMIT + MAX_UNPACKED_RATIO * len(content)
    if cells > max_cells or size > max_bytes:
        raise ValueError(
            f"it would unpack to {footer.num_rows:,} rows of {footer.num_columns:,} columns, {size:,} bytes; the limit for a "
            f"file of this size is {max_cells:,} cells and {max_bytes:,} bytes"
        )
