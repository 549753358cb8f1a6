"""Check an edition against itself: what one table holds must agree with what another one derives from it.

A value that was changed in the DuckDB file, in the Parquet file and in the checksums contradicts the tables that were
computed from it, or that it was computed from.
"""

from collections.abc import Iterator, Mapping, Sequence

import duckdb

from aggregator.dataset.withheld import UNFILTERED_TABLES, BoardColumns, find_withheld_columns, kept_rows_condition
from aggregator.text import visible
from aggregator.warehouse import quoted
from aggregator.warehouse.sql_file import SqlFile

Columns = Mapping[str, Sequence[str]]
"""The columns of each table, by its name."""


def find_contradictions(
    connection: duckdb.DuckDBPyConnection,
    columns: Columns,
    files: Sequence[SqlFile],
    withheld: Sequence[str],
    *,
    is_installed: bool,
) -> Iterator[str]:
    """Yield a sentence for each table that contradicts another one, or itself.

    The rules of `sql/` are applied when the edition was built with the installed `sql/` (`is_installed`).
    """
    if is_installed:
        yield from _broken_checks(connection, columns, files, has_all_rows=not withheld)
    yield from _withheld_values(connection, columns, withheld)
    if is_installed:
        yield from _wrong_places(connection, columns, _standings_columns(connection, columns))


def _broken_checks(
    connection: duckdb.DuckDBPyConnection, columns: Columns, files: Sequence[SqlFile], *, has_all_rows: bool
) -> Iterator[str]:
    """Yield the tables that break the grain or a check of their SQL file."""
    for file in files:
        if file.is_macro or not set(columns.get(file.name, ())).issuperset(file.grain):
            continue
        grain = ", ".join(quoted(column) for column in file.grain)
        repeated = f"select {grain} from {quoted(file.name)} group by all having count(*) > 1"
        if row := connection.execute(f"{repeated} limit 1").fetchone():
            yield f"table `{file.name}` has two rows with {_key(file.grain, row)}"
        # A subquery may look for rows of a withheld source.
        checks = [check for check in file.checks if has_all_rows or "select" not in check]
        kept = [f"coalesce(bool_and(({check}) is true), true)" for check in checks]
        results = connection.execute(f"select {', '.join(['true', *kept])} from {quoted(file.name)}").fetchall()[0][1:]
        for check, is_kept in zip(checks, results, strict=True):
            if not is_kept:
                broken = f"select {grain} from {quoted(file.name)} where ({check}) is not true limit 1"
                row = connection.execute(broken).fetchall()[0]
                yield f"table `{file.name}`, row {_key(file.grain, row)}, breaks the rule: {check}"


def _withheld_values(connection: duckdb.DuckDBPyConnection, columns: Columns, withheld: Sequence[str]) -> Iterator[str]:
    """Yield the tables that have rows or values of a source which the manifest lists as withheld."""
    if not withheld or not {"source", "column_prefix", "board_group"}.issubset(columns.get("sources", ())):
        return
    query = "select source, column_prefix, board_group from sources"
    boards = [BoardColumns(*map(str, row)) for row in connection.execute(query).fetchall()]
    for table, names in columns.items():
        if table in UNFILTERED_TABLES:
            continue
        if condition := kept_rows_condition(names):
            rows = f"select count(*) from {quoted(table)} where not ({condition})"
            if count := _number(connection, rows, {"withheld": list(withheld)}):
                yield f"table `{table}` has {count} rows of a withheld source"
            continue
        for name in find_withheld_columns(names, withheld, boards):
            if _number(connection, f"select count({quoted(name)}) from {quoted(table)}"):
                yield f"table `{table}` has values in `{name}`, a column of a withheld source"


def _standings_columns(connection: duckdb.DuckDBPyConnection, columns: Columns) -> dict[str, dict[str, str]]:
    """Return by source the columns of `leaderboard` that repeat `standings`, with the column there."""
    wide = columns.get("leaderboard", ())
    found = {}
    for source, prefix, score in connection.execute(
        "select source, column_prefix, score_column from sources"
    ).fetchall():
        pairs = {
            f"{prefix}_rank": "rank",
            f"{score}": "score",
            f"{score}_low": "score_low",
            f"{score}_high": "score_high",
        }
        found[str(source)] = {name: column for name, column in pairs.items() if name in wide}
    return found


def _wrong_places(
    connection: duckdb.DuckDBPyConnection, columns: Columns, repeated: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """Yield where `leaderboard` has another rank or score than `standings`, and models that are not in order."""
    for source, pairs in repeated.items():
        sides = [(f"l.{quoted(name)}", f"s.{quoted(column)}") for name, column in pairs.items()]
        if not sides:
            continue
        changed = " or ".join(f"{one} is distinct from {other}" for one, other in sides)
        values = ", ".join(f"{one}, {other}" for one, other in sides)
        row = connection.execute(_OTHER_VALUES.format(values=values, changed=changed), [source]).fetchone()
        if row:
            cells = list(zip(pairs, row[1::2], row[2::2], strict=True))
            name, one, other = next((cell for cell in cells if cell[1] != cell[2]), cells[0])
            yield (
                f"table `leaderboard`, row model_id = {visible(repr(row[0]))}, column `{name}`: "
                f"{one}, but `standings` has {other}"
            )
    for table, key in (("leaderboard", "model_id"), ("releases", "release_id")):
        if {"track", "rank", "ability", key}.issubset(columns.get(table, ())):
            row = connection.execute(_OUT_OF_ORDER.format(table=quoted(table), key=quoted(key))).fetchone()
            if row:
                yield f"table `{table}`, row {key} = {visible(repr(row[0]))}: the rank {row[1]} is not that of its ability"
    if row := connection.execute(_OUT_OF_PLACE).fetchone():
        yield f"table `standings`, row {_key(('source', 'model_id'), row[:2])}: the rank {row[2]} is not that of its score"
    if row := connection.execute(_OTHER_ID).fetchone():
        yield f"`aliases` has the name {visible(repr(row[0]))} with another id than `model_ids`"


_OTHER_VALUES = """
select model_id, {values}
from leaderboard as l
full join (select * from standings where source = ?) as s using (model_id)
where {changed}
order by model_id
limit 1
"""
_OUT_OF_ORDER = """
select {key}, rank
from {table}
where rank is not null
qualify rank <> rank() over (partition by track order by ability desc nulls last)
order by rank
limit 1
"""
_OUT_OF_PLACE = """
select source, model_id, rank
from standings
inner join sources as s using (source)
where s.rank_rule in ('score', 'win_rate')
qualify rank <> rank() over (partition by source order by if(s.higher_is_better, score, -score) desc)
order by source, rank
limit 1
"""
_OTHER_ID = """
select raw_name
from aliases
inner join model_ids as m using (source, raw_name)
where m.model_id <> aliases.model_id
limit 1
"""


def _key(grain: Sequence[str], row: Sequence[object]) -> str:
    return ", ".join(f"{name} = {visible(repr(value))}" for name, value in zip(grain, row, strict=True))


def _number(connection: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, object] | None = None) -> int:
    return int(connection.execute(query, dict(values) if values else None).fetchall()[0][0])
