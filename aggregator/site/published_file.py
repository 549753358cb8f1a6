"""Query a published file that may lack tables or columns: the result is then empty or null."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aggregator.query.queries import Connection, Row, fetch_rows
from aggregator.warehouse import quoted


@dataclass(frozen=True)
class PublishedFile:
    """One published DuckDB file and the columns of each of its tables."""

    connection: Connection
    tables: Mapping[str, frozenset[str]]

    def has(self, *tables: str) -> bool:
        """Return whether the file has all `tables`."""
        return all(table in self.tables for table in tables)

    def rows(self, sql: str, *reads: str) -> list[Row]:
        """Return the result of `sql`, which reads the tables `reads`; empty when one of them is missing."""
        return fetch_rows(self.connection, sql) if self.has(*reads) else []

    def columns(self, table: str, wanted: Iterable[str]) -> str:
        """Return a select list of the columns `wanted`, with null for columns that `table` lacks."""
        known = self.tables.get(table, frozenset())
        return ", ".join(quoted(name) if name in known else f"null as {quoted(name)}" for name in wanted)


def inspect_file(connection: Connection) -> PublishedFile:
    """Return the tables and columns of an open file."""
    found = fetch_rows(connection, "select table_name, list(column_name) as names from duckdb_columns() group by all")
    return PublishedFile(connection, {str(row["table_name"]): frozenset(_texts(row["names"])) for row in found})


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
