"""Remove the rows of withheld sources from a dataset.

Every table and the DuckDB file are written again, because a deleted row would stay in free blocks of the old file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from aggregator import warehouse
from aggregator.dataset.withheld import UNFILTERED_TABLES, BoardColumns, find_withheld_columns, kept_rows_condition
from aggregator.errors import UsageError
from aggregator.warehouse import TableFile, literal, quoted
from aggregator.warehouse.build import export_table


def remove_sources(directory: Path, manifest: Mapping[str, Any], withheld: tuple[str, ...]) -> dict[str, Any]:
    """Remove the rows and values of `withheld` from the dataset in `directory`; return the changed keys of its manifest.

    Raises `UsageError` when a source is unknown or when one of its scores would stay in a table.
    """
    database = directory / warehouse.DATABASE
    whole = directory / "whole.duckdb"
    database.rename(whole)
    connection = duckdb.connect(str(database), config={"storage_compatibility_version": warehouse.STORAGE_VERSION})
    try:
        connection.execute(f"attach {literal(str(whole))} as whole (read_only)")
        _check_known(connection, withheld)
        connection.execute(f"copy from database whole to {quoted(database.stem)} (schema)")
        tables = [str(row[0]) for row in connection.execute(_TABLES).fetchall()]
        for table in tables:
            _copy_rows(connection, table, withheld)
        _check_for_leaks(connection, tables, withheld)
        written = [export_table(connection, directory, table) for table in tables]
    finally:
        connection.close()
        whole.unlink()
    return _manifest_changes(manifest, written, withheld)


WORST_ROWS = "worst"
"""The column of `refresh_report` with the rows that changed most in an edition that is kept back."""
_BOARDS = "select source, column_prefix, board_group from whole.sources"
_TABLES = "select table_name from duckdb_tables() where database_name = 'whole' order by table_name"


def _check_known(connection: duckdb.DuckDBPyConnection, withheld: Sequence[str]) -> None:
    known = {str(row[0]) for row in connection.execute("select source from whole.sources").fetchall()}
    if unknown := [source for source in withheld if source not in known]:
        raise UsageError(f"unknown source: {', '.join(unknown)}", hint=f"Choose from {', '.join(sorted(known))}.")


def _copy_rows(connection: duckdb.DuckDBPyConnection, table: str, withheld: Sequence[str]) -> None:
    columns = _columns(connection, table)
    boards = [BoardColumns(*map(str, row)) for row in connection.execute(_BOARDS).fetchall()]
    condition = None if table in UNFILTERED_TABLES else kept_rows_condition(columns)
    # A table with a source per row is filtered by row. In a wide table, the columns of the source become null.
    blank = [] if condition or table in UNFILTERED_TABLES else find_withheld_columns(columns, withheld, boards)
    chosen = ", ".join(f"null as {quoted(column)}" if column in blank else quoted(column) for column in columns)
    if WORST_ROWS in columns and table in UNFILTERED_TABLES:
        # The table stays, but these few rows have names and scores of the source.
        kept = f"case when list_contains($withheld, source) then [] else {WORST_ROWS} end as {WORST_ROWS}"
        chosen, condition = chosen.replace(quoted(WORST_ROWS), kept), "$withheld is not null"
    statement = f"insert into {quoted(table)} select {chosen} from whole.{quoted(table)}"  # noqa: S608 - quoted names
    if condition:
        connection.execute(f"{statement} where {condition}", {"withheld": list(withheld)})
    else:
        connection.execute(statement)


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(f"describe whole.{quoted(table)}").fetchall()]


# Scores of two leaderboards can be equal by chance. A copied column has far more equal numbers, over all its models.
_LEAK = """
select s.source
from {table} as t
inner join whole.standings as s on s.model_id = t.model_id and list_contains($withheld, s.source)
where t.{column} <> round(t.{column}, 1)
group by s.source
having count(*) filter (where t.{column} in (s.score, s.score_low, s.score_high)) > {chance} * count(*)
limit 1
"""
CHANCE_SHARE = 0.05
"""Two columns with a larger share of equal numbers are copies."""


def _check_for_leaks(connection: duckdb.DuckDBPyConnection, tables: Sequence[str], withheld: Sequence[str]) -> None:
    """Raise `UsageError` when a number in a wide table equals a withheld score of the same model."""
    found = []
    for table in tables:
        if kept_rows_condition(_columns(connection, table)):
            continue
        types = {str(row[0]): str(row[1]) for row in connection.execute(f"describe {quoted(table)}").fetchall()}
        for column in (name for name, type_ in types.items() if type_ == "DOUBLE" and "model_id" in types):
            query = _LEAK.format(table=quoted(table), column=quoted(column), chance=CHANCE_SHARE)
            if connection.execute(query, {"withheld": list(withheld)}).fetchall():
                found.append(f"{table}.{column}")
    if found:
        raise UsageError(
            f"{', '.join(found)} would still contain scores of {', '.join(withheld)}",
            hint="Nothing was published. Begin the names of these columns with the `column_prefix` of the source, as in `sources`.",
        )


def _manifest_changes(
    manifest: Mapping[str, Any], written: Sequence[TableFile], withheld: Sequence[str]
) -> dict[str, Any]:
    rows = {table.path: table for table in written}
    files = [
        file | {"sha256": rows[file["path"]].sha256, "rows": rows[file["path"]].rows} if file["path"] in rows else file
        for file in manifest["files"]
    ]
    content_hash = warehouse.content_hash(written, exclude=warehouse.RUN_TABLES)
    return {"files": files, "content_hash": content_hash, "withheld": list(withheld)}
