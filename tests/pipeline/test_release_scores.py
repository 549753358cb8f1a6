"""The scores of a release as a whole: one setting represents it on each board."""

import polars as pl
from polars.testing import assert_frame_equal

from aggregator.pipeline.release_scores import PREFIX, release_scores, representatives

SCORES = pl.DataFrame(
    [
        ("m/a", "one", "one/x", 10.0),
        ("m/a-high", "one", "one/x", 20.0),
        ("m/a-high", "two", "two/x", 30.0),
        ("m/a-low", "two", "two/x", 25.0),
        ("m/a-low", "two", "two/y", 26.0),
        ("m/b", "one", "one/x", 40.0),
    ],
    schema=["model_id", "board", "benchmark", "score"],
    orient="row",
)
MEMBERS = pl.DataFrame(
    [("m/a", "m/a", 1), ("m/a", "m/a-low", 2), ("m/a", "m/a-high", 3), ("m/b", "m/b", 1)],
    schema=["release_id", "model_id", "place"],
    orient="row",
)
PLACES = pl.DataFrame(
    [("m/a", "one", 3), ("m/a-high", "one", 1), ("m/a-high", "two", 1), ("m/a-low", "two", 2), ("m/b", "one", 2)],
    schema=["model_id", "board", "rank"],
    orient="row",
)


def test_the_default_setting_represents_its_release_and_elsewhere_the_best_one() -> None:
    found = release_scores(SCORES, MEMBERS, PLACES).sort("benchmark")
    # On `one` the default setting, although another one has a better place; on `two`, the best of those listed.
    assert found.rows() == [
        (f"{PREFIX}m/a", "one", "one/x", 10.0),
        (f"{PREFIX}m/a", "two", "two/x", 30.0),
    ]


def test_a_board_without_places_takes_the_settings_in_their_order() -> None:
    found = release_scores(SCORES, MEMBERS, PLACES.filter(pl.col("board") == "one"))
    assert found.filter(pl.col("board") == "two")["score"].sort().to_list() == [25.0, 26.0]


def test_a_release_with_one_model_with_scores_is_that_model() -> None:
    pooled = release_scores(SCORES, MEMBERS, PLACES)
    expected = pl.DataFrame({"model_id": [f"{PREFIX}m/a", "m/b"], "release_id": ["m/a", "m/b"]})
    assert_frame_equal(representatives(SCORES, MEMBERS, pooled), expected)


def test_the_order_of_the_rows_does_not_matter() -> None:
    shuffled = release_scores(SCORES.reverse(), MEMBERS.reverse(), PLACES.reverse())
    assert_frame_equal(shuffled, release_scores(SCORES, MEMBERS, PLACES), check_row_order=False)
