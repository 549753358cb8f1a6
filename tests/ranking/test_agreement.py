"""Agreement of leaderboards: correlations are those of SciPy, and their intervals hold."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.stats import kendalltau, spearmanr

from aggregator.ranking import agreement, agreement_over_time


def two_boards(n_models: int, noise: float, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal(n_models)
    rows = []
    for m in range(n_models):
        rows += [
            (f"m{m}", "one", "a", theta[m]),
            (f"m{m}", "two", "b", np.round(theta[m] + noise * rng.standard_normal(), 1)),
        ]
    return pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score"], orient="row")


@pytest.mark.parametrize("n_models", [8, 60, 900])
def test_correlations_are_those_of_scipy_over_the_models_in_common(n_models: int) -> None:
    frame = two_boards(n_models, 0.7)
    alone = pl.DataFrame({"model_id": ["x"], "board": ["one"], "benchmark": ["a"], "score": [9.0]})
    found = agreement(pl.concat([frame, alone])).filter(grain="benchmark").row(0, named=True)
    left, right = (frame.filter(benchmark=name).sort("model_id")["score"].to_numpy() for name in "ab")
    assert found["n_models"] == n_models
    assert found["spearman"] == pytest.approx(spearmanr(left, right).statistic)
    assert found["kendall"] == pytest.approx(kendalltau(left, right).statistic)
    assert found["spearman_low"] <= found["spearman"] <= found["spearman_high"]


def test_intervals_hold_the_true_correlation_about_nine_times_in_ten() -> None:
    inside = []
    true = {
        name: agreement(two_boards(20_000, 0.8)).filter(grain="benchmark")[name].item()
        for name in ("spearman", "kendall")
    }
    for seed in range(1, 301):
        found = agreement(two_boards(60, 0.8, seed)).filter(grain="benchmark").row(0, named=True)
        inside += [found[f"{name}_low"] <= value <= found[f"{name}_high"] for name, value in true.items()]
    assert 0.8 <= np.mean(inside) <= 0.97


def test_pairs_with_fewer_than_five_models_in_common_or_equal_scores_are_left_out() -> None:
    assert agreement(two_boards(4, 0.5)).is_empty()
    flat = two_boards(30, 0.5).with_columns(pl.when(board="one").then(1.0).otherwise("score").alias("score"))
    assert agreement(flat).is_empty()


def test_only_the_given_benchmarks_are_paired() -> None:
    frame = two_boards(30, 0.5)
    third = frame.filter(benchmark="a").with_columns(benchmark=pl.lit("c"))
    everything = pl.concat([frame, third])
    assert agreement(everything).filter(grain="benchmark").height == 3
    assert agreement(everything, benchmarks=["one/a", "two/b"]).filter(grain="benchmark").height == 1


def test_over_time_the_fixed_models_are_those_of_every_date() -> None:
    reference = two_boards(40, 0.0).filter(board="one")
    days = [date(2025, 1, 1), date(2025, 6, 1)]
    history = pl.concat(
        reference.select(
            "model_id", benchmark=pl.lit("arena/overall"), published_on=day, score=pl.col("score") * sign
        ).head(count)
        for day, sign, count in zip(days, (1, -1), (20, 40), strict=True)
    )
    found = agreement_over_time(history, reference).sort("models", "published_on")
    assert found.select("models", "published_on", "n_models").rows() == [
        ("fixed", days[0], 20),
        ("fixed", days[1], 20),
        ("shared", days[0], 20),
        ("shared", days[1], 40),
    ]
    assert found["kendall"].to_list() == pytest.approx([1.0, -1.0, 1.0, -1.0])


def test_over_time_a_board_is_not_compared_with_itself() -> None:
    references = two_boards(40, 0.5)
    history = references.filter(board="one").select(
        "model_id", benchmark=pl.lit("one/overall"), published_on=date(2025, 1, 1), score="score"
    )
    assert agreement_over_time(history, references)["right"].unique().to_list() == ["two"]


def test_a_model_counts_with_three_benchmarks_of_a_large_board() -> None:
    rng = np.random.default_rng(0)
    theta = rng.standard_normal(30)
    rows = [(f"m{m}", "small", "a", theta[m]) for m in range(30)]
    # Each model has 4 of 20 benchmarks.
    rows += [
        (f"m{m}", "large", f"b{at}", theta[m] + 0.1 * rng.standard_normal())
        for m in range(30)
        for at in rng.choice(20, 4, replace=False)
    ]
    frame = pl.DataFrame(rows, schema=["model_id", "board", "benchmark", "score"], orient="row")
    assert agreement(frame, benchmarks=[]).filter(grain="board")["n_models"].to_list() == [30]
