"""Check what the DuckDB file of an edition holds besides tables, before any of its SQL runs.

A macro of the installed version must have the text of `sql/`. Of other versions, the text is not known: each macro may
only read tables of the file and call functions that reach nothing outside it. All of this reads the catalog; no macro
is called.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb

from aggregator import warehouse
from aggregator.errors import SqlError
from aggregator.text import visible
from aggregator.warehouse import quoted
from aggregator.warehouse.sql_file import read_sql_files

_OTHERS = {
    "schema": "select schema_name from duckdb_schemas() where database_name = current_database() and schema_name <> 'main'",
    "view": "select view_name from duckdb_views() where not internal",
    "sequence": "select sequence_name from duckdb_sequences()",
    "index": "select index_name from duckdb_indexes()",
    "type": "select type_name from duckdb_types() where not internal",
    "constraint": "select table_name from duckdb_constraints()",
    "computed column": "select table_name || '.' || column_name from duckdb_columns() where not internal and column_default is not null",
}
"""Kinds of objects that the build never makes; each could run SQL of somebody else."""

_MACROS = """
select
    function_name,
    function_type,
    list_zip(parameters, parameter_types),
    if(function_type = 'macro', 'select ' || macro_definition, macro_definition),
    coalesce(comment, '')
from duckdb_functions()
where not internal and database_name = current_database()
order by all
"""
# Filtered in Python: a macro of the file can have the name of any function and operator that a condition would use.
_FUNCTIONS = "select function_name, database_name, internal from system.main.duckdb_functions()"
_COLUMNS = """
select table_name, column_name, data_type
from duckdb_columns()
where not internal and database_name = current_database()
order by table_name, column_index
"""
TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series", "repeat", "generate_subscripts"})
"""Table functions of DuckDB that a macro may call; all others can read files, settings or the catalog."""
OUTSIDE_FUNCTIONS = frozenset(
    {
        "getenv", "getvariable", "current_setting", "nextval", "currval", "write_log", "query", "query_table", "which_secret",
        "json_execute_serialized_sql", "from_substrait", "from_substrait_json",
    }
)  # fmt: skip
"""Functions that a macro must not call: they reach outside the file."""
OUTSIDE_PREFIXES = ("read_", "scan_", "parquet_", "duckdb_", "pragma_", "pg_", "http_", "sqlite_", "glob", "st_read")
UNORDERED = ("exclude_list", "qualified_exclude_list", "replace_list", "rename_list")
"""Parts of a `select *` that DuckDB stores as sets, so that their order differs between two files of the same SQL."""


class Macro(NamedTuple):
    """One macro of a file, in a form that is the same for the same SQL."""

    kind: str
    parameters: str
    tree: str
    comment: str


def find_shadowing_macros(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a sentence for each macro with the name of a function of DuckDB, which our own queries would then call.

    Run this before any other query on the file.
    """
    rows = connection.execute(_FUNCTIONS).fetchall()
    built_in = {str(name).lower() for name, database, _ in rows if database == "system"}
    # A later DuckDB may have a function with the name of one of our macros. Our queries do not use these.
    shipped = {file.name for file in read_sql_files(warehouse.sql_root()) if file.is_macro}
    for name in sorted({str(name) for name, database, internal in rows if database != "system" and not internal}):
        if name.lower() in built_in - shipped:
            yield f"the macro `{visible(name)}` has the name of a function of DuckDB"


