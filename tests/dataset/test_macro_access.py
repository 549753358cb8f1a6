"""What a macro of a foreigner may do: read the tables of its file, and nothing else."""

from pathlib import Path

import duckdb
import pytest

from aggregator import warehouse
from aggregator.dataset.database_objects import (
    find_foreign_macros,
    find_foreign_objects,
    find_reaching_macros,
    find_shadowing_macros,
)

ALLOWED = [
    "m(x) as x + 1",
    "m(n := 3) as table from models order by id limit n",
    "m() as table with a as (select id from models), b as (from a) select * from b join models using (id)",
    "m(ids) as table select unnest(ids) as id, generate_subscripts(ids, 1) as place",
    "m(n) as (select count(*) from range(n) as r join models on true)",
    "m(x) as list_transform([x], v -> lower(v))",
    "m() as table select * from main.models",
    "m(x) as (select max(score) over (order by id) from models limit 1)",
]
REFUSED = {
    "m() as table select * from read_text('{file}')": "read_text",
    "m() as table select * from read_csv('{file}')": "read_csv",
    "m() as table from '{file}'": "{file}",
    "m() as table from models where id in (select content from read_text('{file}'))": "read_text",
    "m() as table with a as (select * from read_blob('{file}')) select 1 as x from models": "read_blob",
    "m() as (select count(*) from glob('/*'))": "glob",
    "m(x) as (select any_value(content) from read_text(x))": "read_text",
    "m() as table from query('select 1')": "query",
    "m(t) as table from query_table(t)": "query_table",
    "m() as table from duckdb_settings()": "duckdb_settings",
    "m() as table select * from information_schema.tables": "information_schema.tables",
    "m() as current_setting('memory_limit')": "current_setting",
    "m() as table select case when true then (select max(size) from read_blob('{file}')) end as x": "read_blob",
    "m() as table select * from models union all select content, 1.0 from read_text('{file}')": "read_text",
}


def made(tmp_path: Path, *statements: str) -> Path:
    path = tmp_path / warehouse.DATABASE
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table models as select 'a/one' as id, 1.5 as score")
        for statement in statements:
            connection.execute(statement)
    return path


@pytest.mark.parametrize("macro", ALLOWED)
def test_a_macro_that_stays_in_its_file_is_accepted(macro: str, tmp_path: Path) -> None:
    with warehouse.open_read_only(made(tmp_path, f"create macro {macro}")) as connection:
        assert list(find_reaching_macros(connection)) == []


@pytest.mark.parametrize("macro", REFUSED)
def test_a_macro_that_reaches_outside_is_refused_without_being_called(macro: str, tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("content\nx\n")
    path = made(tmp_path, f"create macro {macro.format(file=file)}")
    with warehouse.open_read_only(path) as connection:
        found = list(find_reaching_macros(connection))
    assert found == [f"the macro `m` would use {REFUSED[macro].format(file=file)}, which is outside the file"]


def test_a_macro_cannot_hide_behind_another_one(tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("content\nx\n")
    path = made(
        tmp_path,
        f"create macro inner_(x) as table select * from read_text('{file}')",
        "create macro outer_(x) as table select * from inner_(x)",
    )
    with warehouse.open_read_only(path) as connection:
        found = list(find_reaching_macros(connection))
    assert found == ["the macro `inner_` would use read_text, which is outside the file"]


@pytest.mark.parametrize(
    "macro",
    [
        "lower(x) as 'x'",
        "json_serialize_sql(x) as '{}'",
        "current_database() as 'x'",
        '"||"(a, b) as a',
        "LIST_ZIP(a, b) as []",
    ]
    + [
        f"duckdb_{kind}() as table select * from models where false"
        for kind in ("functions", "views", "tables", "columns", "schemas")
    ],
)
def test_a_macro_cannot_answer_the_queries_of_the_verification(macro: str, tmp_path: Path) -> None:
    """Without this check, our own queries of the catalog would call the macros of the file."""
    with warehouse.open_read_only(made(tmp_path, f"create macro {macro}")) as connection:
        name = macro.split("(", maxsplit=1)[0].strip('"')
        assert list(find_shadowing_macros(connection)) == [f"the macro `{name}` has the name of a function of DuckDB"]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("create view v as from models", "view `v`"),
        ("create schema s; create table s.t as select 1 as x", "schema `s`"),
        ("create sequence q", "sequence `q`"),
        ("create index i on models (id)", "index `i`"),
        ("create type mood as enum ('a')", "type `mood`"),
        ("create table t (x integer primary key)", "constraint `t`"),
        ("create table t (x integer check (x > 0))", "constraint `t`"),
        ("create table t (x integer, y integer as (x + 1))", "computed column `t.y`"),
        ("create table t (x integer default 3)", "computed column `t.x`"),
    ],
)
def test_what_no_build_makes_is_found(statement: str, kind: str, tmp_path: Path) -> None:
    with warehouse.open_read_only(made(tmp_path, statement)) as connection:
        assert f"the DuckDB file has the {kind}, which no build makes" in list(find_foreign_objects(connection))


def test_the_macros_of_a_build_are_those_of_the_sql_files_in_every_copy(sample_home: Path, tmp_path: Path) -> None:
    """DuckDB stores sets in another order in a copy; the SQL is the same."""
    built = sample_home / "current" / warehouse.DATABASE
    copy = tmp_path / warehouse.DATABASE
    with duckdb.connect(str(copy), config={"storage_compatibility_version": warehouse.STORAGE_VERSION}) as connection:
        connection.execute(f"attach '{built}' as whole (read_only)")
        connection.execute("copy from database whole to metaboard (schema)")
    for path in (built, copy):
        with warehouse.open_read_only(path) as connection:
            assert list(find_foreign_objects(connection)) == []
            assert list(find_foreign_macros(connection)) == []
