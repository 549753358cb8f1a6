"""Print results: tables that fit the terminal, JSON and CSV, with control characters escaped.

Results go to standard output, messages to standard error.
"""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aggregator.text import MAYBE_UNSAFE, jsonable, number, visible

GAP = 2
"""Blank characters after each column of a table."""


def plain_text(text: object, style: str = "") -> Text:
    """Return `text` for rich; markup inside it is printed as it is."""
    return Text(visible(text), style=style)


def result_console() -> Console:
    """Return the console for results: standard output."""
    return _console(stderr=False)


def message_console() -> Console:
    """Return the console for messages and progress: standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)


@dataclass(frozen=True)
class Column:
    """One column of a printed table."""

    title: str
    """One line or more."""
    format: Callable[[Mapping[str, object]], str]
    """Return the text of the cell for one row."""
    priority: int = 0
    """On a narrow terminal, the columns with the smallest priority are dropped first."""
    is_right_aligned: bool = False
    can_wrap: bool = False
    """Whether long text may take several lines."""
    min_width: int = 24
    """The smallest width in characters of a column that can wrap."""


def print_table(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, object]],
    *,
    section: str | None = None,
    console: Console | None = None,
) -> list[str]:
    """Print `rows`, with a line where the value of `section` changes; return the titles of the dropped columns.

    On a terminal, the table fits its width. In a pipe, the columns are chosen for 80 characters and no text is
    wrapped, so that the next program receives each name in one piece.
    """
    console = console or result_console()
    cells = [[plain_text(column.format(row)) for column in columns] for row in rows]
    shown = _columns_that_fit(columns, cells, console.width)
    if not console.is_terminal:
        widths = [_full_width(columns[at], [line[at] for line in cells]) + GAP for at in shown]
        console.width = max(console.width, sum(widths))
    table = _empty_table([columns[at] for at in shown])
    for at, line in enumerate(cells):
        is_last = section is not None and at + 1 < len(rows) and rows[at].get(section) != rows[at + 1].get(section)
        table.add_row(*(line[place] for place in shown), end_section=is_last)
    console.print(table)
    return [column.title for at, column in enumerate(columns) if at not in shown]


def _empty_table(columns: Iterable[Column]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for column in columns:
        side: Literal["left", "right"] = "right" if column.is_right_aligned else "left"
        table.add_column(Text(column.title), justify=side, no_wrap=not column.can_wrap, overflow="fold")
    return table


def _columns_that_fit(columns: Sequence[Column], cells: Sequence[Sequence[Text]], width: int) -> list[int]:
    """Return the indices of the columns that fit into `width` together, in their order."""
    widths = [_smallest_width(column, [line[at] for line in cells]) + GAP for at, column in enumerate(columns)]
    shown = list(range(len(columns)))
    while len(shown) > 1 and sum(widths[at] for at in shown) > width:
        shown.remove(min(shown, key=lambda at: (columns[at].priority, -at)))
    return shown


def _smallest_width(column: Column, cells: Iterable[Text]) -> int:
    width = _full_width(column, cells)
    return min(width, column.min_width) if column.can_wrap else width


def _full_width(column: Column, cells: Iterable[Text]) -> int:
    return max([*map(cell_len, column.title.split("\n")), *(cell.cell_len for cell in cells)])


def format_interval(value: object, low: object, high: object) -> str:
    """Return `12 (9–15)`, the value alone when it has no interval, or nothing when it is None."""
    if value is None:
        return ""
    if low is None or high is None:
        return number(value)
    return f"{number(value)} ({number(low)}–{number(high)})"


def print_json(value: object) -> None:
    """Print one JSON document: dates in ISO 8601, and null for NaN and infinity."""
    text = json.dumps(jsonable(value), ensure_ascii=False, indent=2)
    sys.stdout.write(MAYBE_UNSAFE.sub(lambda found: _json_escape(found[0]), text) + "\n")


def _json_escape(character: str) -> str:
    """Return a control character as a JSON escape, any other character as it is."""
    if character == "\n" or character.isprintable():
        return character
    return json.dumps(character)[1:-1]


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as CSV with a header; on a terminal, control characters are printed as escapes."""
    escape = visible if sys.stdout.isatty() else str
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([escape(column) for column in columns])
    writer.writerows([_csv_cell(value, escape) for value in row] for row in rows)


def _csv_cell(value: object, escape: Callable[[object], str]) -> object:
    simple = jsonable(value)
    if isinstance(simple, dict | list):
        simple = json.dumps(simple, ensure_ascii=False)
    return escape(simple) if isinstance(simple, str) else simple


def print_heading(title: str) -> None:
    """Print a blank line and a heading on standard output."""
    result_console().print()
    result_console().print(plain_text(title, "bold"))


def print_message(text: str, style: str = "") -> None:
    """Print a message on standard error."""
    console = message_console()
    for line in text.splitlines():
        console.print(plain_text(line, style), soft_wrap=True)
