"""Queries to one published DuckDB file: search, leaderboards, free SQL.

A row is a dictionary by column name, so a new column of a table needs no change here. Values are always bound as
parameters.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from aggregator import warehouse
from aggregator.errors import StorageError, UsageError

Row = dict[str, object]
Connection = duckdb.DuckDBPyConnection


@contextmanager
def open_current(home: Path) -> Iterator[Connection]:
    """Open the DuckDB file of the current generation of `home` read-only; raises `StorageError` if that fails."""
    database = home / "current" / warehouse.DATABASE
    try:
        with warehouse.open_read_only(database) as connection:
            yield connection
    except duckdb.Error as cause:
        raise StorageError(
            f"{database}: {str(cause).splitlines()[0]}",
            hint="The file is damaged or was written by another version. Run `metaboard refresh --force` to write it again.",
        ) from cause


def find_models(connection: Connection, text: str, n: int) -> list[Row]:
    """Return the best `n` matches of the macro `find` for `text`; raises `UsageError` for an empty text."""
    if not text.strip():
        raise UsageError("the search text is empty", hint="Give a part of a name: `metaboard find 'llama 70b'`.")
    return fetch_rows(connection, "select * from find($words) limit $n", {"words": text, "n": n})


_SOURCES = """
select
    coalesce(s.source, r.source) as source,
    s.* exclude (source, priority),
    date_diff('day', s.published_on, current_date) as age_days,
    (select count(*) from standings as p where p.source = coalesce(s.source, r.source)) as models,
    r.status,
    r.rows_accepted,
    r.message
from sources as s
full join refresh_report as r on r.source = s.source
order by s.priority nulls last, r.source
"""


def list_sources(connection: Connection) -> list[Row]:
    """Return one row per leaderboard with its age in days, also for one that could not be read."""
    return fetch_rows(connection, _SOURCES)


@dataclass(frozen=True)
class SqlResult:
    """Result of free SQL: distinct column names, and rows in their order."""

    columns: list[str]
    rows: list[tuple[object, ...]]
    has_more: bool
    """Whether there are more rows than the limit."""


def run_sql(connection: Connection, sql: str, limit: int | None) -> SqlResult:
    """Run read-only SQL and return at most `limit` rows; raises `UsageError` with DuckDB's message."""
    try:
        connection.execute(sql)
        found = connection.fetchall() if limit is None else connection.fetchmany(limit + 1)
    except duckdb.Error as cause:
        raise UsageError(
            f"the SQL cannot be run: {cause}",
            hint="To list the tables and columns, run `metaboard sql 'show tables'` and `metaboard sql 'describe leaderboard'`.",
        ) from cause
    columns = _distinct_names([str(column[0]) for column in connection.description])
    return SqlResult(columns, found[:limit], has_more=limit is not None and len(found) > limit)


def fetch_rows(connection: Connection, sql: str, values: Mapping[str, object] | None = None) -> list[Row]:
    """Return the result of `sql` with `values` bound to its `$names`; raises `duckdb.Error`."""
    connection.execute(sql, dict(values) if values else None)
    columns = _distinct_names([str(column[0]) for column in connection.description or ()])
    return [dict(zip(columns, row, strict=True)) for row in connection.fetchall()]


def _distinct_names(names: Sequence[str]) -> list[str]:
    """Return `names` with `_1`, `_2`, … appended to repeated names, so that each is unique."""
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        count = seen.get(name, 0)
        seen[name] = count + 1
        distinct.append(f"{name}_{count}" if count else name)
    return distinct
