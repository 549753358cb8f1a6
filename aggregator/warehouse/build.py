"""Build the DuckDB file: register input frames, run `sql/` in order, check each table, export the tables."""

import hashlib
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import gettempdir

import duckdb
import polars as pl

from aggregator.errors import CheckFailed, SqlError, StorageError
from aggregator.model import Sha256, Source
from aggregator.warehouse.board_lines import board_groups
from aggregator.warehouse.sql_file import SqlFile, read_sql_files
from aggregator.warehouse.sql_text import literal, quoted

STORAGE_VERSION = "v1.2.0"
"""The oldest file format with all features that `sql/` uses. DuckDB 1.2 and later and DuckDB-WASM can read it."""

DATABASE = "metaboard.duckdb"

RUN_TABLES = frozenset({"refresh_report"})
"""Tables about the run itself. They are not part of the content hash, so they alone make no new generation."""

FREE_SPACE = "Nothing was published. Free some disk space, then run `metaboard refresh` again."


@dataclass(frozen=True)
class TableFile:
    """One table written as Parquet; `path` is relative to the generation."""

    table: str
    path: str
    sha256: Sha256
    rows: int


def sql_root() -> Path:
    """Return the folder of SQL files: `_sql` in an installed package, `sql` in a checkout."""
    package = Path(str(files("aggregator")))
    installed = package / "_sql"
    return installed if installed.is_dir() else package.parent / "sql"


@cache
def sql_digest() -> Sha256:
    """Return one SHA-256 over all files under `sql/`: the version of the tables, macros and comments."""
    digest = hashlib.sha256()
    for path in sorted(sql_root().rglob("*.sql")):
        digest.update(path.relative_to(sql_root()).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return Sha256(digest.hexdigest())


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros of `sql/` with their comments in a database that has the tables which they read."""
    files = [file for file in read_sql_files(sql_root()) if file.is_macro]
    for file in sorted(files, key=lambda file: file.folder != "function"):
        _create(connection, file)
        _comment(connection, file)


class WarehouseBuilder:
    """A new DuckDB file. Runs the folders of `sql/` on input frames, checks the tables and exports them.

    Queries also see `input_boards`: the leaderboards of `sources` by group.
    """

    def __init__(self, directory: Path, connection: duckdb.DuckDBPyConnection, sources: Sequence[Source] = ()) -> None:
        self._directory = directory
        self._connection = connection
        self._files = read_sql_files(sql_root(), sources)
        connection.register("input_boards", _grouped_boards(sources))

    def make(self, folder: str, inputs: Mapping[str, pl.DataFrame]) -> None:
        """Make and check every table and macro of `sql/<folder>/`; SQL reads the input frames as `input_<name>`.

        Raises `SqlError` when a file is malformed, and `CheckFailed` when a table fails a check of its file.
        """
        for name, frame in inputs.items():
            self._connection.register(f"input_{name}", frame)
        for file in self._files:
            if file.folder == folder:
                _create(self._connection, file)
                _comment(self._connection, file)
                _run_checks(self._connection, file)
        for name in inputs:
            self._connection.unregister(f"input_{name}")

    def frame(self, query: str) -> pl.DataFrame:
        """Return the result of `query` on the tables made so far."""
        return self._connection.sql(query).pl()

    def export(self) -> tuple[TableFile, ...]:
        """Write every table as Parquet under `data/<table>/`; raises `StorageError` when the disk is full."""
        tables = (file.name for file in self._files if not file.is_macro)
        try:
            return tuple(export_table(self._connection, self._directory, table) for table in tables)
        except OSError as cause:
            raise StorageError(f"cannot write the tables in {self._directory}: {cause}", hint=FREE_SPACE) from cause


def _grouped_boards(sources: Sequence[Source]) -> pl.DataFrame:
    """Return `(source, board_group, place)`: the leaderboards of each group in order of preference."""
    grouped = [(source.id, group) for group, members in board_groups(sources).items() for source in members]
    frame = pl.DataFrame(grouped, schema={"source": pl.String, "board_group": pl.String}, orient="row")
    return frame.with_row_index("place")


@contextmanager
def open_builder(directory: Path, sources: Sequence[Source] = ()) -> Iterator[WarehouseBuilder]:
    """Create `directory/metaboard.duckdb` and yield its builder; raises `StorageError` when the disk is full.

    The tables have columns for each leaderboard of `sources`, also for one without rows.
    """
    database = directory / DATABASE
    try:
        with _open_new(database) as connection:
            builder = WarehouseBuilder(directory, connection, sources)
            builder.make("function", {})
            yield builder
    except duckdb.IOException as cause:
        raise StorageError(f"cannot write {database}: {cause}", hint=FREE_SPACE) from cause


@contextmanager
def open_read_only(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a published file for reading. SQL on this connection has no access to other files or the network.

    What does not fit into the memory goes to the temporary directory of the system, so that a generation never changes.
    Raises `StorageError` when there is no such file, and `duckdb.Error` when it is no database.
    """
    if not database.is_file():
        raise StorageError(f"there is no {database}", hint="Run `metaboard refresh` first.")
    spill = Path(gettempdir()) / f"metaboard-{uuid.uuid4().hex}.duckdb.tmp"
    config: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "temp_directory": str(spill),
    }
    connection = duckdb.connect(str(database), read_only=True, config=config)
    try:
        connection.execute("set python_enable_replacements = false")
        connection.execute("set lock_configuration = true")
        yield connection
    finally:
        _close(connection)
        shutil.rmtree(spill, ignore_errors=True)


