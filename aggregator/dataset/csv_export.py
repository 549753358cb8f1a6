"""Write a table as CSV for spreadsheets, so that no text cell is evaluated as a formula."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO

FORMULA_STARTS = frozenset("=+-@\uff0b\uff0d\uff1d\uff20")
"""First characters of a formula in a spreadsheet, with their full-width forms."""


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV: RFC 4180, UTF-8 with BOM, an empty cell for null."""
    page = StringIO()
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow([_text(column) for column in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)
    # Without the BOM of "utf-8-sig", a spreadsheet decodes the file with the legacy encoding of its locale.
    return page.getvalue().encode("utf-8-sig", "replace")


def _cell(value: object) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case date():
            return value.isoformat()
        case list() | tuple():
            return _text("; ".join(str(item) for item in value))
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    """Return text on one line, with an apostrophe in front if a spreadsheet would evaluate it.

    Leading blanks and quotes do not hide a formula.
    """
    line = " ".join(text.translate(_CONTROLS).split())
    return f"'{line}" if line.lstrip(" '\"\u00a0")[:1] in FORMULA_STARTS and line.strip(" '\"\u00a0") else line


_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x200B, 0x2028, 0x2029, 0xFEFF), " ")
