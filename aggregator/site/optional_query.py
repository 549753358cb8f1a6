"""What the site asks of a file: questions whose answer is empty where a generation lacks a table or a column."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aggregator.query.queries import Connection, Row, rows


@dataclass(frozen=True)
class File:
    """One published DuckDB file and the columns of each of its tables."""

    connection: Connection
    tables: Mapping[str, frozenset[str]]

    def has(self, *tables: str) -> bool:
        """Return whether all `tables` are in the file."""
        return all(table in self.tables for table in tables)

    def rows(self, question: str, *needs: str) -> list[Row]:
        """Return the answer to a question that reads the tables `needs`; empty where one of them is missing."""
        return rows(self.connection, question) if self.has(*needs) else []

    def columns(self, table: str, wanted: Iterable[str]) -> str:
        """Return a select list of `wanted`, null standing in for those that `table` does not have."""
        known = self.tables.get(table, frozenset())
        return ", ".join(name if name in known else f"null as {name}" for name in wanted)


def file(connection: Connection) -> File:
    """Return what is in an open file."""
    found = rows(connection, "select table_name, list(column_name) as names from duckdb_columns() group by all")
    return File(connection, {str(row["table_name"]): frozenset(_texts(row["names"])) for row in found})


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
