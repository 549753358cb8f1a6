"""How far a scale without ends (an Arena rating) has moved since the calibration, told by the reference cohort."""

import numpy as np
import polars as pl

from aggregator.ranking.calibration import Calibration
from aggregator.ranking.score_matrix import tidy

ENOUGH = 10
"""Fewest cohort models on both dates for a shift to be believed."""


def link_shifts(scores: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    """Return `benchmark, shift, n_models, spread` of every benchmark whose scale has no two ends.

    `shift` is the median change of the cohort's scores in the benchmark's own unit, null where fewer
    than ten cohort models have a score on both dates; `spread` is the median absolute deviation of
    the changes. Hand the result to `Calibration.relinked`, and publish it: it says what the board did
    to its scale, not what any model did. Raises `UsageError` for a malformed frame.
    """
    known = tidy(scores).filter(pl.col("model_id").is_in(list(calibration.cohort)))
    now = known.group_by("model_id", "benchmark").agg(pl.col("score").mean())
    rows = []
    for column, position in enumerate(calibration.linear):
        name = calibration.benchmarks[position]
        before = pl.DataFrame({"model_id": list(calibration.cohort), "before": calibration.reference[:, column]})
        both = before.filter(pl.col("before").is_finite()).join(now.filter(benchmark=name), on="model_id")
        change = (both["score"] - both["before"]).to_numpy()
        enough = change.size >= ENOUGH
        shift = float(np.median(change)) if enough else None
        spread = float(np.median(np.abs(change - np.median(change)))) if enough else None
        rows.append((name, shift, change.size, spread))
    schema = {"benchmark": pl.String, "shift": pl.Float64, "n_models": pl.Int64, "spread": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
