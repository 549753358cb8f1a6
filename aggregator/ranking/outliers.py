"""Outliers: scores that are unusual for a model's size and kind. No cause is given."""

import numpy as np
import polars as pl
from scipy.stats import t as student_t

from aggregator.ranking.arrays import Floats
from aggregator.ranking.median import median
from aggregator.ranking.normal import DEVIATION_PER_MAD
from aggregator.ranking.optional_columns import cast_or_null
from aggregator.ranking.score_matrix import clean_scores
from aggregator.ranking.size_window import size_windows
from aggregator.text_columns import fill_in

FALSE_DISCOVERY_RATE = 0.05
"""Expected share of the listed scores that are not unusual (Benjamini & Hochberg 1995), per benchmark and kind."""
DEGREES_OF_FREEDOM = 5
"""Of the t distribution of robust z-scores: scores of models have heavier tails than a normal distribution."""
KIND_GROUPS = {
    "pretrained": "pretrained",
    "continuously_pretrained": "pretrained",
    "merge": "merge",
    "fine_tuned": "tuned",
    "chat": "tuned",
    "multimodal": "tuned",
    "other": "tuned",
}

SCHEMA = {
    "model_id": pl.String,
    "benchmark": pl.String,
    "kind_group": pl.String,
    "direction": pl.String,
    "score": pl.Float64,
    "usual": pl.Float64,
    "robust_z": pl.Float64,
    "q_value": pl.Float64,
    "n_window": pl.Int64,
    "window_low_b": pl.Float64,
    "window_high_b": pl.Float64,
    "reason": pl.String,
}


def outliers(scores: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """List scores far from those of models of similar size and the same kind.

    `scores` as for `rank`; `facts` is `(model_id, kind, params_b[, merged])`, kinds as in `aggregator.model.Kind`.
    Models without a known size or kind are left out, as are windows of fewer than thirty models. Returns one row per
    unusual score, high ones first: `model_id, benchmark, kind_group` (`pretrained`, `tuned` or `merge`), `direction`
    (`high` or `low`), `score`, `usual` (median of the window), `robust_z` (distance in 1.4826 × median absolute
    deviation), `q_value`, `n_window`, the smallest and largest size of the window in billions, and `reason`, a
    sentence. Do not mix it into a ranking: it lists scores to check, whatever their cause.
    """
    table = (
        clean_scores(scores)
        .group_by("model_id", "benchmark")
        .agg(pl.col("score").mean())
        .join(_sizes_and_kinds(facts), on="model_id")
        .drop_nulls()
        .sort("benchmark", "kind_group", "model_id")
    )
    parts = [_unusual_scores(part) for part in table.partition_by("benchmark", "kind_group", maintain_order=True)]
    found = pl.concat([part for part in parts if part.height] or [pl.DataFrame(schema=SCHEMA)])
    return found.sort(
        "direction", pl.col("robust_z").abs(), "model_id", "benchmark", descending=[False, True, False, False]
    )


def _sizes_and_kinds(facts: pl.DataFrame) -> pl.DataFrame:
    """Return `model_id, params_b, kind_group`, one row per model."""
    kind_group = pl.col("kind").replace_strict(KIND_GROUPS, default=None)
    return (
        facts.with_columns(cast_or_null(facts, {"merged": pl.Boolean}))
        .select(
            "model_id",
            pl.col("params_b").cast(pl.Float64),
            pl.when(pl.col("merged")).then(pl.lit("merge")).otherwise(kind_group).alias("kind_group"),
        )
        .unique("model_id", keep="first")
    )


def _unusual_scores(part: pl.DataFrame) -> pl.DataFrame:
    """Return the unusual scores of one benchmark and kind group, with the columns of `SCHEMA`."""
    score, size = part["score"].to_numpy(), part["params_b"].to_numpy()
    z, usual, count, low, high = (np.full(score.size, np.nan) for _ in range(5))
    for mine, window in size_windows(size):
        compared = score[window]
        centre = median(compared)
        deviation = DEVIATION_PER_MAD * median(np.abs(compared - centre))
        if deviation > 0:
            z[mine] = (score[mine] - centre) / deviation
            usual[mine], count[mine] = centre, window.size
            # The window is in the order of size.
            low[mine], high[mine] = size[window[0]], size[window[-1]]
    q_value = false_discovery_q_values(2 * student_t.sf(np.abs(z), DEGREES_OF_FREEDOM))
    unusual = np.flatnonzero(q_value <= FALSE_DISCOVERY_RATE)
    frame = part[unusual].with_columns(
        direction=pl.Series(np.where(z[unusual] > 0, "high", "low"), dtype=pl.String),
        usual=usual[unusual],
        robust_z=z[unusual],
        q_value=q_value[unusual],
        n_window=count[unusual],
        window_low_b=low[unusual],
        window_high_b=high[unusual],
    )
    return frame.with_columns(reason=_reason()).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _reason() -> pl.Expr:
    return fill_in(
        "unusually {} for its size: {} where {} {} models of {}-{} B have a median of {}",
        "direction",
        _three_digits(pl.col("score")),
        pl.col("n_window").cast(pl.Int64),
        pl.col("kind_group"),
        _three_digits(pl.col("window_low_b")),
        _three_digits(pl.col("window_high_b")),
        _three_digits(pl.col("usual")),
    )


def _three_digits(number: pl.Expr) -> pl.Expr:
    return number.round_sig_figs(3).cast(pl.String).str.strip_suffix(".0")


def false_discovery_q_values(p_values: Floats) -> Floats:
    """Return Benjamini-Hochberg q-values; NaN stays NaN and does not count.

    `scipy.stats.false_discovery_control` takes no NaN and rounds differently in the last digit.
    """
    q_values = np.full(p_values.size, np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    if order.size:
        raw = p_values[order] * order.size / np.arange(1, order.size + 1)
        q_values[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q_values