def find_foreign_objects(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a sentence for each view, sequence and other object that no build makes."""
    for kind, query in _OTHERS.items():
        for (name,) in connection.execute(query).fetchall():
            yield f"the DuckDB file has the {kind} `{visible(name)}`, which no build makes"


def find_reaching_macros(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a sentence for each macro that would use something outside the file."""
    trees = {name.lower(): tree for name, tree, _ in _read_macros(connection)}
    tables = {str(row[0]).lower() for row in connection.execute(_COLUMNS).fetchall()}
    for name, tree in trees.items():
        if reach := find_outside_access(tree, tables, set(trees)):
            yield f"the macro `{visible(name)}` would use {visible(reach)}, which is outside the file"


def find_foreign_macros(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a sentence for each macro that differs from the installed `sql/`."""
    found = {name: macro for name, _, macro in _read_macros(connection)}
    try:
        expected = _shipped_macros(connection)
    except SqlError as error:
        yield f"the tables are not those that the macros of sql/ read: {error.headline}"
        return
    for name in sorted(found.keys() | expected.keys()):
        if name not in expected:
            yield f"the DuckDB file has the macro `{visible(name)}`, which is not in sql/"
        elif name not in found:
            yield f"the DuckDB file has no macro `{name}`"
        elif found[name] != expected[name]:
            part = next(part for part in Macro._fields if getattr(found[name], part) != getattr(expected[name], part))
            yield f"the macro `{name}` has other {'SQL' if part == 'tree' else part} than this version of metaboard defines"


def find_outside_access(tree: object, tables: set[str], macros: set[str]) -> str | None:
    """Return the first file, setting or catalog that a parsed macro uses, or None when it stays inside the file.

    `tree` is the syntax tree of `json_serialize_sql`; `tables` and `macros` are the lower-case names of the file's own.
    """
    nodes = list(_nodes(tree))
    with_names = {str(entry["key"]).lower() for node in nodes for entry in _entries(node.get("cte_map"))}
    known = tables | {name for name in with_names if name.isidentifier()}
    return next((reach for node in nodes if (reach := _outside(node, known, macros))), None)


def _outside(node: Mapping[str, Any], tables: set[str], macros: set[str]) -> str | None:
    name = str(node.get("function_name", "")).lower()
    match node.get("type"):
        case "TABLE_FUNCTION":
            called = node.get("function")
            name = str(called.get("function_name", "")).lower() if isinstance(called, dict) else ""
            return None if name in TABLE_FUNCTIONS | macros else name or "an unknown function"
        case "BASE_TABLE":
            place = [str(node.get(part, "")) for part in ("catalog_name", "schema_name")]
            table = str(node.get("table_name", ""))
            is_own = place[0] == "" and place[1] in ("", "main") and table.lower() in tables
            return None if is_own else ".".join(part for part in (*place, table) if part)
        case "SHOW_REF" | "COLUMN_DATA" | "DELIM_GET":
            return "the catalog"
    is_outside = name in OUTSIDE_FUNCTIONS or name.startswith(OUTSIDE_PREFIXES)
    return name if is_outside and name not in macros else None


def _entries(cte_map: object) -> list[dict[str, Any]]:
    found = cte_map.get("map", []) if isinstance(cte_map, dict) else []
    return [entry for entry in found if isinstance(entry, dict) and "key" in entry]


def _nodes(tree: object) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping inside a syntax tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _read_macros(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, Any, Macro]]:
    """Return the name, the syntax tree and the comparable form of each macro; raises `ValueError` for one that is no query."""
    found = []
    for name, kind, parameters, text, comment in connection.execute(_MACROS).fetchall():
        parsed = connection.execute("select json_serialize_sql(?::varchar)", [text]).fetchall()[0][0]
        tree = json.loads(parsed)
        if tree.get("error"):
            raise ValueError(f"the macro `{visible(name)}` is not a query")
        stable = _as_text(_without_places(tree))
        found.append((str(name), tree, Macro(str(kind), str(parameters), stable, str(comment))))
    return found


def _without_places(tree: object) -> object:
    """Return a syntax tree without positions in the text, and with its sets in one order."""
    if isinstance(tree, list):
        return [_without_places(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    plain = {key: _without_places(value) for key, value in tree.items() if key != "query_location"}
    sets = {key: sorted(value, key=_as_text) for key in UNORDERED if isinstance(value := plain.get(key), list)}
    return plain | sets


def _as_text(tree: object) -> str:
    return json.dumps(tree, sort_keys=True)


def _shipped_macros(connection: duckdb.DuckDBPyConnection) -> dict[str, Macro]:
    """Return the macros of `sql/` as they look in a file with the tables of `connection`.

    They are written to a file and read again, because DuckDB stores them in another form than it parses.
    """
    tables: dict[str, list[str]] = {}
    for table, column, type_ in connection.execute(_COLUMNS).fetchall():
        tables.setdefault(str(table), []).append(f"{quoted(column)} {type_}")
    with TemporaryDirectory() as folder:
        path = Path(folder) / warehouse.DATABASE
        with duckdb.connect(
            str(path),
            config={"storage_compatibility_version": warehouse.STORAGE_VERSION, "enable_external_access": "false"},
        ) as made:
            for table, columns in tables.items():
                made.execute(f"create table {quoted(table)} ({', '.join(columns)})")
            warehouse.create_macros(made)
        with warehouse.open_read_only(path) as made:
            return {name: macro for name, _, macro in _read_macros(made)}
