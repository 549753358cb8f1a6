"""What the terminal asks of the file, on a few rows made by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.errors import StorageError, UsageError
from aggregator.query import model_page, queries, search
from aggregator.query.queries import Connection, Wanted
from aggregator.query.search import AmbiguousModel, UnknownModel
from tests.support.homes.query import write_tiny_file


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Connection]:
    with queries.opened(write_tiny_file(tmp_path)) as connection:
        yield connection


def ids(found: list[queries.Row]) -> list[object]:
    return [row["model_id"] for row in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), ["a/first", "a/second"]),
        (Wanted(flagged=True), ["a/first", "a/second", "b/third"]),
        (Wanted(track="embedding"), ["c/vector"]),
        (Wanted(kinds=("pretrained", "merge")), ["a/second"]),
        (Wanted(max_params_b=8), ["a/first"]),
        (Wanted(min_params_b=8.5), ["a/second"]),
        (Wanted(max_params_b=100, flagged=True), ["a/first", "a/second"]),
        (Wanted(license="APACHE"), ["a/first"]),
        (Wanted(organization="a", flagged=True), ["a/first", "a/second"]),
        (Wanted(open_weights=True, flagged=True), ["a/first", "a/second"]),
        (Wanted(license="100%"), []),
        (Wanted(license="' or true --"), []),
    ],
)
def test_top_keeps_what_was_asked_for_in_order(tiny: Connection, wanted: Wanted, expected: list[str]) -> None:
    assert ids(queries.top(tiny, wanted, 10)) == expected


def test_top_stops_at_n(tiny: Connection) -> None:
    assert ids(queries.top(tiny, Wanted(flagged=True), 2)) == ["a/first", "a/second"]


def test_top_has_the_columns_that_the_file_has(tiny: Connection) -> None:
    assert {"rank_low", "rank_high", "tie_group"} <= queries.top(tiny, Wanted(), 1)[0].keys()
    assert not any(name.startswith("board_") for name in queries.top(tiny, Wanted(), 1)[0])


def test_one_board_ranks_by_its_own_places(tiny: Connection) -> None:
    found = queries.top(tiny, Wanted(board="board_one"), 10)
    assert [(row["model_id"], row["board_rank"], row["board_score"]) for row in found] == [
        ("a/second", 1, 60.0),
        ("a/first", 2, 50.5),
    ]


def test_a_board_may_be_named_by_a_beginning_that_is_its_alone(tiny: Connection) -> None:
    assert ids(queries.top(tiny, Wanted(board="board_t"), 10)) == ["a/first"]
    with pytest.raises(UsageError, match="board_one, board_two"):
        queries.top(tiny, Wanted(board="board"), 10)
    with pytest.raises(UsageError, match="no leaderboard is called 'nothing'"):
        queries.top(tiny, Wanted(board="nothing"), 10)


@pytest.mark.parametrize("text", ["a/first", "A/FIRST", "First", "FIRST (2024)", "first", " a/first "])
def test_a_model_answers_to_its_id_and_to_all_its_names(tiny: Connection, text: str) -> None:
    assert search.model_named(tiny, text) == "a/first"


def test_words_that_fit_one_model_name_it(tiny: Connection) -> None:
    assert search.model_named(tiny, "vect") == "c/vector"


def test_a_name_that_two_models_have_lists_both(tiny: Connection) -> None:
    with pytest.raises(AmbiguousModel) as caught:
        search.model_named(tiny, "Shared")
    assert ids(caught.value.candidates) == ["a/first", "a/second"]


def test_a_misspelt_name_is_never_guessed_only_suggested(tiny: Connection) -> None:
    with pytest.raises(UnknownModel) as caught:
        search.model_named(tiny, "a/frist")
    assert ids(caught.value.candidates)[0] == "a/first"


@pytest.mark.parametrize("text", ["", "  ", "%", "' or 1=1 --", "\x00"])
def test_text_that_is_no_name_names_nothing(tiny: Connection, text: str) -> None:
    with pytest.raises(UnknownModel):
        search.model_named(tiny, text)


def test_a_card_holds_everything_about_its_model_and_nothing_else(tiny: Connection) -> None:
    card = model_page.card(tiny, "a/first")
    assert card.model["rank"] == 1
    assert card.model["tied_with"] == 1
    assert [(row["source"], row["rank"], row["models"]) for row in card.boards] == [
        ("board_one", 2, 2),
        ("board_two", 1, 1),
    ]
    assert {row["benchmark"]: row["score"] for row in card.scores} == {"board_one/code": 0.7, "board_one/math": 0.5}
    assert {row["raw_name"] for row in card.aliases} == {"First", "first (2024)", "shared"}
    assert card.parents == []
    assert ids(card.children) == ["a/second"]
    assert [(row["dates"], row["best_rank"], str(row["best_on"]), row["last_rank"]) for row in card.history] == [
        (3, 2, "2026-10-01", 3)
    ]


def test_a_model_without_rank_has_a_card(tiny: Connection) -> None:
    card = model_page.card(tiny, "d/alone")
    assert card.model["rank"] is None
    assert card.boards == []


def test_a_comparison_keeps_the_order_and_only_shared_benchmarks(tiny: Connection) -> None:
    found = model_page.compare(tiny, ["a/second", "a/first"])
    assert ids(found.models) == ["a/second", "a/first"]
    assert [line.what["benchmark"] for line in found.scores] == ["board_one/math"]
    assert {model_id: at["score"] for model_id, at in found.scores[0].values.items()} == {
        "a/second": 0.6,
        "a/first": 0.5,
    }
    assert [(line.what["source"], set(line.values)) for line in found.boards] == [
        ("board_one", {"a/second", "a/first"}),
        ("board_two", {"a/first"}),
    ]


@pytest.mark.parametrize("named", [["a/first"], ["a/first", "a/first"]])
def test_one_model_cannot_be_compared(tiny: Connection, named: list[str]) -> None:
    with pytest.raises(UsageError, match="nothing to compare"):
        model_page.compare(tiny, named)


def test_a_source_that_could_not_be_read_is_listed_with_its_reason(tiny: Connection) -> None:
    found = {row["source"]: row for row in queries.sources(tiny)}
    assert list(found) == ["board_one", "board_two", "board_lost"]
    assert found["board_lost"]["status"] == "refused"
    assert found["board_one"]["models"] == 2
    assert found["board_two"]["models"] == 1


def test_repeated_column_names_stay_apart(tiny: Connection) -> None:
    assert queries.ask(tiny, "select 1 as a, 2 as a, 3 as b", None).columns == ["a", "a_1", "b"]


def test_an_answer_says_when_rows_were_left_out(tiny: Connection) -> None:
    assert len(queries.ask(tiny, "from range(5)", 5).rows) == 5
    assert not queries.ask(tiny, "from range(5)", 5).more
    assert queries.ask(tiny, "from range(6)", 5).more
    assert len(queries.ask(tiny, "from range(6)", 5).rows) == 5


@pytest.mark.parametrize(
    "question",
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
def test_free_sql_changes_nothing_and_reaches_nothing(tiny: Connection, question: str) -> None:
    with pytest.raises(UsageError, match="the SQL cannot be run"):
        queries.ask(tiny, question, None)


def test_without_a_file_the_error_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="metaboard refresh"), queries.opened(tmp_path):
        pass


def test_a_damaged_file_is_a_readable_error(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    (tmp_path / "current" / "metaboard.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError, match="damaged"), queries.opened(tmp_path):
        pass


def test_a_file_without_a_table_is_a_readable_error(tmp_path: Path) -> None:
    home = write_tiny_file(tmp_path, "drop table standings")
    with pytest.raises(StorageError, match="standings"), queries.opened(home) as connection:
        queries.top(connection, Wanted(), 1)
