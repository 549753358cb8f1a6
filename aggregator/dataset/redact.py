"""A dataset without the rows of some sources: every table and the DuckDB file are written anew, so that nothing stays in free blocks."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from aggregator import warehouse
from aggregator.dataset.describe import table_path
from aggregator.dataset.withheld import ABOUT_BOARDS, own_columns, row_condition
from aggregator.errors import UsageError
from aggregator.model import Sha256
from aggregator.warehouse import TableFile, literal, quoted


def leave_out(directory: Path, manifest: Mapping[str, Any], withheld: tuple[str, ...]) -> dict[str, Any]:
    """Leave the rows and values of `withheld` out of the dataset in `directory`; return what changes in its manifest.

    Raises `UsageError` when a source is unknown, or when one of its scores would remain somewhere.
    """
    database = directory / warehouse.DATABASE
    whole = directory / "whole.duckdb"
    database.rename(whole)
    connection = duckdb.connect(str(database), config={"storage_compatibility_version": warehouse.STORAGE_VERSION})
    try:
        connection.execute(f"attach {literal(str(whole))} as whole (read_only)")
        _known(connection, withheld)
        connection.execute(f"copy from database whole to {quoted(database.stem)} (schema)")
        tables = [str(row[0]) for row in connection.execute(_TABLES).fetchall()]
        for table in tables:
            _refill(connection, table, withheld)
        _refuse_leaks(connection, tables, withheld)
        written = [_export(connection, directory, table) for table in tables]
    finally:
        connection.close()
        whole.unlink()
    return _changed(manifest, written, withheld)


_TABLES = "select table_name from duckdb_tables() where database_name = 'whole' order by table_name"


def _known(connection: duckdb.DuckDBPyConnection, withheld: Sequence[str]) -> None:
    known = {str(row[0]) for row in connection.execute("select source from whole.sources").fetchall()}
    if unknown := [source for source in withheld if source not in known]:
        raise UsageError(f"no source is called {', '.join(unknown)}", hint=f"Choose from {', '.join(sorted(known))}.")


def _refill(connection: duckdb.DuckDBPyConnection, table: str, withheld: Sequence[str]) -> None:
    columns = _columns(connection, table)
    every = [str(row[0]) for row in connection.execute("select source from whole.sources").fetchall()]
    condition = None if table in ABOUT_BOARDS else row_condition(columns)
    # A table whose rows have a source is filtered by row; any other is wide, and its cells are blanked by column.
    blank = [] if condition or table in ABOUT_BOARDS else own_columns(columns, withheld, every)
    chosen = ", ".join(f"null as {quoted(column)}" if column in blank else quoted(column) for column in columns)
    statement = f"insert into {quoted(table)} select {chosen} from whole.{quoted(table)}"  # noqa: S608 - quoted names
    if condition:
        connection.execute(f"{statement} where {condition}", {"withheld": list(withheld)})
    else:
        connection.execute(statement)


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(f"describe whole.{quoted(table)}").fetchall()]


_LEAK = """
select 1 from {table} as t
inner join whole.standings as s on s.model_id = t.model_id and list_contains($withheld, s.source)
where t.{column} in (s.score, s.score_low, s.score_high) and t.{column} <> round(t.{column}, 1)
limit 1
"""


def _refuse_leaks(connection: duckdb.DuckDBPyConnection, tables: Sequence[str], withheld: Sequence[str]) -> None:
    """Raise `UsageError` where a number in a wide table is a withheld score of the same model, to the last digit."""
    found = []
    for table in tables:
        if row_condition(_columns(connection, table)):
            continue
        types = {str(row[0]): str(row[1]) for row in connection.execute(f"describe {quoted(table)}").fetchall()}
        for column in (name for name, type_ in types.items() if type_ == "DOUBLE" and "model_id" in types):
            question = _LEAK.format(table=quoted(table), column=quoted(column))
            if connection.execute(question, {"withheld": list(withheld)}).fetchall():
                found.append(f"{table}.{column}")
    if found:
        raise UsageError(
            f"{', '.join(found)} would still hold scores of {', '.join(withheld)}",
            hint="Nothing was published. Say in aggregator/dataset/withheld.py whose columns these are.",
        )


def _export(connection: duckdb.DuckDBPyConnection, directory: Path, table: str) -> TableFile:
    path = directory / table_path(table)
    frame = connection.sql(f"from {quoted(table)}").pl()
    frame.write_parquet(path, compression="zstd", statistics=True)
    return TableFile(table, table_path(table), Sha256(hashlib.sha256(path.read_bytes()).hexdigest()), frame.height)


def _changed(manifest: Mapping[str, Any], written: Sequence[TableFile], withheld: Sequence[str]) -> dict[str, Any]:
    rows = {table.path: table for table in written}
    files = [
        file | {"sha256": rows[file["path"]].sha256, "rows": rows[file["path"]].rows} if file["path"] in rows else file
        for file in manifest["files"]
    ]
    content_hash = warehouse.canonical_hash(written, leaving_out=frozenset({"refresh_report"}))
    return {"files": files, "content_hash": content_hash, "withheld": list(withheld)}
