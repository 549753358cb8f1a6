"""Adding boards to a frozen calibration: no present model moves, and the new ones are measured about as a new fit does."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aggregator.ranking import Calibration, calibrate
from aggregator.ranking.ability import Abilities, abilities
from aggregator.ranking.arrays import Floats
from aggregator.ranking.extend import MIN_SHARED, TooFewSharedError, extend, shared_models
from tests.support import simulate

BOUND = 1e-9
"""The most that an addition may move a present model."""


@pytest.fixture(scope="module")
def boards() -> simulate.SimulatedBoards:
    """Return four boards; each model is on one of them, a tenth on all."""
    return simulate.simulated_boards("newer_board", 3, models=500, boards=4)


@pytest.fixture(scope="module")
def calibrated(boards: simulate.SimulatedBoards) -> Calibration:
    return calibrate(boards.scores.filter(pl.col("board") != "board_3"), draws=simulate.DRAWS)


@pytest.fixture(scope="module")
def extended(boards: simulate.SimulatedBoards, calibrated: Calibration) -> Calibration:
    return extend(calibrated, boards.scores)


def rows_of(found: Abilities, models: tuple[str, ...]) -> list[int]:
    position = {name: row for row, name in enumerate(found.models)}
    return [position[name] for name in models]


def largest_move(before: Abilities, after: Abilities) -> float:
    """Return the largest move of an ability, an end of an interval or a draw of the models of `before`."""
    rows = rows_of(after, before.models)
    moves = [
        before.point - after.point[rows],
        before.uncertain.total_deviation - after.uncertain.total_deviation[rows],
        before.draws - after.draws[rows],
    ]
    return max(float(np.abs(move).max()) for move in moves)


def test_an_added_board_moves_no_model_that_the_calibration_measures(
    boards: simulate.SimulatedBoards, calibrated: Calibration, extended: Calibration
) -> None:
    before, after = abilities(boards.scores, calibrated), abilities(boards.scores, extended)
    assert largest_move(before, after) <= BOUND
    rows = rows_of(after, before.models)
    assert [after.evidence[row] for row in rows] == list(before.evidence)
    assert np.array_equal(after.coverage[rows], before.coverage)
    assert len(after.models) > len(before.models)


@pytest.fixture(scope="module")
def both(
    boards: simulate.SimulatedBoards, calibrated: Calibration, extended: Calibration
) -> tuple[Abilities, list[int], Floats, Floats]:
    """Return the abilities after the addition, the rows of the new models, and ability and deviation by a new fit.

    The new fit has another cohort, so its scale is matched to the other one on the models that both calibrations have.
    """
    known = set(abilities(boards.scores, calibrated).models)
    after = abilities(boards.scores, extended)
    anew = abilities(boards.scores, calibrate(boards.scores, draws=simulate.DRAWS))
    rows = rows_of(anew, after.models)
    old = [row for row, name in enumerate(after.models) if name in known]
    slope, start = np.polyfit(anew.point[rows][old], after.point[old], 1)
    new = [row for row, name in enumerate(after.models) if name not in known]
    assert len(new) > 50
    return after, new, start + slope * anew.point[rows][new], slope * anew.uncertain.total_deviation[rows][new]


def test_models_of_the_added_board_alone_are_measured_about_as_by_a_new_fit(
    boards: simulate.SimulatedBoards, both: tuple[Abilities, list[int], Floats, Floats]
) -> None:
    after, new, anew, _ = both
    truth = [boards.ability[after.models[row]] for row in new]
    assert np.abs(after.point[new] - anew).mean() < 15
    assert np.corrcoef(truth, after.point[new])[0, 1] > 0.98 * np.corrcoef(truth, anew)[0, 1]


def test_the_interval_of_a_model_on_an_added_board_is_no_narrower_than_by_a_new_fit(
    both: tuple[Abilities, list[int], Floats, Floats],
) -> None:
    after, new, _, deviation = both
    assert after.uncertain.total_deviation[new].mean() > 0.95 * deviation.mean()


def test_a_second_addition_moves_no_model_of_the_first_one(boards: simulate.SimulatedBoards) -> None:
    first_two = boards.scores.filter(pl.col("board").is_in(["board_0", "board_1"]))
    calibrated = calibrate(first_two, draws=simulate.DRAWS)
    once = extend(calibrated, boards.scores, boards=["board_2"])
    twice = extend(once, boards.scores)
    assert twice.boards == ("board_0", "board_1", "board_2", "board_3")
    assert largest_move(abilities(boards.scores, once), abilities(boards.scores, twice)) <= BOUND


def test_new_benchmarks_of_a_calibrated_board_measure_only_models_without_another_score(
    boards: simulate.SimulatedBoards,
) -> None:
    later = pl.col("benchmark").is_in(["b03", "b04"])
    # Some models have the later benchmarks of board 0 alone.
    alone = pl.col("model_id").is_in([f"m{m:04}" for m in range(0, 500, 7)])
    scores = boards.scores.filter(~(alone & ~later & (pl.col("board") == "board_0")))
    calibrated = calibrate(scores.filter(~later), draws=simulate.DRAWS)
    extended = extend(calibrated, scores)
    assert extended.boards == (*calibrated.boards, "board_0+1")
    assert extended.benchmarks[-2:] == ("board_0/b03", "board_0/b04")
    before, after = abilities(scores, calibrated), abilities(scores, extended)
    assert largest_move(before, after) <= BOUND
    own = calibrated.boards.index("board_0")
    variance = [draw.parameters.board_variance for draw in extended.draws]
    assert all(one[-1] == one[own] for one in variance)
    new = [row for row, name in enumerate(after.models) if name not in set(before.models)]
    truth = [boards.ability[after.models[row]] for row in new]
    assert np.corrcoef(truth, after.point[new])[0, 1] > 0.7


def test_a_board_with_an_overall_score_is_measured_by_it(boards: simulate.SimulatedBoards) -> None:
    added = boards.scores.filter(pl.col("board") == "board_3")
    mean = added.group_by("model_id", "board").agg(pl.col("score").mean()).with_columns(benchmark=pl.lit("(overall)"))
    whole = mean.select(added.columns).with_columns(is_overall=True)
    scores = pl.concat([boards.scores.with_columns(is_overall=False), whole])
    calibrated = calibrate(scores.filter(pl.col("board") != "board_3"), draws=simulate.DRAWS)
    extended = extend(calibrated, scores)
    after = abilities(scores, extended)
    new = [name for name in after.models if name not in set(abilities(scores, calibrated).models)]
    point = pl.DataFrame({"model_id": list(after.models), "ability": after.point})
    ordered = whole.filter(pl.col("model_id").is_in(new)).join(point, on="model_id").sort("score")["ability"]
    assert extended.benchmarks[-1] == "board_3/(overall)"
    assert len(new) > 50
    assert np.mean(np.diff(ordered.to_numpy()) > 0) > 0.97


def test_a_board_that_shares_too_few_models_is_refused_with_its_name_and_count(
    boards: simulate.SimulatedBoards, calibrated: Calibration
) -> None:
    rare = boards.scores.filter(pl.col("board") == "board_0").select("model_id").unique().sort("model_id").head(4)
    small = rare.with_columns(board=pl.lit("tiny"), benchmark=pl.lit("t0"), score=pl.int_range(pl.len()) / 10)
    scores = pl.concat([boards.scores, small.select(boards.scores.columns)])
    assert shared_models(calibrated, scores)["tiny"] == 4
    with pytest.raises(TooFewSharedError, match=rf"tiny shares 4 models .* at least {MIN_SHARED}") as refused:
        extend(calibrated, scores, boards=["tiny"])
    assert (refused.value.board, refused.value.shared) == ("tiny", 4)


def test_nothing_to_add_gives_the_same_calibration(boards: simulate.SimulatedBoards, extended: Calibration) -> None:
    assert extend(extended, boards.scores) is extended
    assert shared_models(extended, boards.scores) == {}


def test_an_extended_calibration_scores_the_same_after_it_was_stored(
    boards: simulate.SimulatedBoards, extended: Calibration, tmp_path: Path
) -> None:
    extended.save(tmp_path / "extended.npz")
    loaded = Calibration.load(tmp_path / "extended.npz")
    assert loaded.layers == extended.layers
    assert np.array_equal(abilities(boards.scores, loaded).draws, abilities(boards.scores, extended).draws)


def test_an_addition_allows_for_the_drift_of_a_linear_scale() -> None:
    drawn = simulate.simulated_boards("newer_board", 5, models=400, boards=3, shares=False)
    calibrated = calibrate(drawn.scores.filter(pl.col("board") != "board_2"), draws=simulate.DRAWS)
    moved = drawn.scores.with_columns(
        score=pl.when(pl.col("board") == "board_0").then(pl.col("score") + 7).otherwise("score")
    )
    then, now = extend(calibrated, drawn.scores).point.parameters, extend(calibrated, moved).point.parameters
    assert np.allclose(then.intercept[-5:], now.intercept[-5:], atol=1e-6)
