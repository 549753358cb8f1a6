"""Pairs of models on a hidden board: their order, and how often the stated probability of it is right."""

import numpy as np
import polars as pl
import pytest

from aggregator.ranking import calibrate
from aggregator.ranking.ability import abilities
from aggregator.ranking.arrays import Floats
from aggregator.ranking.uncertainty import UncertainAbilities
from benchmarks import hidden_boards
from benchmarks.pair_probabilities import BoardOrder, Pairs, calibration_rows, pairs_of
from tests.support import simulate

MODELS = 300


def board_of(score: Floats, variance: float = 0.0) -> BoardOrder:
    return BoardOrder(tuple(f"m{m:03}" for m in range(score.shape[0])), score, np.full_like(score, variance))


def simulated(further: float) -> tuple[UncertainAbilities, BoardOrder]:
    """Return abilities with errors of standard deviation 20 and a board with effects of variance `further`."""
    generator = np.random.default_rng(7)
    truth = generator.normal(1000, 60, MODELS)
    found = UncertainAbilities(truth + generator.normal(0, 20, MODELS), np.zeros((MODELS, 1)), np.full(MODELS, 20.0))
    return found, board_of((truth + generator.normal(0, further**0.5, MODELS))[:, None])


@pytest.mark.parametrize("further", [0.0, 1600.0])
def test_the_stated_probability_of_a_pair_is_the_share_that_is_right(further: float) -> None:
    found, order = simulated(further)
    rows = calibration_rows([pairs_of(found, np.arange(MODELS), order, further=further)], clear_only=False)
    assert sum(row["of_pairs"] for row in rows) == pytest.approx(1)
    assert all(abs(row["stated"] - row["right"]) < 0.05 for row in rows)


def test_without_the_effect_of_the_further_board_the_probability_is_too_high() -> None:
    found, order = simulated(1600.0)
    rows = calibration_rows([pairs_of(found, np.arange(MODELS), order)], clear_only=False)
    assert next(row for row in rows if row["from"] == 0.75)["right"] < 0.75


def test_errors_that_models_share_cancel_in_the_probability() -> None:
    mean, own = np.array([0.0, 10.0]), np.array([3.0, 4.0])
    order = board_of(np.array([[0.0], [1.0]]))
    same, opposite = (
        pairs_of(UncertainAbilities(mean, np.array([[50.0], [50.0 * sign]]), own), np.arange(2), order).probability[0]
        for sign in (1, -1)
    )
    assert same == pytest.approx(0.97725, abs=1e-5)
    assert opposite == pytest.approx(0.5397, abs=1e-3)


def test_a_pair_is_ordered_by_the_benchmarks_that_both_have() -> None:
    score = np.array([[2.0, np.nan], [1.0, 1.5], [np.nan, 0.0]])
    order = board_of(score, variance=0.05)
    mean, clear = order.difference(np.array([0, 0, 1]), np.array([1, 2, 2]))
    assert mean.tolist() == [1.0, 0.0, 1.5]
    assert clear.tolist() == [True, False, True]
    assert order.places().tolist() == [1.0, 2.0, 3.0]
    assert order.tau(np.array([3.0, 2.0, 1.0])) == 1.0
    assert order.tau(np.array([2.0, 3.0, 1.0])) == 0.0
    assert np.isnan(order.tau(np.full(3, np.nan)))


def test_every_board_counts_the_same_and_unclear_pairs_can_be_left_out() -> None:
    many = Pairs(np.full(90, 0.8), np.ones(90, dtype=bool), np.ones(90, dtype=bool))
    few = Pairs(np.full(10, 0.8), np.zeros(10, dtype=bool), np.zeros(10, dtype=bool))
    assert calibration_rows([many, few], clear_only=False)[0]["right"] == pytest.approx(0.5)
    assert calibration_rows([many, few], clear_only=True)[0]["right"] == pytest.approx(1)


@pytest.fixture(scope="module")
def hidden_board() -> hidden_boards.HiddenBoard:
    """Return what simulated boards say of one of them."""
    frame = simulate.simulated_boards("near_ability", 3).scores
    is_hidden = pl.col("board") == frame["board"].min()
    calibration = calibrate(frame.filter(~is_hidden), draws=20)
    found = abilities(frame.filter(~is_hidden), calibration)
    both = frame.filter(is_hidden).join(frame.filter(~is_hidden), on="model_id", how="semi")
    compared = hidden_boards.compare(both, frame.filter(~is_hidden), calibration, found, seed=0)
    assert compared is not None
    return compared


def test_the_order_of_a_hidden_board_is_found_from_the_others(hidden_board: hidden_boards.HiddenBoard) -> None:
    tau = hidden_board.tau
    assert tau["ability"] > max(tau["mean win rate"], tau["Borda"]) + 0.03


def test_places_on_a_hidden_board_are_inside_their_intervals_as_often_as_stated(
    hidden_board: hidden_boards.HiddenBoard,
) -> None:
    assert 0.8 <= hidden_board.coverage <= 0.98
    assert hidden_board.width < 0.5


@pytest.mark.parametrize(("with_overall", "benchmark"), [(4, "b/(overall)"), (2, "b/x")])
def test_the_overall_score_is_the_order_of_a_board_if_most_models_have_one(with_overall: int, benchmark: str) -> None:
    rows = [(f"m{m}", "b/x", False) for m in range(4)] + [(f"m{m}", "b/(overall)", True) for m in range(with_overall)]
    found = hidden_boards.own_order(pl.DataFrame(rows, schema=["model_id", "benchmark", "is_overall"], orient="row"))
    assert found["benchmark"].unique().to_list() == [benchmark]


def test_too_few_rated_models_give_no_row() -> None:
    frame = simulate.simulated_boards("at_random", 3).scores
    calibration = calibrate(frame, draws=2)
    few = frame.filter(pl.col("model_id").is_in(frame["model_id"].unique().sort().head(20).implode()))
    one = few.filter(board=str(few["board"].min()))
    assert hidden_boards.compare(one, frame, calibration, abilities(frame, calibration), seed=0) is None
