"""`compare_models` puts models side by side and gives a verdict on each board, overall and by domain."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from scipy.stats import norm

from aggregator.errors import UsageError
from aggregator.query import queries
from aggregator.query.compare import compare_models
from aggregator.query.queries import Connection, fetch_rows
from tests.support.homes.query import WITH_SETTINGS, write_tiny_file


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Connection]:
    with queries.open_current(write_tiny_file(tmp_path)) as connection:
        yield connection


def opened(home: Path, *statements: str) -> Connection:
    """Return a connection to the tiny file with more rows; the test's process closes it."""
    write_tiny_file(home, *statements)
    return duckdb.connect(str(home / "current" / "metaboard.duckdb"), read_only=True)


ARENA = """
insert into benchmarks by name from (values
    ('board_two/overall', 'Overall', 'rating', 'preference', true),
    ('board_two/coding', 'Coding', 'rating', 'coding', true),
    ('board_two/german', 'German', 'rating', 'preference', true)
) as t(benchmark, title, metric, domain, higher_is_better);
insert into scores by name
select
    model_id, 'board_two' as source, benchmark, score, score - 10 as score_low, score + 10 as score_high,
    'first_party' as measured_by
from (values
    ('a/first', 'board_two/overall', 1200e0), ('a/second', 'board_two/overall', 1150e0),
    ('a/first', 'board_two/coding', 1200e0), ('a/second', 'board_two/coding', 1300e0),
    ('a/first', 'board_two/german', 1200e0), ('a/second', 'board_two/german', 1300e0)
) as t(model_id, benchmark, score)
"""
"""Ratings with 95 % intervals on a second board: overall the first is ahead, in coding the second."""


def test_a_comparison_has_the_given_order_and_only_shared_benchmarks(tiny: Connection) -> None:
    found = compare_models(tiny, ["a/second", "a/first"])
    assert [row["model_id"] for row in found.models] == ["a/second", "a/first"]
    assert [line.shared["benchmark"] for line in found.scores] == ["board_one/math"]
    assert {model_id: at["score"] for model_id, at in found.scores[0].values.items()} == {
        "a/second": 0.6,
        "a/first": 0.5,
    }
    assert [(line.shared["source"], set(line.values), line.shared["models"]) for line in found.boards] == [
        ("board_one", {"a/second", "a/first"}, 2),
        ("board_two", {"a/first"}, 1),
    ]


@pytest.mark.parametrize("named", [["a/first"], ["a/first", "a/first"]])
def test_a_comparison_needs_two_different_models(tiny: Connection, named: list[str]) -> None:
    with pytest.raises(UsageError, match="nothing to compare"):
        compare_models(tiny, named)


def test_an_unknown_id_is_refused(tiny: Connection) -> None:
    with pytest.raises(UsageError, match="no model has the id 'a/none'"):
        compare_models(tiny, ["a/first", "a/none"])


def test_a_board_without_published_errors_is_judged_by_the_binomial_errors_of_its_items(tiny: Connection) -> None:
    verdict = compare_models(tiny, ["a/first", "a/second"]).verdicts[0]
    ((board, found),) = verdict.boards
    assert (board.title, found.basis, found.ahead, found.won, found.lost) == ("One", "test items", -1, 0, 1)
    expected = norm.cdf(-0.1 / (0.25 / 500 + 0.24 / 500) ** 0.5)
    assert found.probability == pytest.approx(expected)
    assert verdict.sentences()[0] == "Where both were measured: Second is ahead on One with > 99 %."


def test_the_overall_probability_is_that_of_the_macro(tiny: Connection) -> None:
    verdict = compare_models(tiny, ["a/first", "a/second"]).verdicts[0]
    (macro,) = fetch_rows(tiny, "select probability_better('a/first', 'a/second') as p")
    assert verdict.grain == "release"
    assert verdict.probability == pytest.approx(macro["p"], abs=1e-6)
    assert verdict.probability == pytest.approx(norm.cdf(10 / (2 * (12**2 + 15**2)) ** 0.5))


