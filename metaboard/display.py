"""What the terminal shows: tables that fit, text that cannot play tricks, JSON that a machine can read.

Results go to standard output, everything else to standard error.
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
"""Blank columns after each column of a table."""


def plain(text: object, style: str = "") -> Text:
    """Return `text` for rich, with nothing in it read as markup."""
    return Text(visible(text), style=style)


def output() -> Console:
    """Return the console for results."""
    return _console(stderr=False)


def messages() -> Console:
    """Return the console for messages and progress."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)


@dataclass(frozen=True)
class Column:
    """One column of a table: how it is headed, what it shows of a row, and how soon it is dropped."""

    title: str
    """May have several lines."""
    show: Callable[[Mapping[str, object]], str]
    keep: int = 0
    """Columns with the smallest `keep` are dropped first."""
    right: bool = False
    folds: bool = False
    """Whether long text may take several lines; other columns are never broken."""
    least: int = 24
    """How narrow a folding column may become."""


def print_table(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, object]],
    *,
    section: str | None = None,
    console: Console | None = None,
) -> list[str]:
    """Print `rows`, dropping the least important columns until they fit; a line is drawn where `section` changes.

    On a terminal the width is the terminal's. In a pipe the columns are chosen for 80, and nothing is folded, so that
    a name stays in one piece for the next program. Returns the titles of the columns that were dropped.
    """
    console = console or output()
    cells = [[plain(column.show(row)) for column in columns] for row in rows]
    kept = _fitting(columns, cells, console.width)
    if not console.is_terminal:
        console.width = max(console.width, sum(_needed(columns[at], [line[at] for line in cells]) + GAP for at in kept))
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )
    for at in kept:
        column = columns[at]
        side: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(Text(column.title), justify=side, no_wrap=not column.folds, overflow="fold")
    for at, line in enumerate(cells):
        ends = section is not None and at + 1 < len(rows) and rows[at].get(section) != rows[at + 1].get(section)
        table.add_row(*(line[place] for place in kept), end_section=ends)
    console.print(table)
    return [column.title for at, column in enumerate(columns) if at not in kept]


def _fitting(columns: Sequence[Column], cells: Sequence[Sequence[Text]], width: int) -> list[int]:
    """Return the places of the columns that fit into `width` together, in their order."""
    least = [_least(column, [line[at] for line in cells]) + GAP for at, column in enumerate(columns)]
    kept = list(range(len(columns)))
    while len(kept) > 1 and sum(least[at] for at in kept) > width:
        kept.remove(min(kept, key=lambda at: (columns[at].keep, -at)))
    return kept


def _least(column: Column, cells: Iterable[Text]) -> int:
    needed = _needed(column, cells)
    return min(needed, column.least) if column.folds else needed


def _needed(column: Column, cells: Iterable[Text]) -> int:
    return max([*map(cell_len, column.title.split("\n")), *(cell.cell_len for cell in cells)])


def with_interval(value: object, low: object, high: object) -> str:
    """Return `12 (9–15)`, or the value alone where there is no interval."""
    if value is None:
        return ""
    if low is None or high is None:
        return number(value)
    return f"{number(value)} ({number(low)}–{number(high)})"


def print_json(value: object) -> None:
    """Write one JSON document: real numbers, ISO dates, null for what is no number."""
    text = json.dumps(jsonable(value), ensure_ascii=False, indent=2)
    sys.stdout.write(MAYBE_UNSAFE.sub(lambda found: _json_escaped(found[0]), text) + "\n")


def _json_escaped(character: str) -> str:
    """Return a character that a terminal would obey as JSON's own escape."""
    if character == "\n" or character.isprintable():
        return character
    return json.dumps(character)[1:-1]


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV with a header; on a terminal, characters that it would obey are written as escapes."""
    safe = visible if sys.stdout.isatty() else str
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([safe(column) for column in columns])
    writer.writerows([_csv_cell(value, safe) for value in row] for row in rows)


def _csv_cell(value: object, safe: Callable[[object], str]) -> object:
    simple = jsonable(value)
    if isinstance(simple, dict | list):
        simple = json.dumps(simple, ensure_ascii=False)
    return safe(simple) if isinstance(simple, str) else simple


def heading(words: str) -> None:
    """Print a heading between the parts of a result."""
    output().print()
    output().print(plain(words, "bold"))


def print_message(text: str, style: str = "") -> None:
    """Tell the person something on standard error, line by line."""
    console = messages()
    for line in text.splitlines():
        console.print(plain(line, style), soft_wrap=True)
