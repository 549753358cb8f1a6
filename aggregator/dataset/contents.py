"""What a published dataset holds, as its documents need to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

FIRST = ("leaderboard", "families", "organizations")
"""What people look for first; the other tables follow by name."""

SPREADSHEETS = ("leaderboard", "families")
"""Tables that also come as CSV, where they exist."""

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
DATABASE = "metaboard.duckdb"


@dataclass(frozen=True)
class Column:
    """One column: its DuckDB type as DuckDB writes it, and its meaning."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table: its Parquet file, its size in rows, and the columns that together name a row."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    path: str
    sha256: str
    size: int
    rows: int
    grain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Board:
    """One leaderboard whose rows are in the dataset, or are withheld from it."""

    id: str
    title: str
    track: str
    license: str
    citation: str
    homepage: str
    published_on: date | None
    frozen_on: date | None
    withheld: bool = False


@dataclass(frozen=True)
class Contents:
    """The whole dataset."""

    schema_version: str
    content_hash: str
    generation: str
    created_at: str
    """When the generation was made, ISO 8601, UTC."""
    tables: tuple[Table, ...]
    boards: tuple[Board, ...]
    macros: tuple[tuple[str, str], ...] = ()
    """Name and meaning of each table macro in the DuckDB file."""
    quality: tuple[Mapping[str, Any], ...] = field(default=())
    """The measures of `identity_quality` over all labels, where that table exists."""

    @property
    def data_date(self) -> date | None:
        """The newest date that any leaderboard gives for its rows."""
        dates = [board.published_on for board in self.boards if board.published_on]
        return max(dates, default=None)

    def table(self, name: str) -> Table | None:
        """Return the table of that name, or None."""
        return next((table for table in self.tables if table.name == name), None)

    @property
    def schema(self) -> dict[str, dict[str, str]]:
        """Each table's columns and their DuckDB types."""
        return {table.name: {column.name: column.type for column in table.columns} for table in self.tables}


def reading_order(name: str) -> tuple[int, str]:
    """Return the key that puts what people look for first in front."""
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)


def spreadsheet_path(table: str) -> str:
    """Return where the CSV edition of a table lies."""
    return f"csv/{table}.csv"
