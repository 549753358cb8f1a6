"""Outliers: unusual scores are found by size, date and the model's other scores; few are by chance; no cause is given."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from aggregator.ranking import Calibration, calibrate, outliers
from aggregator.ranking.unusual import FEWEST, MOST, false_discovery_q_values, tail_degrees_of_freedom
from tests.support.simulate import scores_by_size, simulated_boards


def test_a_planted_score_is_found_with_its_window_and_a_factual_sentence() -> None:
    scores, facts = scores_by_size()
    planted = scores.with_columns(score=pl.when(model_id="m007").then(0.95).otherwise("score"))
    found = outliers(planted, facts)
    row = found.row(0, named=True)
    assert (row["model_id"], row["direction"], row["kind_group"]) == ("m007", "high", "tuned")
    assert row["reasons"] == ["size"]
    assert row["reason"].startswith("unusually high for its size: 0.95 where")
    assert row["n_window"] >= 30
    assert row["window_low_b"] <= facts.filter(model_id="m007")["params_b"].item() <= row["window_high_b"]
    assert not any(word in sentence for sentence in found["reason"] for word in ("contaminat", "cheat", "leak"))


def test_few_scores_are_listed_when_none_is_unusual() -> None:
    assert sum(outliers(*scores_by_size(seed=seed)).height for seed in range(10)) <= 3


def test_a_large_model_is_not_an_outlier_for_being_better_than_small_ones() -> None:
    scores, facts = scores_by_size()
    assert outliers(scores, facts).filter(pl.col("robust_z") > 0).is_empty()


def test_a_model_is_compared_with_models_of_its_kind_only() -> None:
    scores, facts = scores_by_size()
    renamed = (pl.lit("base/") + pl.col("model_id")).alias("model_id")
    bases = scores.with_columns(renamed, score=pl.col("score") - 0.15)
    base_facts = facts.with_columns(renamed, kind=pl.lit("pretrained"))
    together = outliers(pl.concat([scores, bases]), pl.concat([facts, base_facts]))
    assert together.height <= 2


def test_fewer_than_thirty_models_give_no_outliers() -> None:
    scores, facts = scores_by_size(20)
    planted = scores.with_columns(score=pl.when(model_id="m007").then(50.0).otherwise("score"))
    assert outliers(planted, facts).is_empty()


def test_high_means_better_where_less_is_better() -> None:
    scores, facts = scores_by_size()
    errors = scores.with_columns(score=1 - pl.col("score"), higher_is_better=pl.lit(value=False))
    planted = errors.with_columns(score=pl.when(model_id="m007").then(0.02).otherwise("score"))
    row = outliers(planted, facts).row(0, named=True)
    assert (row["model_id"], row["direction"]) == ("m007", "high")
    assert row["robust_z"] > 0
    assert row["usual"] > row["score"]


def dated_boards(*, newest: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return scores of models of one size that rise with the year, and facts; `newest` is the best and newest one."""
    rng = np.random.default_rng(0)
    names = [f"m{at:03}" for at in range(240)]
    year = np.repeat([0, 1, 2], 80)
    score = 0.3 + 0.2 * year + rng.normal(0, 0.02, len(names))
    days = [date(2022, 1, 1) + timedelta(days=int(365 * at + rng.integers(0, 90))) for at in year]
    scores = pl.DataFrame({"model_id": names, "board": "b", "benchmark": "b/x", "score": score})
    facts = pl.DataFrame({"model_id": names, "kind": "chat", "params_b": 7.0, "released_on": days})
    return scores, facts.with_columns(
        released_on=pl.when(model_id=newest).then(date(2024, 12, 31)).otherwise("released_on")
    )


def test_a_model_is_compared_with_models_of_about_its_date() -> None:
    scores, facts = dated_boards(newest="none")
    # Usual in 2024, but far above the models of 2022.
    planted = scores.with_columns(score=pl.when(model_id="m007").then(0.7).otherwise("score"))
    row = outliers(planted, facts).row(0, named=True)
    assert (row["model_id"], row["direction"]) == ("m007", "high")
    assert (row["window_first_on"].year, row["window_last_on"].year) == (2022, 2022)
    assert "released 2022-01 to 2022-03" in row["reason"]


def test_the_newest_model_is_not_unusual_for_being_better_than_old_ones() -> None:
    scores, facts = dated_boards(newest="m007")
    old = scores.filter(pl.col("model_id") < "m080")
    planted = old.with_columns(score=pl.when(model_id="m007").then(0.7).otherwise("score"))
    assert outliers(planted, facts).is_empty()
    # Without a date it is compared with all of its size.
    undated = facts.with_columns(released_on=pl.when(model_id="m007").then(None).otherwise("released_on"))
    assert outliers(planted, undated)["model_id"].to_list() == ["m007"]


@pytest.mark.parametrize("column", ["base_model", "family"])
def test_a_fine_tuned_model_of_a_strong_base_is_not_unusual(column: str) -> None:
    scores, facts = scores_by_size()
    strong = scores.with_columns(
        score=pl.when(pl.col("model_id").is_in(["m007", "m008"])).then(0.95).otherwise("score")
    )
    base = pl.when(model_id="m007").then(pl.lit("m008")).otherwise(None).alias(column)
    assert set(outliers(strong, facts)["model_id"]) == {"m007", "m008"}
    assert outliers(strong, facts.with_columns(base))["model_id"].to_list() == ["m008"]


