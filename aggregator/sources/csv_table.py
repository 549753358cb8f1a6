"""Read CSV files from hosts: every cell is text until the wire schema gives it a type."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from aggregator import schema as schemas
from aggregator.errors import SourceError
from aggregator.sources import wire
from aggregator.sources.plain_text import read_text
from aggregator.sources.text_numbers import with_numbers

UNNAMED = "name"
"""The name of a first column without a name, as pandas writes the index of a table."""


def read_csv(
    source: str, file: str, content: bytes, schema: type[wire.Wire], *, name: str, ignored: Sequence[str] = ()
) -> wire.Sheet:
    """Read CSV `content` and check it against `schema`; parameters and errors as in `wire.read_table`.

    A row with more or fewer cells than the header is quarantined: which of its cells are missing is unknown.
    """
    columns, rows = csv_cells(source, file, content)
    if not columns:
        raise wire.no_rows(source, file)
    whole = {at: [cell or None for cell in cells] for at, cells in enumerate(rows) if len(cells) == len(columns)}
    table = pl.DataFrame(list(whole.values()), schema=dict.fromkeys(columns, pl.String), orient="row")
    sheet = wire.read_table(source, file, with_numbers(source, file, table, schema), schema, name=name, ignored=ignored)
    if len(whole) == len(rows):
        return sheet
    ragged = [
        (
            source,
            file,
            at,
            cells[place] if (place := columns.index(name)) < len(cells) else None,
            _lengths(cells, columns),
        )
        for at, cells in enumerate(rows)
        if at not in whole
    ]
    position = pl.col("row").replace_strict(dict(enumerate(whole)), return_dtype=pl.Int64)
    quarantined = pl.concat(
        [sheet.quarantined.with_columns(position), pl.DataFrame(ragged, schema=schemas.QUARANTINED, orient="row")]
    )
    return replace(sheet, rows=sheet.rows.with_columns(position), quarantined=quarantined.sort("row"), read=len(rows))


def csv_cells(source: str, file: str, content: bytes) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of CSV `content`; an unnamed first column is called `name`.

    Raises `SourceError` when it is not UTF-8, has an open quote or a repeated column, or its last row has more or fewer
    cells than the header, as in a truncated file.
    """
    lines = csv.reader(io.StringIO(read_text(source, file, content), newline=""), strict=True)
    try:
        header, *rows = [cells for cells in lines if cells] or [[]]
    except csv.Error as cause:
        raise SourceError(source, file, f"not readable CSV, line {lines.line_num}: {cause}") from cause
    columns = [UNNAMED if at == 0 and not name else name for at, name in enumerate(header)]
    if repeated := sorted({name for name in columns if columns.count(name) > 1}):
        raise SourceError(source, file, f"the column `{repeated[0]}` occurs twice")
    if rows and len(rows[-1]) != len(columns):
        raise SourceError(source, file, f"row {len(rows) - 1}, the last one, has {_lengths(rows[-1], columns)}")
    return columns, rows


def _lengths(cells: Sequence[str], columns: Sequence[str]) -> str:
    return f"{len(cells)} cells, the header {len(columns)}"
