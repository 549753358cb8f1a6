"""Mean win rate, compared with the column that HELM publishes."""

from pathlib import Path

import polars as pl

from aggregator.ranking import rank

HELM = Path(__file__).with_name("helm_accuracy.tsv")
"""HELM Classic, accuracy: 67 models × 16 scenarios and the published mean win rate (Stanford CRFM, Apache-2.0)."""
MAX_MEAN_ERROR = 0.0025
"""HELM computes the rates from more decimals than the three that it publishes, which changes ties."""


def test_the_mean_win_rate_is_that_of_helm() -> None:
    published = pl.read_csv(HELM, separator="\t", schema_overrides={"mean_win_rate": pl.Float64})
    columns = [name for name in published.columns if name not in {"model_id", "mean_win_rate"}]
    scores = published.unpivot(columns, index="model_id", variable_name="benchmark", value_name="score").drop_nulls()
    ours = rank(scores, "mean_win_rate", draws=2).join(published, on="model_id")
    assert ours.height == published.height
    assert (ours["score"] - ours["mean_win_rate"]).abs().mean() <= MAX_MEAN_ERROR  # type: ignore[operator] # a Series can hold any type
