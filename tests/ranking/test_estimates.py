"""Arena estimates and the Gaussian process behind them."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from aggregator.errors import UsageError
from aggregator.ranking import Estimates, arena_estimates
from aggregator.ranking.gaussian_process import fit, jackknife_plus, kernel

BENCHMARKS = ("ifeval", "bbh", "math", "gpqa", "musr", "mmlu_pro")
TARGET = "arena_text_style_control/overall"


def rated_boards(n_models: int = 130, n_rated: int = 70) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Models whose rating follows their scores and date; the first `n_rated` are rated."""
    rng = np.random.default_rng(2)
    rows, facts = [], []
    for m in range(n_models):
        theta, day = rng.normal(), int(rng.integers(0, 700))
        rows += [
            (f"m{m}", "open_llm_v2", f"open_llm_v2/{b}", 0.35 + 0.6 / (1 + np.exp(-theta - rng.normal(0, 0.3))))
            for b in BENCHMARKS
        ]
        if m < n_rated:
            rows.append((f"m{m}", "arena_text_style_control", TARGET, 1150 + 60 * theta + day / 10 + rng.normal(0, 15)))
        released = date(2023, 6, 1) + timedelta(days=day)
        facts.append((f"m{m}", "chat", float(np.exp(1.5 + 0.4 * theta)), released, True, False, False))
    scores = pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score"], orient="row")
    columns = ["model_id", "kind", "params_b", "released_on", "chat_template", "merged", "flagged"]
    return scores, pl.DataFrame(facts, schema=columns, orient="row")


@pytest.fixture(scope="module")
def found() -> Estimates:
    return arena_estimates(*rated_boards())


def test_every_unrated_model_has_an_estimate_inside_its_interval_or_a_reason(found: Estimates) -> None:
    table = found.estimates
    assert table.height == 60
    assert table.filter(pl.col("estimate").is_null() != pl.col("reason").is_not_null()).is_empty()
    given = table.drop_nulls("estimate")
    assert given.height > 40
    assert given.filter(~pl.col("estimate").is_between("low", "high")).is_empty()


def test_the_quality_is_measured_on_models_left_out_of_the_fit(found: Estimates) -> None:
    quality = found.quality.row(0, named=True)
    assert quality["n_models"] == 70
    assert 8 < quality["mean_absolute_error"] < 30
    assert 0.82 <= quality["coverage_90"] <= 0.97
    assert quality["r2"] > 0.7


def test_shuffled_ratings_give_a_low_r2_and_intervals_that_still_hold() -> None:
    scores, facts = rated_boards()
    rated = scores.filter(benchmark=TARGET)
    shuffled = rated.with_columns(score=rated["score"].shuffle(seed=1))
    quality = arena_estimates(pl.concat([scores.filter(pl.col("benchmark") != TARGET), shuffled]), facts).quality
    assert quality["r2"].item() < 0.3
    assert quality["coverage_90"].item() > 0.8


REASONS: list[tuple[dict[str, object], str]] = [
    ({"kind": "merge"}, "a merge"),
    ({"merged": True}, "a merge"),
    ({"kind": "pretrained"}, "not a chat model but pretrained"),
    ({"kind": None}, "kind is not known"),
    ({"params_b": -1.0}, "size is not known"),
    ({"params_b": 4000.0}, "size is above that of every rated model"),
    ({"released_on": None}, "release date is not known"),
    ({"released_on": date(2031, 1, 1)}, "release date is above"),
    ({"flagged": True}, "flagged"),
]


def test_a_model_unlike_the_rated_ones_has_a_reason_and_no_estimate() -> None:
    scores, facts = rated_boards()
    for place, (change, _) in enumerate(REASONS):
        facts = facts.with_columns(
            pl.when(model_id=f"m{100 + place}").then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
            for name, value in change.items()
        )
    found = arena_estimates(scores, facts).estimates
    for place, (_, reason) in enumerate(REASONS):
        row = found.filter(model_id=f"m{100 + place}").row(0, named=True)
        assert row["estimate"] is None
        assert reason in row["reason"]


def test_a_model_with_a_score_out_of_range_or_missing_has_no_estimate() -> None:
    scores, facts = rated_boards()
    here = (pl.col("model_id") == "m100") & (pl.col("benchmark") == "open_llm_v2/math")
    low = scores.with_columns(score=pl.when(here).then(0.0).otherwise("score"))
    row = arena_estimates(low, facts).estimates.filter(model_id="m100").row(0, named=True)
    assert row["reason"] == "its math score is below that of every rated model"
    absent = arena_estimates(scores.filter(~here), facts).estimates.filter(model_id="m100").row(0, named=True)
    assert absent["reason"] == "a score is missing"


def test_too_few_rated_models_are_refused() -> None:
    with pytest.raises(UsageError, match="too few"):
        arena_estimates(*rated_boards(n_rated=12))


def test_one_failed_evaluation_does_not_bend_the_fit() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    y = x @ np.array([3.0, -2.0, 1.0]) + rng.normal(0, 0.3, 60)
    broken = y.copy()
    broken[0] += 100
    new = rng.normal(size=(30, 3))
    moved = np.abs(fit(x, broken).predict(new).mean - fit(x, y).predict(new).mean)
    assert moved.mean() < 0.6


def test_leave_one_out_predictions_are_those_of_the_fit_on_the_other_rows() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(25, 2)), rng.normal(size=25)
    process, new = fit(x, y), rng.normal(size=(4, 2))
    means = process.predict_without_each(new).mean
    for row in (0, 11):
        rest = np.arange(25) != row
        covariance = process.prior + np.diag(process.noise_variance)
        weights = np.linalg.solve(covariance[np.ix_(rest, rest)], process.target[rest])
        standardized = kernel(process.standardized(new), process.columns[rest], process.length_scale) @ weights
        np.testing.assert_allclose(means[:, row], process.centre[-1] + process.scale[-1] * standardized)


def test_jackknife_plus_intervals_hold_new_observations() -> None:
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(12):
        x = rng.normal(size=(120, 3))
        y = x[:, 0] + 0.5 * np.sin(x[:, 1]) + rng.normal(0, 0.5, 120)
        interval = jackknife_plus(fit(x[:60], y[:60]), x[60:], 0.9)
        inside.append(((interval.low <= y[60:]) & (y[60:] <= interval.high)).mean())
    assert 0.85 <= np.mean(inside) <= 0.96
