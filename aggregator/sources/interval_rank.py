"""Rank by interval: one plus the number of models whose interval lies wholly above (`RankRule.INTERVAL`)."""

import polars as pl


def count_models_above(rows: pl.DataFrame) -> pl.Series:
    """Return, per row, how many models of its benchmark and date have a low end above the high end of the row.

    `rows` has `benchmark`, `published_on`, `score`, `score_low` and `score_high`. A score without an interval is its
    own interval.
    """
    bounded = rows.select(
        "benchmark",
        "published_on",
        low=pl.coalesce("score_low", "score"),
        high=pl.coalesce("score_high", "score"),
    ).with_row_index("position")
    table = ["benchmark", "published_on"]
    lows = bounded.select(*table, edge="low", is_high=pl.lit(0, dtype=pl.Int8), position=pl.lit(None, dtype=pl.UInt32))
    highs = bounded.select(*table, edge="high", is_high=pl.lit(1, dtype=pl.Int8), position="position")
    # Sorted from the largest edge down, the lows before a high are those above it. A low that equals a high is not
    # above it, so the high comes first.
    sorted_edges = (
        pl.concat([lows, highs])
        .sort([*table, "edge", "is_high"], descending=[False, False, True, True])
        .with_columns(above=pl.col("position").is_null().cum_sum().over(table))
    )
    return sorted_edges.drop_nulls("position").sort("position")["above"]
