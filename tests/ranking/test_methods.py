"""`rank` by aggregated ranks, compared with reference implementations of the rules, and the frames it refuses."""

import warnings

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.errors import UsageError
from aggregator.ranking import Method, UnlinkedError, UnlinkedWarning, rank
from tests.support import reference_ranking

FAST = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("method", sorted(reference_ranking.RULES))
@FAST
@given(seed=st.integers(0, 10**6), models=st.integers(2, 14), benchmarks=st.integers(1, 8), missing=st.floats(0, 0.8))
def test_every_rank_and_score_equals_the_reference_implementation(
    method: Method, seed: int, models: int, benchmarks: int, missing: float
) -> None:
    board = reference_ranking.sparse_board(seed, models, benchmarks, missing)
    if board.is_empty():
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnlinkedWarning)
        ours = rank(board, method, draws=20)
    expected = reference_ranking.RULES[method](reference_ranking.table_of(board))
    assert dict(ours.select("model_id", "rank").iter_rows()) == reference_ranking.ranks(expected)
    for model, score in ours.select("model_id", "score").iter_rows():
        assert score == pytest.approx(expected[model], abs=1e-9)


def test_ties_share_the_least_rank() -> None:
    board = pl.DataFrame({"model_id": list("abcd"), "board": "x", "benchmark": "b", "score": [3.0, 2.0, 2.0, 1.0]})
    assert rank(board, "mean_win_rate").select("model_id", "rank").rows() == [("a", 1), ("b", 2), ("c", 2), ("d", 4)]


def test_without_missing_scores_expected_borda_is_borda() -> None:
    board = reference_ranking.sparse_board(3, missing=-1.0)
    columns = ["model_id", "rank", "score"]
    assert rank(board, "expected_borda").select(columns).equals(rank(board, "mteb_borda").select(columns))


def test_the_expected_borda_of_a_missing_score_is_the_mean_over_all_completions() -> None:
    board = pl.DataFrame(
        {"model_id": ["a", "b", "c", "c"], "board": "x", "benchmark": ["t", "t", "t", "u"], "score": [3, 2, 1, 1]}
    )
    scores = dict(rank(board, "expected_borda", draws=10).select("model_id", "score").iter_rows())
    # Only c has a score on u: its rank among three is 1, 2 or 3 with equal chance, so it gets 1 point there, as a and b do.
    assert scores == pytest.approx({"a": 2 + 1, "b": 1 + 1, "c": 0 + 1})


def test_lower_is_better_ranks_as_the_negated_scores() -> None:
    board = reference_ranking.sparse_board(5)
    negated = board.with_columns(-pl.col("score"), higher_is_better=pl.lit(False))
    columns = ["model_id", "rank", "score"]
    for method in reference_ranking.RULES:
        assert rank(board, method).select(columns).equals(rank(negated, method).select(columns))


@FAST
@given(seed=st.integers(0, 10**6), draws=st.integers(5, 60))
def test_intervals_hold_their_points_and_shares_stay_between_0_and_1(seed: int, draws: int) -> None:
    board = reference_ranking.sparse_board(seed, missing=0.3).with_columns(standard_error=pl.lit(0.4))
    methods: tuple[Method, ...] = ("mean_win_rate", "weighted", "expected_borda")
    for method in methods:
        ours = rank(board, method, draws=draws).drop_nulls()
        assert ours.filter(~pl.col("rank").is_between("rank_low", "rank_high")).is_empty()
        assert ours.filter(~pl.col("score").is_between("score_low", "score_high")).is_empty()
        assert ours["rank_low"].min() >= 1  # type: ignore[operator] # a Series can hold any type
        assert ours["rank_high"].max() <= ours.height  # type: ignore[operator] # a Series can hold any type
        if method != "expected_borda":
            assert ours.filter((pl.col("score_low") < 0) | (pl.col("score_high") > 1)).is_empty()


