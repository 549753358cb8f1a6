"""Check what the files of an edition hold: the DuckDB file, the Parquet files and the documents must be of one edition."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq

from aggregator import warehouse
from aggregator.dataset import documents, schema_version
from aggregator.dataset.compare_copies import find_first_difference
from aggregator.dataset.contents import Contents, Table
from aggregator.dataset.database_objects import (
    find_foreign_macros,
    find_foreign_objects,
    find_reaching_macros,
    find_shadowing_macros,
)
from aggregator.dataset.describe import describe_tables
from aggregator.dataset.edition import Edition
from aggregator.dataset.relations import find_contradictions
from aggregator.errors import MetaboardError
from aggregator.store.manifest import MANIFEST
from aggregator.text import visible
from aggregator.warehouse.sql_file import SqlFile, read_sql_files

Log = Callable[[str], None]

DUCKDB_MAGIC = (8, b"DUCK")
"""Offset and bytes that begin a DuckDB file, after a checksum of eight bytes."""
MIN_DUCKDB_BYTES = 12_288
"""Three headers of 4 KiB."""
PARQUET_MAGIC = b"PAR1"


def find_wrong_contents(
    directory: Path, manifest: Mapping[str, Any], edition: Edition, log: Log, *, is_published: bool
) -> Iterator[str]:
    """Yield the problems of the first step that finds one; the checksums of all files are correct.

    Nothing that the files hold is executed before the catalog of the DuckDB file has been checked. A damaged file gives
    one sentence.
    """
    path = directory / warehouse.DATABASE
    try:
        if found := list(_wrong_headers(directory, edition)):
            yield from found
            return
        with warehouse.open_read_only(path) as connection:
            log("checking the DuckDB file …")
            steps = (find_shadowing_macros, find_foreign_objects, find_reaching_macros)
            found = next(filter(None, (list(step(connection)) for step in steps)), [])
            if found:
                yield from found
                return
            contents = describe_tables(directory, manifest, connection)
            found = list(_wrong_tables(directory, edition, contents))
            if not found and edition.sql == warehouse.sql_digest():
                found = list(find_foreign_macros(connection))
            log("comparing the tables …")
            yield from found or _wrong_rows(directory, edition, contents, connection, log, is_published=is_published)
    except MetaboardError as error:
        yield _first_line(error, directory)
    except duckdb.Error as error:
        yield f"{path.name}: {_first_line(error, directory)}"
    except pl.exceptions.PolarsError as error:
        yield f"a table cannot be read: {_first_line(error, directory)}"
    except (OSError, ValueError, MemoryError, RecursionError) as error:
        yield f"the files cannot be read: {_first_line(error, directory)}"


def _wrong_headers(directory: Path, edition: Edition) -> Iterator[str]:
    """Yield the files that are not of their kind by their first and last bytes."""
    offset, magic = DUCKDB_MAGIC
    head = _bytes_at(directory / warehouse.DATABASE, 0, offset + len(magic))
    if head[offset:] != magic or (directory / warehouse.DATABASE).stat().st_size < MIN_DUCKDB_BYTES:
        yield f"{warehouse.DATABASE} is not a DuckDB file"
    for file in edition.tables.values():
        path = directory / file.path
        ends = (_bytes_at(path, 0, 4), _bytes_at(path, max(0, path.stat().st_size - 4), 4))
        if ends != (PARQUET_MAGIC, PARQUET_MAGIC):
            yield f"{file.path} is not a Parquet file"


def _wrong_tables(directory: Path, edition: Edition, contents: Contents) -> Iterator[str]:
    """Yield the differences in tables, columns and numbers of rows."""
    if edition.schema is not None:
        differs = schema_version.compare_schemas(edition.schema, contents.schema)
        yield from (f"{name} differs from {MANIFEST}" for name in differs.removed + differs.retyped + differs.added)
    for name in sorted(edition.tables.keys() - {table.name for table in contents.tables}):
        yield f"the DuckDB file has no table `{name}`"
    for table in contents.tables:
        with pq.ParquetFile(directory / table.path) as parquet:
            if parquet.metadata.num_rows != table.rows:
                yield f"{table.path} has {parquet.metadata.num_rows} rows, not {table.rows}"
            if parquet.schema_arrow.names != [column.name for column in table.columns]:
                yield f"{table.path} has other columns than the DuckDB file"
    if edition.sql == warehouse.sql_digest():
        yield from _wrong_comments(contents, read_sql_files(warehouse.sql_root()))


def _wrong_comments(contents: Contents, files: tuple[SqlFile, ...]) -> Iterator[str]:
    """Yield the tables and columns whose COMMENT is not that of `sql/`; columns of single leaderboards are not in it."""
    described = {file.name: file for file in files if not file.is_macro}
    for table in contents.tables:
        file = described.get(table.name)
        if file is None:
            yield f"the DuckDB file has the table `{visible(table.name)}`, which is not in sql/"
            continue
        if table.meaning != file.description:
            yield f"the comment of table `{table.name}` differs from sql/"
        for column in table.columns:
            if column.meaning != file.columns.get(column.name, column.meaning):
                yield f"the comment of `{table.name}.{column.name}` differs from sql/"


def _wrong_rows(
    directory: Path,
    edition: Edition,
    contents: Contents,
    connection: duckdb.DuckDBPyConnection,
    log: Log,
    *,
    is_published: bool,
) -> Iterator[str]:
    """Yield the first table whose copies differ; else the contradictions between tables; else the wrong documents."""
    if difference := next(_different_copies(directory, connection, contents.tables), None):
        yield difference
        return
    columns = {table.name: [column.name for column in table.columns] for table in contents.tables}
    is_installed = edition.sql == warehouse.sql_digest()
    found = list(
        find_contradictions(
            connection, columns, read_sql_files(warehouse.sql_root()), edition.withheld, is_installed=is_installed
        )
    )
    yield from found
    if is_published and not found:
        log("checking the documents …")
        is_installed = edition.documents == documents.code_digest()
        yield from documents.find_wrong_documents(directory, connection, contents, is_installed=is_installed)


def _different_copies(
    directory: Path, connection: duckdb.DuckDBPyConnection, tables: tuple[Table, ...]
) -> Iterator[str]:
    for table in tables:
        if difference := find_first_difference(connection, table.name, directory / table.path, table.grain):
            yield difference


def _bytes_at(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def _first_line(error: BaseException, directory: Path) -> str:
    return visible(without_folder(next(iter(str(error).splitlines()), type(error).__name__), directory))


def without_folder(text: str, directory: Path) -> str:
    """Return `text` with the paths of files relative to `directory`, which may be a temporary one."""
    return text.replace(f"{directory}{os.sep}", "")
