"""Find the rows and columns of the published tables that belong to a withheld source.

The table `sources` of the dataset has the names of every source's columns, also those of installed packages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNFILTERED_TABLES = frozenset({"sources", "refresh_report"})
"""Tables about the leaderboards themselves. They keep all rows, so that a reader sees what is missing."""

BEST_PREFIX = "best_"


@dataclass(frozen=True)
class BoardColumns:
    """How the columns of one source are named in wide tables: `<prefix>_…`, and `best_<group>_…` for its group."""

    source: str
    prefix: str
    group: str


def find_withheld_columns(columns: Iterable[str], withheld: Sequence[str], boards: Sequence[BoardColumns]) -> list[str]:
    """Return the columns with values of a withheld source.

    A column belongs to the source with the longest matching prefix. A column `best_<group>_…` belongs to all sources of
    the group.
    """
    return [column for column in columns if _owners(column, boards).intersection(withheld)]


def _owners(column: str, boards: Sequence[BoardColumns]) -> frozenset[str]:
    if column.startswith(BEST_PREFIX):
        group = _longest(column.removeprefix(BEST_PREFIX), (board.group for board in boards))
        return frozenset(board.source for board in boards if board.group == group)
    prefix = _longest(column, (board.prefix for board in boards))
    return frozenset(board.source for board in boards if board.prefix == prefix)


def _longest(column: str, prefixes: Iterable[str]) -> str | None:
    """Return the longest of `prefixes` with which the words of `column` begin."""
    return max((prefix for prefix in prefixes if column.startswith(f"{prefix}_")), key=len, default=None)


def kept_rows_condition(columns: Sequence[str]) -> str | None:
    """Return the SQL condition for rows that stay, with the list `$withheld`; None when all rows stay."""
    if "source" in columns:
        return "source is null or not list_contains($withheld, source)"
    if "benchmark" in columns:
        return "benchmark is null or not list_contains($withheld, split_part(benchmark, '/', 1))"
    return None