def test_a_model_with_one_score_is_less_certain_than_with_all_scores() -> None:
    generator = np.random.default_rng(0)
    rows = [(f"m{m:02}", f"b{b}", m + generator.normal(0, 4.0)) for m in range(40) for b in range(8)]
    board = pl.DataFrame(rows, schema=["model_id", "benchmark", "score"], orient="row")
    thin = board.filter((pl.col("model_id") != "m20") | (pl.col("benchmark") == "b0"))
    width = {
        name: rank(frame, "mean_win_rate")
        .filter(model_id="m20")
        .select(pl.col("score_high") - pl.col("score_low"))
        .item()
        for name, frame in {"full": board, "thin": thin}.items()
    }
    assert width["thin"] > 1.5 * width["full"]


def test_the_same_seed_gives_the_same_table() -> None:
    board = reference_ranking.sparse_board(8)
    assert rank(board, "bradley_terry", seed=3).equals(rank(board.reverse(), "bradley_terry", seed=3))


def unlinked_boards() -> pl.DataFrame:
    one = reference_ranking.sparse_board(1).with_columns(pl.lit("left").alias("board"))
    other = reference_ranking.sparse_board(2).with_columns(
        pl.lit("right").alias("board"), ("x" + pl.col("model_id")).alias("model_id")
    )
    return pl.concat([one, other])


def test_methods_on_one_scale_refuse_unlinked_groups_and_name_them() -> None:
    with pytest.raises(UnlinkedError, match=r"no model links 2 groups of benchmarks: left/b0.*\| right/b0"):
        rank(unlinked_boards(), "bradley_terry")


def test_methods_without_a_scale_warn_on_unlinked_groups() -> None:
    with pytest.warns(UnlinkedWarning, match="mean nothing"):
        rank(unlinked_boards(), "mean_win_rate")


def test_a_weight_is_that_of_a_board_whatever_its_number_of_columns() -> None:
    rows = [("a", "big", f"b{i}", 1.0) for i in range(9)] + [("b", "big", f"b{i}", 0.0) for i in range(9)]
    rows += [("a", "small_text", "only", 0.0), ("b", "small_text", "only", 1.0)]
    board = pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score"], orient="row")
    scores = dict(rank(board, "weighted", {"big": 1, "small": 3}).select("model_id", "score").iter_rows())
    assert scores == pytest.approx({"a": 0.25, "b": 0.75})


def test_a_weighted_benchmark_no_longer_counts_in_its_board() -> None:
    board = reference_ranking.sparse_board(4, missing=-1)
    ours = rank(board, "weighted", {"board_0": 0.0, "board_0/b0": 1.0})
    alone = rank(board.filter(benchmark="b0"), "mean_win_rate")
    assert dict(ours.select("model_id", "rank").iter_rows()) == dict(alone.select("model_id", "rank").iter_rows())


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"nowhere": 1.0}, "no board or benchmark"),
        ({"board_0": -1.0}, "not negative"),
        ({"board_0": 0.0}, "not all 0"),
        ({}, "not all 0"),
        ({"board_0": float("nan")}, "finite"),
    ],
)
def test_bad_weights_are_refused(weights: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        rank(reference_ranking.sparse_board(1), "weighted", weights)


def test_an_unknown_method_is_refused_with_the_list_of_methods() -> None:
    with pytest.raises(UsageError, match="mean_win_rate"):
        rank(reference_ranking.sparse_board(1), "sum")  # type: ignore[arg-type] # not a method


def test_a_frame_without_required_columns_or_without_scores_is_refused() -> None:
    with pytest.raises(UsageError, match="`score`"):
        rank(pl.DataFrame({"model_id": ["a"], "benchmark": ["b"]}), "mean_win_rate")
    with pytest.raises(UsageError, match="no score"):
        rank(pl.DataFrame({"model_id": ["a"], "benchmark": ["b"], "score": [None]}), "mean_win_rate")


def test_a_benchmark_with_both_directions_is_refused() -> None:
    board = reference_ranking.sparse_board(1).with_row_index().with_columns(higher_is_better=pl.col("index") % 2 == 0)
    with pytest.raises(UsageError, match="both true and false"):
        rank(board, "mean_win_rate")


def test_bare_and_qualified_names_are_the_same_benchmark() -> None:
    board = reference_ranking.sparse_board(6)
    qualified = board.with_columns((pl.col("board") + "/" + pl.col("benchmark")).alias("benchmark"))
    mixed = pl.concat([board[:20], qualified.select(board.columns)[20:]])
    assert rank(mixed, "mteb_borda").equals(rank(board, "mteb_borda"))
