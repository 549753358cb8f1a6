"""Drift of a scale without fixed ends (an Arena rating) since calibration, measured on the reference cohort.

Common-item linking of psychometrics (Kolen & Brennan 2014), with the models of the cohort as the common items.
"""

import numpy as np
import polars as pl
from scipy.stats import median_abs_deviation

from aggregator.ranking.calibration import Calibration
from aggregator.ranking.score_matrix import clean_scores

MIN_MODELS = 10
"""Fewest cohort models with scores on both dates for a shift."""
SCHEMA = {"benchmark": pl.String, "shift": pl.Float64, "n_models": pl.Int64, "spread": pl.Float64}


def link_shifts(scores: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    """Return `benchmark, shift, n_models, spread` of every benchmark whose scale has no fixed ends.

    `shift` is the median change of the cohort's scores in the benchmark's own unit, null with fewer than ten cohort
    models on both dates; `spread` is the median absolute deviation of the changes. Apply the result with
    `Calibration.relinked`, and publish it: it measures a change of the board's scale, not of any model. Raises
    `UsageError` for a malformed frame.
    """
    known = clean_scores(scores).filter(pl.col("model_id").is_in(list(calibration.cohort)))
    now = known.group_by("model_id", "benchmark").agg(pl.col("score").mean())
    rows = []
    for column, position in enumerate(calibration.linear):
        name = calibration.benchmarks[position]
        scores_then = calibration.reference_scores[:, column]
        before = pl.DataFrame({"model_id": list(calibration.cohort), "before": scores_then})
        both = before.filter(pl.col("before").is_finite()).join(now.filter(benchmark=name), on="model_id")
        change = (both["score"] - both["before"]).to_numpy()
        enough = change.size >= MIN_MODELS
        shift = float(np.median(change)) if enough else None
        spread = float(median_abs_deviation(change)) if enough else None
        rows.append((name, shift, change.size, spread))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
