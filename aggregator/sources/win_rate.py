"""Mean win rate over the benchmarks of one leaderboard: the share of other models that a model beats."""

import polars as pl

MIN_BENCHMARKS = 2
"""A model with fewer benchmarks has no rank: one lucky benchmark is no order."""
MIN_MODELS = 5
"""A benchmark with fewer models does not count."""


def mean_win_rates(scores: pl.DataFrame, benchmarks: pl.DataFrame) -> pl.DataFrame:
    """Return `(raw_name, board_score)`: the mean win rate 0–1, null with fewer than `MIN_BENCHMARKS` benchmarks.

    A tie counts half, as in HELM (Liang et al. 2022). `scores` is SCORES, `benchmarks` BENCHMARKS of one source.
    """
    up = scores.join(benchmarks.select("benchmark", "higher_is_better"), on="benchmark", how="left")
    oriented = pl.when(pl.col("higher_is_better")).then(pl.col("score")).otherwise(-pl.col("score"))
    n = pl.len().over("benchmark")
    rates = up.filter(n >= MIN_MODELS).with_columns(
        rate=(oriented.rank("average").over("benchmark") - 1) / (pl.len().over("benchmark") - 1)
    )
    return (
        rates.group_by("raw_name")
        .agg(board_score=pl.when(pl.len() >= MIN_BENCHMARKS).then(pl.col("rate").mean()))
        .sort("raw_name")
    )
