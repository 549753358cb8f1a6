"""Description of a published dataset: its tables, columns, leaderboards and macros."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

FIRST_TABLES = ("leaderboard", "families", "organizations")
"""Tables that come first in every list; the others follow in the order of their names."""

CSV_TABLES = ("leaderboard", "families")
"""Tables that are also published as CSV."""

CHECKSUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Column:
    """One column: its DuckDB type and its meaning."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table and its Parquet file; `grain` lists the columns that identify a row."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    path: str
    sha256: str
    size_bytes: int
    rows: int
    grain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Board:
    """One leaderboard whose rows are in the dataset or are withheld from it."""

    id: str
    title: str
    track: str
    license: str
    citation: str
    homepage: str
    published_on: date | None
    frozen_on: date | None
    group: str
    """The id of the leaderboards of one kind, such as `mteb`."""
    withheld: bool = False


@dataclass(frozen=True)
class Contents:
    """Description of a whole dataset."""

    schema_version: str
    content_hash: str
    generation: str
    created_at: str
    """When the generation was built: ISO 8601, UTC."""
    tables: tuple[Table, ...]
    boards: tuple[Board, ...]
    macros: tuple[tuple[str, str], ...] = ()
    """Name and meaning of each macro in the DuckDB file."""
    quality: tuple[Mapping[str, Any], ...] = field(default=())
    """Rows of `identity_quality` over all labels; empty when the dataset has no such table."""

    @property
    def data_date(self) -> date | None:
        """The newest publish date of any leaderboard."""
        dates = [board.published_on for board in self.boards if board.published_on]
        return max(dates, default=None)

    def table(self, name: str) -> Table | None:
        """Return the table of that name, or None."""
        return next((table for table in self.tables if table.name == name), None)

    @property
    def schema(self) -> dict[str, dict[str, str]]:
        """Each table's columns and their DuckDB types."""
        return {table.name: {column.name: column.type for column in table.columns} for table in self.tables}


def table_order(name: str) -> tuple[int, str]:
    """Return the sort key of a table's name, see `FIRST_TABLES`."""
    return (FIRST_TABLES.index(name) if name in FIRST_TABLES else len(FIRST_TABLES), name)


def csv_path(table: str) -> str:
    """Return the path of a table's CSV file inside the dataset."""
    return f"csv/{table}.csv"
