"""Queries to a published file, on a few handmade rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.errors import StorageError, UsageError
from aggregator.query import model_page, queries, search
from aggregator.query.queries import Connection
from aggregator.query.search import AmbiguousModelError, UnknownModelError
from aggregator.query.top import ModelFilter, top
from tests.support.homes.query import write_tiny_file


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Connection]:
    with queries.open_current(write_tiny_file(tmp_path)) as connection:
        yield connection


def ids(found: list[queries.Row]) -> list[object]:
    return [row["model_id"] for row in found]


@pytest.mark.parametrize("text", ["a/first", "A/FIRST", "First", "FIRST (2024)", "first", " a/first "])
def test_a_model_is_found_by_its_id_and_by_all_its_names(tiny: Connection, text: str) -> None:
    assert search.find_model_id(tiny, text) == "a/first"


def test_an_unfinished_word_lists_its_models(tiny: Connection) -> None:
    assert ids(queries.find_models(tiny, "vect", 10)) == ["c/vector"]
    with pytest.raises(UnknownModelError) as caught:
        search.find_model_id(tiny, "vect")
    assert ids(caught.value.candidates) == ["c/vector"]


def test_a_name_of_two_models_lists_both(tiny: Connection) -> None:
    with pytest.raises(AmbiguousModelError) as caught:
        search.find_model_id(tiny, "Shared")
    assert ids(caught.value.candidates) == ["a/first", "a/second"]


def test_a_misspelt_name_of_an_unknown_publisher_gets_suggestions_and_no_match(tiny: Connection) -> None:
    with pytest.raises(UnknownModelError) as caught:
        search.find_model_id(tiny, "d/alnoe")
    assert ids(caught.value.candidates)[0] == "d/alone"


@pytest.mark.parametrize("text", ["", "  ", "%", "' or 1=1 --", "\x00"])
def test_a_text_that_is_not_a_name_finds_no_model(tiny: Connection, text: str) -> None:
    with pytest.raises(UnknownModelError):
        search.find_model_id(tiny, text)


def test_a_model_page_has_everything_about_its_model_and_nothing_else(tiny: Connection) -> None:
    page = model_page.read_model_page(tiny, "a/first")
    assert page.model["rank"] == 1
    assert (page.model["of"], page.release["of"]) == (3, 3), "the ranked models and releases of the track"
    assert [(row["domain"], row["grain"], row["of"], row["borrowed"]) for row in page.domains] == [
        ("coding", "release", 3, 0.4),
        ("math", "release", 0, 1.0),
    ]
    assert [(row["source"], row["rank"], row["models"]) for row in page.boards] == [
        ("board_one", 2, 2),
        ("board_two", 1, 1),
    ]
    assert {row["benchmark"]: row["score"] for row in page.scores} == {"board_one/code": 0.7, "board_one/math": 0.5}
    assert {row["raw_name"] for row in page.aliases} == {"First", "first (2024)", "shared"}
    assert page.parents == []
    assert ids(page.children) == ["a/second"]
    assert [(row["dates"], row["best_rank"], str(row["best_on"]), row["last_rank"]) for row in page.history] == [
        (3, 2, "2026-10-01", 3)
    ]


def test_a_model_without_a_rank_has_a_page(tiny: Connection) -> None:
    page = model_page.read_model_page(tiny, "d/alone")
    assert page.model["rank"] is None
    assert page.boards == []


def test_a_refused_source_is_listed(tiny: Connection) -> None:
    found = {row["source"]: row for row in queries.list_sources(tiny)}
    assert list(found) == ["board_one", "board_two", "board_lost"]
    assert found["board_lost"]["status"] == "refused"
    assert found["board_one"]["models"] == 2
    assert found["board_two"]["models"] == 1


def test_repeated_column_names_become_distinct(tiny: Connection) -> None:
    assert queries.run_sql(tiny, "select 1 as a, 2 as a, 3 as b", None).columns == ["a", "a_1", "b"]


def test_a_result_reports_rows_beyond_the_limit(tiny: Connection) -> None:
    assert len(queries.run_sql(tiny, "from range(5)", 5).rows) == 5
    assert not queries.run_sql(tiny, "from range(5)", 5).has_more
    assert queries.run_sql(tiny, "from range(6)", 5).has_more
    assert len(queries.run_sql(tiny, "from range(6)", 5).rows) == 5


@pytest.mark.parametrize(
    "sql",
    [
        "delete from leaderboard",
        "create table x as select 1",
        "copy leaderboard to 'x.csv'",
        "select * from read_csv('/etc/hosts')",
        "attach 'other.duckdb'",
        "set enable_external_access = true",
        "install httpfs",
    ],
)
def test_free_sql_cannot_write_or_leave_the_file(tiny: Connection, sql: str) -> None:
    with pytest.raises(UsageError, match="the SQL cannot be run"):
        queries.run_sql(tiny, sql, None)


def test_a_home_without_a_file_is_an_error_with_the_command_to_run(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="metaboard refresh"), queries.open_current(tmp_path):
        pass


def test_a_damaged_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    (tmp_path / "current" / "metaboard.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError, match="damaged"), queries.open_current(tmp_path):
        pass


def test_a_file_without_a_table_is_a_storage_error(tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path, "drop table standings")
    with pytest.raises(StorageError, match="standings"), queries.open_current(home) as connection:
        top(connection, ModelFilter(), 1)
