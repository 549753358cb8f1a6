"""`compare` gives the probability that the draws of the abilities have, and judges each board by its own errors."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

import aggregator
from aggregator.errors import UsageError
from aggregator.ranking import Calibration, calibrate, compare, rank
from aggregator.ranking.ability import abilities
from aggregator.ranking.further_board import further_board_deviation
from tests.support import simulate


def pairs_of(simulated: simulate.SimulatedBoards, count: int) -> list[tuple[str, str]]:
    """Return pairs of models that both have four scores or more."""
    known = simulated.scores.group_by("model_id").len().filter(pl.col("len") >= 4)["model_id"].sort().to_list()
    chosen = np.random.default_rng(0).choice(len(known), size=(count, 2))
    return [(known[i], known[j]) for i, j in chosen if i != j]


def test_the_probability_is_the_share_of_the_draws_in_which_a_further_board_has_the_first_ahead(
    simulated: simulate.SimulatedBoards, calibration: Calibration
) -> None:
    found = abilities(simulated.scores, calibration)
    place = {name: at for at, name in enumerate(found.models)}
    for a, b in pairs_of(simulated, 30):
        first, second = found.draws[place[a]], found.draws[place[b]]
        # The errors that the two share are the same in one draw; their own ones are independent.
        shared = found.draw_means[place[a]] - found.draw_means[place[b]]
        own = np.hypot(np.std(first - found.draw_means[place[a]]), np.std(second - found.draw_means[place[b]]))
        of_boards = 2**0.5 * further_board_deviation(calibration)
        random = np.random.default_rng(1).standard_normal((400, shared.size)) * np.hypot(own, of_boards)
        centre = found.point[place[a]] - found.point[place[b]]
        expected = np.mean(centre + (shared - shared.mean()) + random > 0)
        assert compare(simulated.scores, a, b, calibration).probability == pytest.approx(expected, abs=0.03)


def test_of_many_pairs_the_probability_is_the_share_that_a_further_board_confirms(
    simulated: simulate.SimulatedBoards, calibration: Calibration
) -> None:
    noise = further_board_deviation(calibration) / 100 * np.std(list(simulated.ability.values()))
    random = np.random.default_rng(2)
    truth = {name: value + noise * random.standard_normal() for name, value in simulated.ability.items()}
    said, right = [], []
    for a, b in pairs_of(simulated, 250):
        found = compare(simulated.scores, a, b, calibration)
        said.append(max(found.probability, 1 - found.probability))
        right.append((found.better == a) == (truth[a] > truth[b]))
    assert np.mean(right) == pytest.approx(np.mean(said), abs=0.06)


def test_the_two_directions_are_complementary_and_other_models_change_nothing(
    simulated: simulate.SimulatedBoards, calibration: Calibration
) -> None:
    (a, b), *_ = pairs_of(simulated, 5)
    found, reverse = (compare(simulated.scores, *pair, calibration) for pair in ((a, b), (b, a)))
    assert found.probability + reverse.probability == pytest.approx(1)
    assert found.better == reverse.better
    alone = simulated.scores.filter(pl.col("model_id").is_in([a, b]))
    assert compare(alone, a, b, calibration).probability == pytest.approx(found.probability)


def frame(**columns: Sequence[object]) -> pl.DataFrame:
    """Return scores of the models a and b on two boards, with more columns."""
    return pl.DataFrame(
        {
            "model_id": ["a", "b"] * 4,
            "board": ["x"] * 6 + ["y"] * 2,
            "benchmark": ["m", "m", "n", "n", "o", "o", "p", "p"],
            "score": [0.6, 0.5, 0.7, 0.4, 0.2, 0.3, 70.0, 90.0],
            **columns,
        }
    )


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    """A calibration of the benchmarks of `frame`."""
    rng = np.random.default_rng(3)
    ability = rng.normal(size=60)
    rows = [
        (f"m{model}", board, benchmark, scale / (1 + np.exp(-ability[model] - rng.normal(0, 0.4))))
        for model in range(60)
        for board, benchmark, scale in (("x", "m", 1), ("x", "n", 1), ("x", "o", 1), ("y", "p", 100))
    ]
    return calibrate(pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score"], orient="row"), draws=20)


def test_a_board_is_judged_by_its_own_errors_or_by_benchmarks_won(fitted: Calibration) -> None:
    errors: Sequence[object] = [0.05] * 6 + [None] * 2
    found = compare(frame(standard_error=errors), "a", "b", fitted).boards
    x, y = found.iter_rows(named=True)
    assert (x["board"], x["basis"], x["ahead"], x["won"], x["lost"]) == ("x", "standard error", "a", 2, 1)
    assert x["probability"] == pytest.approx(0.9929, abs=1e-4)
    assert (y["board"], y["basis"], y["ahead"], y["probability"], y["verdict"]) == (
        "y",
        "no error published",
        "b",
        None,
        None,
    )


def test_intervals_and_items_are_errors_too(fitted: Calibration) -> None:
    scores = frame()["score"]
    intervals = frame(score_low=(scores - 5).to_list(), score_high=(scores + 5).to_list())
    assert compare(intervals, "a", "b", fitted).boards.row(1, named=True)["verdict"] == "told apart"
    items: Sequence[object] = [200] * 8
    assert compare(frame(n_items=items), "a", "b", fitted).boards["basis"].to_list() == [
        "test items",
        "no error published",
    ]


def test_domains_count_the_shared_benchmarks(fitted: Calibration) -> None:
    domains: Sequence[object] = ["math"] * 2 + ["coding"] * 4 + ["math"] * 2
    found = compare(frame(domain=domains), "a", "b", fitted).domains
    assert found is not None
    assert {row["domain"]: (row["won"], row["lost"]) for row in found.iter_rows(named=True)} == {
        "math": (1, 1),
        "coding": (1, 1),
    }
    assert compare(frame(), "a", "b", fitted).domains is None


def test_without_a_calibration_one_is_fitted_and_returned(simulated: simulate.SimulatedBoards) -> None:
    (a, b), *_ = pairs_of(simulated, 5)
    found = compare(simulated.scores, a, b, draws=8)
    assert found.is_fitted
    assert len(found.calibration.draws) == 8
    assert not compare(simulated.scores, a, b, found.calibration).is_fitted


def test_a_missing_model_and_one_model_twice_are_refused(fitted: Calibration) -> None:
    with pytest.raises(UsageError, match="no score of the model `c`"):
        compare(frame(), "a", "c", fitted)
    with pytest.raises(UsageError, match="nothing to compare"):
        compare(frame(), "a", "a", fitted)


def test_compare_is_beside_rank_and_in_the_package() -> None:
    assert aggregator.compare is compare
    assert aggregator.rank is rank
    assert vars(rank)["compare"] is compare
