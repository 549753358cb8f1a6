"""`top` at both grains: filters, boards, other orders, and the ranks of releases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.errors import UsageError
from aggregator.query import queries
from aggregator.query.domains import UnknownDomainError
from aggregator.query.orders import read_method_order
from aggregator.query.queries import Connection
from aggregator.query.releases import find_release_id, read_settings
from aggregator.query.top import Grain, ModelFilter, top
from tests.support.homes.query import WITH_SETTINGS, write_tiny_file


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Connection]:
    with queries.open_current(write_tiny_file(tmp_path)) as connection:
        yield connection


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Connection]:
    """Open the tiny file with a release of two settings and a copy."""
    with queries.open_current(write_tiny_file(tmp_path, WITH_SETTINGS)) as connection:
        yield connection


def ids(found: list[queries.Row]) -> list[object]:
    return [row["model_id"] for row in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ModelFilter(), ["a/first", "a/second"]),
        (ModelFilter(flagged=True), ["a/first", "a/second", "b/third"]),
        (ModelFilter(track="embedding"), ["c/vector"]),
        (ModelFilter(kinds=("pretrained", "merge")), ["a/second"]),
        (ModelFilter(max_params_b=8), ["a/first"]),
        (ModelFilter(min_params_b=8.5), ["a/second"]),
        (ModelFilter(max_params_b=100, flagged=True), ["a/first", "a/second"]),
        (ModelFilter(license="APACHE"), ["a/first"]),
        (ModelFilter(organization="a", flagged=True), ["a/first", "a/second"]),
        (ModelFilter(open_weights=True, flagged=True), ["a/first", "a/second"]),
        (ModelFilter(license="100%"), []),
        (ModelFilter(license="' or true --"), []),
    ],
)
def test_top_lists_only_the_wanted_models_in_order(tiny: Connection, wanted: ModelFilter, expected: list[str]) -> None:
    assert ids(top(tiny, wanted, 10)) == expected


def test_any_name_of_an_organization_finds_its_models(tmp_path: Path) -> None:
    with queries.open_current(
        write_tiny_file(tmp_path, "insert into organization_names values ('A', 'Old Name'), ('C', 'older')")
    ) as connection:
        assert ids(top(connection, ModelFilter(organization="old n"), 10)) == ["a/first", "a/second"]
        assert ids(top(connection, ModelFilter(organization="older", track="embedding"), 10)) == ["c/vector"]


def test_a_disputed_size_is_inside_no_limits(tmp_path: Path) -> None:
    statement = "update leaderboard set params_disputed = true where model_id = 'a/first'"
    with queries.open_current(write_tiny_file(tmp_path, statement)) as connection:
        assert ids(top(connection, ModelFilter(max_params_b=100), 10)) == ["a/second"]
        assert ids(top(connection, ModelFilter(min_params_b=1), 10)) == ["a/second"]
        assert ids(top(connection, ModelFilter(), 10)) == ["a/first", "a/second"]


def test_top_lists_at_most_n_models(tiny: Connection) -> None:
    assert ids(top(tiny, ModelFilter(flagged=True), 2)) == ["a/first", "a/second"]


def test_top_has_the_columns_of_the_leaderboard_and_none_of_a_board(tiny: Connection) -> None:
    assert {"rank_low", "rank_high", "percentile", "clearly_better"} <= top(tiny, ModelFilter(), 1)[0].keys()
    assert not any(name.startswith("board_") for name in top(tiny, ModelFilter(), 1)[0])


def test_a_board_orders_by_its_own_ranks(tiny: Connection) -> None:
    found = top(tiny, ModelFilter(board="board_one"), 10)
    assert [(row["model_id"], row["board_rank"], row["board_score"]) for row in found] == [
        ("a/second", 1, 60.0),
        ("a/first", 2, 50.5),
    ]


def test_a_board_is_found_by_a_unique_start_of_its_id(tiny: Connection) -> None:
    assert ids(top(tiny, ModelFilter(board="board_t"), 10)) == ["a/first"]
    with pytest.raises(UsageError, match="board_one, board_two"):
        top(tiny, ModelFilter(board="board"), 10)
    with pytest.raises(UsageError, match="no leaderboard has the id 'nothing'"):
        top(tiny, ModelFilter(board="nothing"), 10)


def test_releases_are_listed_once_by_their_default_setting_with_their_own_ranks(settings: Connection) -> None:
    found = top(settings, ModelFilter(), 10)
    assert [(row["rank"], row["release"], row["model_id"], row["settings"]) for row in found] == [
        (1, "First", "a/first", 1),
        (2, "second", "a/second", 3),
        (3, "last", "e/last", 1),
    ]


def test_the_grain_of_settings_has_a_row_for_each_model_with_its_rank_among_models(settings: Connection) -> None:
    found = top(settings, ModelFilter(grain=Grain.SETTING), 10)
    assert [(row["rank"], row["model_id"]) for row in found] == [
        (1, "a/first"),
        (2, "a/second"),
        (4, "a/second-high"),
        (5, "e/last"),
    ]
    assert "settings" not in found[0]


def test_a_release_is_listed_with_all_its_settings_and_copies(settings: Connection) -> None:
    found = top(settings, ModelFilter(grain=Grain.SETTING, release_id="a/second"), 10)
    assert ids(found) == ["a/second", "a/second-high", "q/second-gguf"]


@pytest.mark.parametrize("grain", list(Grain))
def test_copies_are_rows_on_request_and_have_no_rank(settings: Connection, grain: Grain) -> None:
    without, included = (top(settings, ModelFilter(grain=grain, copies=copies), 10) for copies in (False, True))
    assert set(ids(included)) - set(ids(without)) == {"q/second-gguf"}
    assert [row["rank"] for row in included if row["model_id"] == "q/second-gguf"] == [None]


@pytest.mark.parametrize("grain", list(Grain))
def test_filters_apply_at_both_grains(settings: Connection, grain: Grain) -> None:
    assert set(ids(top(settings, ModelFilter(grain=grain, min_params_b=50), 10))) <= {"a/second", "a/second-high"}
    assert ids(top(settings, ModelFilter(grain=grain, kinds=("chat",), max_params_b=2), 10)) == ["e/last"]


def test_a_board_that_lists_only_another_setting_has_that_one_as_the_default_there(settings: Connection) -> None:
    found = top(settings, ModelFilter(board="board_two"), 10)
    assert [(row["model_id"], row["board_rank"]) for row in found] == [("a/first", 1), ("a/second-high", 2)]
    assert [row["rank"] for row in found] == [1, 2], "the combined rank is that of the release"


def test_a_board_has_the_default_and_the_best_setting_of_each_release(settings: Connection) -> None:
    found = top(settings, ModelFilter(board="board_one"), 10)
    assert ids(found) == ["a/second", "a/first", "e/last"]
    assert [found[0][f"board_{name}"] for name in ("best_model_id", "best_rank", "settings")] == ["a/second", 1, 3]
    by_setting = top(settings, ModelFilter(board="board_one", grain=Grain.SETTING), 10)
    assert ids(by_setting) == ["a/second", "a/first", "a/second-high", "e/last"]
    assert "board_best_rank" not in by_setting[0]


def test_another_order_ranks_releases_by_their_default_settings(settings: Connection) -> None:
    order = read_method_order(settings, "mean_win_rate")
    found = top(settings, ModelFilter(), 10, order)
    assert [(row["model_id"], row["rank"], row["rank_low"], row["rank_high"]) for row in found] == [
        ("a/first", 1, 1, 2),
        ("a/second", 2, 1, 3),
        ("e/last", 3, 2, 3),
    ]
    by_setting = top(settings, ModelFilter(grain=Grain.SETTING), 10, order)
    assert [(row["model_id"], row["rank"]) for row in by_setting][:2] == [("a/second-high", 1), ("a/first", 3)]


def test_a_release_without_its_default_in_an_order_is_ranked_by_the_next_setting(settings: Connection) -> None:
    order = read_method_order(settings, "mean_win_rate")
    places = {model_id: place for model_id, place in order.places.items() if model_id != "a/second"}
    found = top(settings, ModelFilter(), 10, type(order)(places))
    assert ids(found) == ["a/second-high", "a/first", "e/last"]


@pytest.mark.parametrize("text", ["a/second", "A/SECOND", "a/second-high", "second"])
def test_a_release_is_found_by_its_id_and_by_the_names_of_its_models(settings: Connection, text: str) -> None:
    assert find_release_id(settings, text) == "a/second"


def test_settings_have_their_place_on_every_board_the_default_first(settings: Connection) -> None:
    found = read_settings(settings, "a/second")
    assert [(row["model_id"], row["is_default"], row["effort"]) for row in found] == [
        ("a/second", True, None),
        ("a/second-high", False, "high"),
        ("q/second-gguf", False, None),
    ]
    boards = found[1]["boards"]
    assert isinstance(boards, list)
    assert [(board["source"], board["rank"]) for board in boards] == [("board_one", 3), ("board_two", 2)]


def places(found: list[queries.Row]) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in ("model_id", "place", "rank", "of")) for row in found]


def test_without_a_filter_the_place_is_the_rank_among_all_of_the_track(settings: Connection) -> None:
    found = top(settings, ModelFilter(flagged=True), 10)
    assert places(found) == [("a/first", 1, 1, 4), ("a/second", 2, 2, 4), ("b/third", 3, 3, 4), ("e/last", 3, 3, 4)]
    assert [(row["place_low"], row["place_high"]) for row in found[:2]] == [(1, 2), (1, 3)]


@pytest.mark.parametrize("grain", list(Grain))
def test_with_a_filter_places_are_counted_among_the_rows_that_match(settings: Connection, grain: Grain) -> None:
    wanted = ModelFilter(grain=grain, kinds=("pretrained", "merge"))
    expected = {"release": [("a/second", 1, 2, 1)], "setting": [("a/second", 1, 2, 2), ("a/second-high", 2, 4, 2)]}
    found = top(settings, wanted, 10)
    assert places(found) == expected[grain.value]
    named = "release_id" if grain is Grain.RELEASE else "model_id"
    asked = settings.execute(
        "from places($ids, grain := $grain)", {"ids": [row[named] for row in found], "grain": grain}
    )
    assert [(row[named], row["place"], row["place_low"], row["place_high"]) for row in found] == asked.fetchall()


def test_places_and_their_number_count_rows_beyond_the_limit(settings: Connection) -> None:
    all_rows = top(settings, ModelFilter(open_weights=True), 10)
    assert top(settings, ModelFilter(open_weights=True), 1) == all_rows[:1]
    assert all_rows[0]["of"] == len(all_rows) == 3
    assert all_rows[0]["place_high"] > 1  # type: ignore[operator] # the draws of the others reach it


def test_a_row_without_a_rank_has_no_place_and_moves_no_other(settings: Connection) -> None:
    filtered = ModelFilter(grain=Grain.SETTING, release_id="a/second")
    assert places(top(settings, filtered, 10)) == [
        ("a/second", 1, 2, 2),
        ("a/second-high", 2, 4, 2),
        ("q/second-gguf", None, None, 2),
    ]


def test_a_board_with_a_filter_counts_its_places_among_the_rows_that_match(settings: Connection) -> None:
    found = top(settings, ModelFilter(board="board_one", kinds=("chat",)), 10)
    assert [(*line, row["board_rank"]) for line, row in zip(places(found), found, strict=True)] == [
        ("a/first", 1, 1, 2, 2),
        ("e/last", 2, 3, 2, 5),
    ]
    whole = top(settings, ModelFilter(board="board_one"), 10)
    assert [row["place"] for row in whole] == [row["board_rank"] for row in whole]
    assert {row["of"] for row in whole} == {5}


def test_another_order_with_a_filter_counts_its_places_and_intervals_among_the_rows_that_match(
    settings: Connection,
) -> None:
    order = read_method_order(settings, "mean_win_rate")
    found = top(settings, ModelFilter(kinds=("chat",)), 10, order)
    assert [(*line, row["place_low"], row["place_high"]) for line, row in zip(places(found), found, strict=True)] == [
        ("a/first", 1, 1, 2, 1, 1),
        ("e/last", 2, 3, 2, 2, 2),
    ]


def test_a_domain_orders_by_the_ability_in_it(settings: Connection) -> None:
    found = top(settings, ModelFilter(domain="cod"), 10)
    assert [row["model_id"] for row in found] == ["e/last", "a/second", "a/first"]
    assert [(row["place"], row["domain_rank"], row["rank"]) for row in found] == [(1, 1, 3), (3, 3, 2), (4, 4, 1)]
    assert {row["domain"] for row in found} == {"coding"}
    assert found[0]["domain_ability"] == 2000 - float(str(found[0]["ability"]))
    assert top(settings, ModelFilter(domain="coding"), 1) == found[:1]


def test_a_domain_with_a_filter_counts_places_by_the_ability_in_it(settings: Connection) -> None:
    wanted = ModelFilter(domain="coding", kinds=("chat",), grain=Grain.SETTING)
    assert places(top(settings, wanted, 10)) == [("e/last", 1, 5, 2), ("a/first", 2, 1, 2)]


def test_a_row_whose_ability_is_all_borrowed_has_no_place_in_the_domain(settings: Connection) -> None:
    assert top(settings, ModelFilter(domain="math"), 10) == []


def test_a_domain_that_does_not_exist_lists_those_that_do(settings: Connection) -> None:
    with pytest.raises(UnknownDomainError, match="coding, math"):
        top(settings, ModelFilter(domain="cooking"), 10)
    with pytest.raises(UnknownDomainError, match="--track embedding"):
        top(settings, ModelFilter(domain="retrieval"), 10)


def test_a_domain_excludes_a_board_and_another_order(settings: Connection) -> None:
    with pytest.raises(UsageError, match="one order"):
        top(settings, ModelFilter(domain="coding", board="board_one"), 10)
    with pytest.raises(UsageError, match="one order"):
        top(settings, ModelFilter(domain="coding"), 10, read_method_order(settings, "mean_win_rate"))
