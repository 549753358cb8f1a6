"""A CSV edition that a spreadsheet shows as it is: no cell of text is ever taken for a formula."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO

BYTE_ORDER_MARK = "\ufeff"
"""Without it, a spreadsheet reads UTF-8 as its country's old encoding."""

STARTS_FORMULA = frozenset("=+-@\uff0b\uff0d\uff1d\uff20")
"""First characters that spreadsheets take for a formula, their full-width forms included."""


def spreadsheet(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV: RFC 4180, UTF-8 with byte order mark, an empty cell where a value is null."""
    page = StringIO()
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow([_text(column) for column in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return (BYTE_ORDER_MARK + page.getvalue()).encode("utf-8", "replace")


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
    """Return text on one line; an apostrophe goes before what would be read as a formula, blanks and quotes before it included."""
    line = " ".join(text.translate(_CONTROLS).split())
    return f"'{line}" if line.lstrip(" '\"\u00a0")[:1] in STARTS_FORMULA and line.strip(" '\"\u00a0") else line


_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x200B, 0x2028, 0x2029, 0xFEFF), " ")
