"""Tables from SQL files: built, checked, exported, and read without access to other files."""

import errno
from pathlib import Path

import duckdb
import polars as pl
import pytest

from aggregator import warehouse
from aggregator.errors import CheckFailed, SqlError, StorageError
from aggregator.warehouse import build as module

THINGS = """-- One row per thing.
-- grain: name
-- reads: input_things
-- columns:
--   name | the name of the thing
--   amount | the number of things, it's a count
-- checks:
--   amount > 0
select name, amount from input_things order by name
"""


@pytest.fixture
def sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "sql" / "model"
    folder.mkdir(parents=True)
    (folder / "things.sql").write_text(THINGS, encoding="utf-8")
    monkeypatch.setattr(module, "sql_root", lambda: folder.parent)
    return folder


def build(tmp_path: Path, **columns: list[object]) -> tuple[warehouse.TableFile, ...]:
    directory = tmp_path / "build"
    directory.mkdir(exist_ok=True)
    (directory / warehouse.DATABASE).unlink(missing_ok=True)
    with warehouse.open_builder(directory) as building:
        building.make("model", {"things": pl.DataFrame(columns, strict=False)})
        return building.export()


@pytest.mark.usefixtures("sql")
def test_a_table_is_built_described_and_exported(tmp_path: Path) -> None:
    (written,) = build(tmp_path, name=["b", "a"], amount=[1, 2])
    assert (written.table, written.path, written.rows) == ("things", "data/things/things.parquet", 2)
    assert pl.read_parquet(tmp_path / "build" / written.path)["name"].to_list() == ["a", "b"]
    with warehouse.open_read_only(tmp_path / "build" / warehouse.DATABASE) as connection:
        comments = dict(connection.execute("select column_name, comment from duckdb_columns()").fetchall())
        assert comments["amount"] == "the number of things, it's a count"
        assert connection.execute("select comment from duckdb_tables()").fetchall() == [("One row per thing.",)]


@pytest.mark.usefixtures("sql")
def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    first = build(tmp_path, name=["b", "a"], amount=[1, 2])
    assert build(tmp_path, name=["a", "b"], amount=[2, 1]) == first
    assert build(tmp_path, name=["a", "b"], amount=[2, 3]) != first


@pytest.mark.usefixtures("sql")
def test_a_full_disk_during_the_export_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", fail)
    with pytest.raises(StorageError, match=r"cannot write the tables.*No space left") as full:
        build(tmp_path, name=["a"], amount=[1])
    assert "Free some disk space" in full.value.hint


@pytest.mark.usefixtures("sql")
@pytest.mark.parametrize(
    ("names", "amounts", "check"),
    [
        (["a", "b"], [1, 0], "amount > 0"),
        (["a", "b"], [1, None], "amount > 0"),
        (["a", "a"], [1, 2], "unique: name"),
        (["a", None], [1, 2], "grain is never null"),
    ],
)
def test_a_failed_check_is_reported_with_its_table_and_one_row(
    tmp_path: Path, names: list[object], amounts: list[object], check: str
) -> None:
    with pytest.raises(CheckFailed, match="things") as caught:
        build(tmp_path, name=names, amount=amounts)
    assert caught.value.check == check
    assert caught.value.failing == 1


def test_columns_without_a_description_in_the_header_are_refused(tmp_path: Path, sql: Path) -> None:
    (sql / "things.sql").write_text(
        THINGS.replace("select name, amount", "select name, amount, 1 as extra"), encoding="utf-8"
    )
    with pytest.raises(SqlError, match="extra"):
        build(tmp_path, name=["a"], amount=[1])


def test_an_unknown_table_name_never_reads_a_python_variable(tmp_path: Path, sql: Path) -> None:
    secret = pl.DataFrame({"name": ["x"], "amount": [1]})
    assert secret.height == 1
    (sql / "things.sql").write_text(THINGS.replace("from input_things", "from secret"), encoding="utf-8")
    with pytest.raises(SqlError, match=r"things\.sql"):
        build(tmp_path, name=["a"], amount=[1])


@pytest.mark.usefixtures("sql")
def test_sql_on_a_published_file_cannot_reach_the_disk_or_the_network(tmp_path: Path) -> None:
    build(tmp_path, name=["a"], amount=[1])
    with warehouse.open_read_only(tmp_path / "build" / warehouse.DATABASE) as connection:
        for statement in (
            f"from read_text('{__file__}')",
            "copy things to '/tmp/out.csv'",
            "attach 'other.duckdb'",
            "install httpfs",
            "set enable_external_access = true",
            "insert into things values ('x', 1)",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)


@pytest.mark.usefixtures("sql")
def test_the_file_has_the_storage_version_that_old_readers_need(tmp_path: Path) -> None:
    build(tmp_path, name=["a"], amount=[1])
    with warehouse.open_read_only(tmp_path / "build" / warehouse.DATABASE) as connection:
        rows = connection.execute("select tags from duckdb_databases() where not internal").fetchall()
    assert "v1.2.0" in str(rows)


def test_the_error_for_a_missing_file_names_the_command_to_run(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="metaboard refresh"), warehouse.open_read_only(tmp_path / "none.duckdb"):
        pass


@pytest.mark.parametrize("name", ['t"; drop table t; --', "a b", "select", '"'])
def test_hostile_text_is_quoted_as_a_name_and_as_a_string(name: str) -> None:
    connection = duckdb.connect()
    connection.execute(f"create table {warehouse.quoted(name)} as select {warehouse.literal(name)} as x")
    assert connection.execute(f"select x from {warehouse.quoted(name)}").fetchall() == [(name,)]
