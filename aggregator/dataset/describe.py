"""Read the description of a dataset (tables, columns, meanings, leaderboards) from its DuckDB file and manifest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from aggregator import warehouse
from aggregator.dataset.contents import Board, Column, Contents, Table, table_order
from aggregator.errors import StorageError
from aggregator.query.queries import fetch_rows
from aggregator.warehouse.sql_file import read_sql_files

_COLUMNS = """
select table_name, column_name, data_type, coalesce(comment, '')
from duckdb_columns()
where not internal and database_name = current_database()
order by table_name, column_index
"""
_TABLES = """
select table_name, coalesce(comment, '')
from duckdb_tables()
where not internal and database_name = current_database()
"""
_MACROS = """
select distinct function_name, coalesce(comment, '')
from duckdb_functions()
where function_type in ('macro', 'table_macro') and not internal and database_name = current_database()
order by function_name
"""
_QUALITY = """
select labels, measure, value, low, high, decisions
from identity_quality
where board = 'all' and part = 'all' and class = 'all' and method = 'metaboard'
order by labels, measure
"""
_BOARDS = """
select source, title, track, license, citation, homepage, published_on, frozen_on, board_group
from sources
order by priority
"""


def describe(directory: Path, manifest: Mapping[str, Any]) -> Contents:
    """Return the description of the dataset in `directory`; raises `StorageError` when its files do not match."""
    with warehouse.open_read_only(directory / warehouse.DATABASE) as connection:
        try:
            return describe_tables(directory, manifest, connection)
        except duckdb.Error as cause:
            raise StorageError(f"{directory / warehouse.DATABASE}: {str(cause).splitlines()[0]}") from cause


def describe_tables(directory: Path, manifest: Mapping[str, Any], connection: duckdb.DuckDBPyConnection) -> Contents:
    """Return the description of the dataset whose DuckDB file is open; raises `duckdb.Error` and `StorageError`."""
    tables = _tables(directory, manifest, connection)
    withheld = manifest.get("withheld", ())
    return Contents(
        schema_version=str(manifest["schema_version"]),
        content_hash=str(manifest["content_hash"]),
        generation=str(manifest["generation"]),
        created_at=str(manifest["created_at"]),
        tables=tables,
        boards=tuple(Board(*(*row, row[0] in withheld)) for row in connection.execute(_BOARDS).fetchall()),
        macros=tuple((str(name), str(meaning)) for name, meaning in connection.execute(_MACROS).fetchall()),
        quality=tuple(fetch_rows(connection, _QUALITY))
        if any(table.name == "identity_quality" for table in tables)
        else (),
    )


def _tables(directory: Path, manifest: Mapping[str, Any], connection: duckdb.DuckDBPyConnection) -> tuple[Table, ...]:
    columns: dict[str, list[Column]] = {}
    for table, *column in connection.execute(_COLUMNS).fetchall():
        columns.setdefault(str(table), []).append(Column(*column))
    grains = {file.name: file.grain for file in read_sql_files(warehouse.sql_root())}
    listed = {str(file["path"]): file for file in manifest["files"]}
    found = []
    for name, meaning in connection.execute(_TABLES).fetchall():
        path = table_path(name)
        if path not in listed:
            raise StorageError(f"table `{name}` has no file {path} in the manifest")
        have = {column.name for column in columns[name]}
        grain = grains.get(name, ())
        found.append(
            Table(
                name=name,
                meaning=meaning,
                columns=tuple(columns[name]),
                path=path,
                sha256=str(listed[path]["sha256"]),
                size_bytes=(directory / path).stat().st_size,
                rows=int(listed[path]["rows"]),
                grain=grain if have.issuperset(grain) else (),
            )
        )
    return tuple(sorted(found, key=lambda table: table_order(table.name)))


def table_path(table: str) -> str:
    """Return the path of a table's Parquet file inside the dataset."""
    return f"data/{table}/{table}.parquet"
