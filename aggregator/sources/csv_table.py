"""Read CSV files from hosts: every cell is text until the wire schema gives it a type."""

import io
from collections.abc import Sequence

import polars as pl

from aggregator.errors import SourceError
from aggregator.sources import wire
from aggregator.sources.text_numbers import with_numbers


def read_csv(
    source: str, file: str, content: bytes, schema: type[wire.Wire], *, name: str, ignored: Sequence[str] = ()
) -> wire.Sheet:
    """Read CSV `content` and check it against `schema`; parameters and errors as in `wire.read_table`."""
    table = with_numbers(csv_table(source, file, content), schema)
    return wire.read_table(source, file, table, schema, name=name, ignored=ignored)


def csv_table(source: str, file: str, content: bytes) -> pl.DataFrame:
    """Return all columns of CSV `content` as text, empty cells as null; an unnamed first column is called `name`.

    Raises `SourceError` when it is not UTF-8, has a repeated column, or a row of another length.
    """
    try:
        text = content.decode("utf-8-sig")
        header = text.split("\n", 1)[0]
        body = text if not header.startswith(",") else f"name{text}"
        return pl.read_csv(io.BytesIO(body.encode()), infer_schema=False, null_values=[""], truncate_ragged_lines=False)
    except (UnicodeDecodeError, pl.exceptions.PolarsError) as cause:
        raise SourceError(source, file, f"not a readable CSV file: {wire.first_line(cause)}") from cause
