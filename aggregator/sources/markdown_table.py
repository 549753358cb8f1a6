"""Read a Markdown table out of a page of prose."""

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from aggregator.errors import MissingColumn, SourceError
from aggregator.sources import wire
from aggregator.sources.plain_text import read_text
from aggregator.sources.text_numbers import with_numbers


def read_markdown(
    source: str, file: str, content: bytes, schema: type[wire.Wire], *, header: Sequence[str], name: str
) -> wire.Sheet:
    """Read the one table with exactly the columns `header` and check it against `schema`.

    Raises `MissingColumn` when no table has this header, `SourceError` when several have it or a row has another number
    of cells; other parameters and errors as in `wire.read_table`.
    """
    lines = [_cells(line) for line in read_text(source, file, content).splitlines()]
    starts = [at for at, cells in enumerate(lines) if cells == list(header)]
    if not starts:
        headers = [cells for cells, rule in pairwise(lines) if cells and _is_rule(rule)]
        found = max(headers, key=lambda cells: len(set(cells) & set(header)), default=[])
        missing = [column for column in header if column not in found]
        raise MissingColumn(source, file, missing or list(header), found)
    if len(starts) > 1 or not _is_rule(lines[starts[0] + 1] if starts[0] + 1 < len(lines) else None):
        raise SourceError(source, file, f"{len(starts)} tables with the header | {' | '.join(header)} |, not one")
    rows = _rows_after(source, file, lines, starts[0] + 2, len(header))
    table = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
    return wire.read_table(source, file, with_numbers(source, file, table, schema), schema, name=name)


def markdown_headers(source: str, file: str, content: bytes) -> list[list[str]]:
    """Return the header of each table in a Markdown page."""
    lines = [_cells(line) for line in read_text(source, file, content).splitlines()]
    return [cells for cells, rule in pairwise(lines) if cells and _is_rule(rule)]


def markdown_cells(source: str, file: str, content: bytes, header: Sequence[str]) -> list[list[str | None]]:
    """Return the rows of the first table with exactly the columns `header`; raises `ValueError` without one."""
    lines = [_cells(line) for line in read_text(source, file, content).splitlines()]
    return _rows_after(source, file, lines, lines.index(list(header)) + 2, len(header))


def _rows_after(
    source: str, file: str, lines: Sequence[list[str] | None], start: int, width: int
) -> list[list[str | None]]:
    rows: list[list[str | None]] = []
    for at, cells in enumerate(lines[start:], start):
        if cells is None:
            break
        if len(cells) != width:
            raise SourceError(source, file, f"line {at + 1} of the table has {len(cells)} cells, not {width}")
        rows.append([cell or None for cell in cells])
    return rows


def _cells(line: str) -> list[str] | None:
    """Return the cells of a table line, None for another line."""
    text = line.strip()
    if not text.startswith("|"):
        return None
    return [cell.strip() for cell in text[1:].removesuffix("|").split("|")] if text.endswith("|") else [text]


def _is_rule(cells: list[str] | None) -> bool:
    """Return whether the line is the rule below a header: `|---|---:|`."""
    return bool(cells) and all(cell and set(cell) <= set("-:") for cell in cells or [])