@pytest.fixture(scope="module")
def calibrated() -> tuple[pl.DataFrame, pl.DataFrame, Calibration]:
    boards = simulated_boards("at_random", 3, models=300)
    facts = pl.DataFrame({"model_id": list(boards.ability), "kind": "chat", "params_b": None})
    return boards.scores, facts, calibrate(boards.scores, draws=2, seed=0)


def test_a_score_above_what_the_other_scores_predict_is_found_without_a_size(
    calibrated: tuple[pl.DataFrame, pl.DataFrame, Calibration],
) -> None:
    scores, facts, calibration = calibrated
    ordered = scores.filter(benchmark="b00").sort("score")
    planted_at = ordered["model_id"][20]
    is_planted = (pl.col("model_id") == planted_at) & (pl.col("benchmark") == "b00")
    planted = scores.with_columns(score=pl.when(is_planted).then(0.99).otherwise("score"))
    row = outliers(planted, facts, calibration).row(0, named=True)
    assert (row["model_id"], row["benchmark"], row["direction"]) == (planted_at, "board_0/b00", "high")
    assert row["reasons"] == ["other_scores"]
    assert row["predicted_low"] <= row["predicted"] <= row["predicted_high"] < row["score"]
    assert row["other_scores"] == scores.filter(model_id=planted_at).height - 1
    assert row["reason"].startswith("higher than its other scores predict: 0.99 where")


def test_a_board_above_what_the_other_boards_predict_is_one_row(
    calibrated: tuple[pl.DataFrame, pl.DataFrame, Calibration],
) -> None:
    scores, facts, calibration = calibrated
    counts = scores.group_by("model_id").agg(pl.col("board").n_unique().alias("boards"), pl.col("score").mean())
    weak = counts.filter(boards=3).sort("score")["model_id"][5]
    is_planted = (pl.col("model_id") == weak) & (pl.col("board") == "board_1")
    planted = scores.with_columns(score=pl.when(is_planted).then(0.97).otherwise("score"))
    rows = outliers(planted, facts, calibration).filter(model_id=weak, direction="high")
    board = rows.filter(benchmark="board_1").row(0, named=True)
    assert board["reasons"] == ["other_boards"]
    assert board["other_boards"] == 2
    assert board["score"] > board["predicted_high"]
    assert "higher than its other boards predict: ability" in board["reason"]


def test_few_scores_are_far_from_their_prediction_by_chance(
    calibrated: tuple[pl.DataFrame, pl.DataFrame, Calibration],
) -> None:
    scores, facts, calibration = calibrated
    assert outliers(scores, facts, calibration).height <= 3


def test_both_reasons_are_on_one_row() -> None:
    rng = np.random.default_rng(0)
    names, benchmarks = [f"m{at:03}" for at in range(200)], [f"{board}/{part}" for board in "xy" for part in "abc"]
    value = expit(0.2 * rng.standard_normal((200, 1)) + 0.15 * rng.standard_normal((200, 6)))
    value[7, 0] = 0.99
    scores = pl.DataFrame({"model_id": np.repeat(names, 6), "benchmark": benchmarks * 200, "score": value.ravel()})
    facts = pl.DataFrame({"model_id": names, "kind": "chat", "params_b": 7.0})
    row = outliers(scores, facts, calibrate(scores, draws=2, seed=0)).row(0, named=True)
    assert (row["model_id"], row["benchmark"], row["direction"]) == ("m007", "x/a", "high")
    assert row["reasons"] == ["size", "other_scores"]
    assert "for its size" in row["reason"]
    assert "other scores predict" in row["reason"]


def test_failed_scores_do_not_make_the_others_unusual(
    calibrated: tuple[pl.DataFrame, pl.DataFrame, Calibration],
) -> None:
    scores, facts, calibration = calibrated
    strong = scores.group_by("model_id").agg(pl.len(), pl.col("score").mean()).filter(pl.col("len") >= 8).sort("score")
    model = strong["model_id"][-3]
    kept = scores.filter(model_id=model)["benchmark"].sort()[:2].to_list()
    is_failed = (pl.col("model_id") == model) & ~pl.col("benchmark").is_in(kept)
    failed = scores.with_columns(score=pl.when(is_failed).then(0.0).otherwise("score"))
    assert outliers(failed, facts, calibration).filter(model_id=model, direction="high").is_empty()


def test_the_measured_tail_follows_the_upper_half_alone() -> None:
    rng = np.random.default_rng(0)
    normal, heavy = rng.standard_normal(20_000), rng.standard_t(5, 20_000)
    assert tail_degrees_of_freedom(normal) > 15
    assert tail_degrees_of_freedom(heavy) < 8
    broken = np.r_[normal, np.full(300, -40.0)]
    assert tail_degrees_of_freedom(broken) == pytest.approx(tail_degrees_of_freedom(normal), rel=0.4)
    assert FEWEST <= tail_degrees_of_freedom(normal[:50]) <= MOST
    assert tail_degrees_of_freedom(normal[:50]) == FEWEST


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    p_values = np.array([0.01, 0.04, 0.03, np.nan, 0.5])
    np.testing.assert_allclose(false_discovery_q_values(p_values), [0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, np.nan, 0.5])
