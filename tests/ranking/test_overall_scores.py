"""The overall score of a leaderboard is what it measures: models on the same boards keep the order of these boards."""

import numpy as np
import polars as pl
import pytest

from aggregator.ranking import calibrate
from aggregator.ranking.ability import abilities
from aggregator.ranking.overall_scores import MIN_MODELS

BENCHMARKS = 4


def boards(seed: int, models: int = 160) -> pl.DataFrame:
    """Return two boards of four benchmarks with an overall score of their own weights; 40 models are on both."""
    generator = np.random.default_rng(seed)
    ability = generator.standard_normal(models)
    rows = []
    for board, (first, last) in {"one": (0, 100), "two": (60, models)}.items():
        weight = generator.dirichlet(np.ones(BENCHMARKS))
        chosen = np.arange(first, last)
        logit = ability[chosen, None] + 0.3 * generator.standard_normal((chosen.size, 1))
        share = 1 / (1 + np.exp(-(logit + 0.6 * generator.standard_normal((chosen.size, BENCHMARKS)))))
        for at, model in enumerate(chosen):
            rows += [
                (f"m{model:03}", board, f"{board}/b{benchmark}", 100 * share[at, benchmark], False)
                for benchmark in range(BENCHMARKS)
            ]
            rows.append((f"m{model:03}", board, f"{board}/(overall)", 100 * float(share[at] @ weight), True))
    columns = {"model_id": pl.String, "board": pl.String, "benchmark": pl.String}
    frame = pl.DataFrame(rows, {**columns, "score": pl.Float64, "is_overall": pl.Boolean}, orient="row")
    return frame.with_columns(scale_low=0.0, scale_high=100.0)


def reversed_pairs(scores: pl.DataFrame, *, with_overall: bool) -> int:
    """Return how many pairs on the same boards have an order against all of these boards."""
    used = scores if with_overall else scores.filter(~pl.col("is_overall"))
    found = abilities(used, calibrate(used, draws=2))
    ability = dict(zip(found.models, found.point, strict=True))
    overall = scores.filter("is_overall").pivot("board", index="model_id", values="score").sort("model_id")
    count = 0
    for _, part in overall.with_columns(key=pl.concat_str(pl.col("one", "two").is_null())).group_by("key"):
        values = part.select(name for name in ("one", "two") if part[name].null_count() == 0).to_numpy()
        mine = np.array([ability[name] for name in part["model_id"]])
        above = (values[:, None, :] > values[None, :, :]).all(axis=2)
        count += int((above & (mine[:, None] < mine[None, :] - 1e-9)).sum())
    return count


@pytest.mark.parametrize("seed", range(3))
def test_models_on_the_same_boards_keep_the_order_of_these_boards(seed: int) -> None:
    scores = boards(seed)
    assert reversed_pairs(scores, with_overall=True) == 0
    # Weights of our own break that order often: the test can fail.
    assert reversed_pairs(scores, with_overall=False) > 50


def test_a_model_without_an_overall_score_is_measured_by_its_benchmarks() -> None:
    scores = boards(1)
    calibration = calibrate(scores, draws=2)
    some = [f"m{at:03}" for at in range(30)]
    without = scores.filter(~(pl.col("is_overall") & pl.col("model_id").is_in(some)))
    whole, partly = abilities(scores, calibration), abilities(without, calibration)
    assert whole.models == partly.models
    difference = np.abs(whole.point - partly.point)
    # Models that keep their overall score do not move; the others move by less than their own error.
    assert difference[30:].max() < 1e-9
    assert 0 < difference[:30].mean() < whole.deviation[:30].mean()


def test_an_overall_score_of_too_few_models_does_not_count() -> None:
    scores = boards(2)
    few = scores.filter(
        ~pl.col("is_overall") | pl.col("model_id").is_in([f"m{at:03}" for at in range(60, 60 + MIN_MODELS - 1)])
    )
    calibration = calibrate(few, draws=2)
    assert not calibration.is_extra.any()
    assert "one/(overall)" not in calibration.benchmarks


def test_an_overall_score_with_a_larger_error_keeps_its_place_and_gets_a_wider_interval() -> None:
    generator = np.random.default_rng(5)
    ability = generator.standard_normal(60)
    rows = [
        (f"m{model:02}", board, f"{board}/rating", 1000 + 100 * value + shift, 5.0)
        for board, shift in (("one", 0.0), ("two", 30.0))
        for model, value in enumerate(ability + 0.2 * generator.standard_normal(60))
    ]
    frame = pl.DataFrame(rows, ["model_id", "board", "benchmark", "score", "standard_error"], orient="row")
    frame = frame.with_columns(is_overall=True)
    calibration = calibrate(frame, draws=2)
    best = frame.group_by("model_id").agg(pl.col("score").mean()).sort("score")["model_id"][-1]
    unsure = frame.with_columns(
        standard_error=pl.when(pl.col("model_id") == best).then(80.0).otherwise("standard_error")
    )
    exact, wide = abilities(frame, calibration), abilities(unsure, calibration)
    at = exact.models.index(best)
    assert wide.point[at] == pytest.approx(exact.point[at])
    assert wide.deviation[at] > 1.5 * exact.deviation[at]