def test_the_overall_score_of_a_board_counts_alone_where_it_has_an_interval(tmp_path: Path) -> None:
    verdict = compare_models(opened(tmp_path, ARENA), ["a/first", "a/second"]).verdicts[0]
    found = verdict.boards[1][1]
    assert (found.source, found.basis, found.won, found.lost) == ("board_two", "interval", 1, 0)
    assert found.probability == pytest.approx(norm.cdf(50 / (2 * (10 / 1.959964) ** 2) ** 0.5))
    # In coding, that board's column for coding counts too; its other columns of the same domain count the same votes.
    wins = {one.domain: (one.wins.won, one.wins.lost) for one in verdict.domains}
    assert wins == {"math": (0, 1), "coding": (0, 1), "preference": (1, 0)}
    assert (verdict.wins.won, verdict.wins.lost) == (1, 1)


def test_benchmarks_of_boards_that_are_not_in_the_rank_are_no_wins(tmp_path: Path) -> None:
    connection = opened(tmp_path, "update sources set in_rank = false")
    verdict = compare_models(connection, ["a/first", "a/second"]).verdicts[0]
    assert [board.in_rank for board, _ in verdict.boards] == [False]
    assert verdict.wins.won + verdict.wins.lost == 0


def test_self_reported_scores_and_copies_of_a_result_count_on_no_board(tmp_path: Path) -> None:
    for column, value in (("measured_by", "self_reported"), ("same_as", "board_two/x")):
        change = f"update scores set {column} = '{value}' where model_id = 'a/second'"
        found = compare_models(opened(tmp_path / column, change), ["a/first", "a/second"])
        assert list(found.verdicts[0].boards) == []
        assert "no leaderboard has scores of both" in found.verdicts[0].sentences()[0]
        assert len(found.scores) == 1, "the score is shown, although it does not count"


def test_domains_have_all_errors_in_proportion_to_their_deviation(tiny: Connection) -> None:
    verdict = compare_models(tiny, ["a/first", "a/second"]).verdicts[0]
    coding = next(one for one in verdict.domains if one.domain == "coding")
    assert coding.abilities == pytest.approx((2000 - 1090, 2000 - 1080))
    assert coding.probability == pytest.approx(norm.cdf(-10 / (2 * (18**2 + 15**2)) ** 0.5))


def test_two_settings_are_compared_as_settings_and_two_default_settings_as_releases(tmp_path: Path) -> None:
    connection = opened(tmp_path, WITH_SETTINGS)
    assert compare_models(connection, ["a/first", "a/second"]).verdicts[0].grain == "release"
    settings = compare_models(connection, ["a/first", "a/second-high"]).verdicts[0]
    assert settings.grain == "setting"
    assert "as settings" in settings.sentences()[1]


def test_a_release_is_measured_by_another_setting_where_its_default_one_is_not_listed(tmp_path: Path) -> None:
    rating = """
    insert into benchmarks by name select 'board_two/overall' as benchmark, true as higher_is_better, 'preference' as domain;
    insert into scores by name select
        unnest(['a/first', 'a/second-high', 'q/second-gguf']) as model_id, 'board_two' as source, 'board_two/overall' as benchmark,
        unnest([1200e0, 1100, 1500]) as score, score - 10 as score_low, score + 10 as score_high, 'first_party' as measured_by
    """
    connection = opened(tmp_path, WITH_SETTINGS, rating)
    releases = compare_models(connection, ["a/first", "a/second"]).verdicts[0]
    assert [(board.source, found.ahead) for board, found in releases.boards] == [("board_one", -1), ("board_two", 1)]


def test_without_a_rank_or_across_tracks_there_is_no_overall_answer(tiny: Connection) -> None:
    for other in ("d/alone", "c/vector"):
        verdict = compare_models(tiny, ["a/first", other]).verdicts[0]
        assert (verdict.grain, verdict.probability, list(verdict.domains)) == (None, None, [])
        assert verdict.sentences()[1].startswith("Overall: no answer")


def test_of_three_models_the_best_one_is_compared_with_each_other_one(tiny: Connection) -> None:
    found = compare_models(tiny, ["b/third", "a/first", "a/second"])
    assert [pair.ids for pair in found.verdicts] == [("a/first", "a/second"), ("a/first", "b/third")]