@contextmanager
def _open_new(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(str(database), config={"storage_compatibility_version": STORAGE_VERSION})
    try:
        # By default, DuckDB resolves an unknown table name to a Python variable of that name.
        connection.execute("set python_enable_replacements = false")
        connection.execute("set enable_external_access = false")
        connection.execute("set preserve_insertion_order = true")
        yield connection
    finally:
        _close(connection)


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    # After Ctrl-C in a query, `close` alone would first run the rest of it.
    connection.interrupt()
    connection.close()


def _create(connection: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    name = quoted(file.name)
    if file.is_scalar:
        # A lambda cannot hold a subquery, so a function of its parameters alone is the bare expression.
        body = file.statement if file.reads else file.statement.removeprefix("select ")
        statement = f"create macro {name}({file.parameters}) as ({body})"
    elif file.is_macro:
        statement = f"create macro {name}({file.parameters}) as table {file.statement}"
    else:
        statement = f"create table {name} as {file.statement}"
    try:
        connection.execute(statement)
    except duckdb.IOException:
        raise
    except duckdb.Error as cause:
        raise SqlError(f"sql/{file.name}.sql: {cause}") from cause


def _comment(connection: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    """Store the descriptions of the header as COMMENTs of the table or macro and its columns."""
    kind = "macro" if file.is_scalar else "macro table" if file.is_macro else "table"
    statements = [f"comment on {kind} {quoted(file.name)} is {literal(file.description)}"]
    if not file.is_macro:
        _check_header(connection, file)
        statements += [
            f"comment on column {quoted(file.name)}.{quoted(column)} is {literal(meaning)}"
            for column, meaning in file.columns.items()
        ]
    # One transaction: each writes to the disk once.
    connection.execute(";\n".join(["begin", *statements, "commit"]))


def _check_header(connection: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    """Raise `SqlError` when the header does not describe the columns of the table."""
    actual = [
        row[0] for row in connection.execute(f"select column_name from (describe {quoted(file.name)})").fetchall()
    ]
    if actual != list(file.columns):
        raise SqlError(
            f"sql/{file.name}.sql: the header describes the columns {list(file.columns)}, but the statement returns {actual}"
        )


def _run_checks(connection: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    """Raise `CheckFailed` for the first check that is false or null for a row."""
    if file.is_macro:
        return
    table, grain = quoted(file.name), ", ".join(quoted(column) for column in file.grain)
    complete = " and ".join(f"{quoted(column)} is not null" for column in file.grain)
    _run_check(connection, file.name, "grain is never null", f"select {grain} from {table} where not ({complete})")
    _run_check(
        connection,
        file.name,
        f"unique: {', '.join(file.grain)}",
        f"select {grain} from {table} group by all having count(*) > 1",
    )
    for check in file.checks:
        _run_check(connection, file.name, check, f"select {grain} from {table} where ({check}) is not true")


def _run_check(connection: duckdb.DuckDBPyConnection, table: str, check: str, failing_rows: str) -> None:
    counted = connection.execute(f"select count(*) from ({failing_rows})").fetchall()[0][0]
    if counted:
        example = connection.execute(f"{failing_rows} limit 1").fetchall()[0]
        raise CheckFailed(table, check, counted, ", ".join(map(str, example)))


def export_table(connection: duckdb.DuckDBPyConnection, directory: Path, table: str) -> TableFile:
    """Write a table as Parquet in the order of its rows; the same rows give the same bytes. Raises `OSError`."""
    path = Path("data") / table / f"{table}.parquet"
    (directory / path).parent.mkdir(parents=True, exist_ok=True)
    frame = connection.sql(f"from {quoted(table)}").pl()
    frame.write_parquet(directory / path, compression="zstd", statistics=True)
    digest = Sha256(hashlib.sha256((directory / path).read_bytes()).hexdigest())
    return TableFile(table=table, path=path.as_posix(), sha256=digest, rows=frame.height)


def content_hash(tables: Sequence[TableFile], *, exclude: frozenset[str]) -> Sha256:
    """Return one SHA-256 over the Parquet files of all tables except those in `exclude`."""
    lines = sorted(f"{table.sha256}  {table.path}" for table in tables if table.table not in exclude)
    return Sha256(hashlib.sha256("\n".join(lines).encode()).hexdigest())
