"""Mean win rate over the benchmarks of one leaderboard: the share of other models that a model beats."""

import math

import polars as pl

from aggregator.model import UNRANKED_DOMAINS

MIN_BENCHMARKS, ENOUGH_BENCHMARKS = 2, 3
"""A model has a rank with half of the benchmarks, at least two, or with three of them: one lucky benchmark is no order."""
MIN_MODELS = 5
"""A benchmark with fewer models does not count."""


def mean_win_rates(scores: pl.DataFrame, benchmarks: pl.DataFrame) -> pl.DataFrame:
    """Return `(raw_name, board_score)`: the mean win rate 0–1, null with too few benchmarks.

    A tie counts half, as in HELM (Liang et al. 2022). Benchmarks of `UNRANKED_DOMAINS` are left out. `scores` is SCORES,
    `benchmarks` BENCHMARKS of one source.
    """
    is_unranked = pl.col("domain").is_in([domain.value for domain in UNRANKED_DOMAINS])
    ranked = benchmarks.filter(~is_unranked.fill_null(value=False))
    up = scores.join(ranked.select("benchmark", "higher_is_better"), on="benchmark")
    oriented = pl.when(pl.col("higher_is_better")).then(pl.col("score")).otherwise(-pl.col("score"))
    n = pl.len().over("benchmark")
    rates = up.filter(n >= MIN_MODELS).with_columns(rate=(oriented.rank("average").over("benchmark") - 1) / (n - 1))
    half = math.ceil(rates["benchmark"].n_unique() / 2)
    least = max(MIN_BENCHMARKS, min(ENOUGH_BENCHMARKS, half))
    return (
        rates.group_by("raw_name")
        .agg(board_score=pl.when(pl.len() >= least).then(pl.col("rate").mean()))
        .sort("raw_name")
    )
