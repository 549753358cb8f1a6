"""Scores that are unusual for a model's size and kind. Unusual is all that is said: not why."""

import numpy as np
import polars as pl
from scipy.stats import t as student

from aggregator.ranking.score_matrix import Floats, tidy
from aggregator.ranking.size_window import same_size

FALSE_DISCOVERIES = 0.05
"""Expected share of the rows that are not unusual after all (Benjamini & Hochberg 1995), within each benchmark and kind."""
TAILS = 5
"""Degrees of freedom of the reference: scores of models scatter wider than a normal."""
GROUPS = {
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
    """List scores far from those of models of about the same size and the same kind.

    `scores` as for `rank`; `facts` is `(model_id, kind, params_b[, merged])`, kinds as in
    `aggregator.model.Kind`. Models without a known size or kind are not judged, nor are windows of
    fewer than thirty models. Returns one row per unusual score: high ones first: `model_id, benchmark, kind_group`
    (`pretrained`, `tuned` or `merge`), `direction` (`high` or `low`), `score`, `usual` (the window's median),
    `robust_z` (distance in 1.4826 × median absolute deviation), `q_value`, `n_window`, the window's
    sizes in billions, and `reason`, a sentence. Best hidden from a ranking: it is a list to look into,
    not a verdict on how a score came about.
    """
    merged = pl.col("merged").fill_null(value=False) if "merged" in facts.columns else pl.lit(value=False)
    kinds = facts.select(
        "model_id",
        pl.col("params_b").cast(pl.Float64),
        pl.when(merged)
        .then(pl.lit("merge"))
        .otherwise(pl.col("kind").replace_strict(GROUPS, default=None))
        .alias("kind_group"),
    ).unique("model_id", keep="first")
    table = (
        tidy(scores)
        .group_by("model_id", "benchmark")
        .agg(pl.col("score").mean())
        .join(kinds, on="model_id")
        .drop_nulls()
        .sort("benchmark", "kind_group", "model_id")
    )
    parts = [_judge(part) for part in table.partition_by("benchmark", "kind_group", maintain_order=True)]
    found = pl.concat([part for part in parts if part.height] or [pl.DataFrame(schema=SCHEMA)])
    return found.sort(
        "direction", pl.col("robust_z").abs(), "model_id", "benchmark", descending=[False, True, False, False]
    )


def _judge(part: pl.DataFrame) -> pl.DataFrame:
    score, size = part["score"].to_numpy(), part["params_b"].to_numpy()
    z, usual, count, low, high = (np.full(score.size, np.nan) for _ in range(5))
    for mine, window in same_size(size):
        median = np.median(score[window])
        scatter = 1.4826 * np.median(np.abs(score[window] - median))
        if scatter > 0:
            z[mine] = (score[mine] - median) / scatter
            usual[mine], count[mine] = median, window.size
            low[mine], high[mine] = size[window].min(), size[window].max()
    q_value = false_discovery(2 * student.sf(np.abs(z), TAILS))
    unusual = np.flatnonzero(q_value <= FALSE_DISCOVERIES)
    frame = (
        part[unusual]
        .select("model_id", "benchmark", "kind_group", "score")
        .with_columns(
            direction=pl.Series(np.where(z[unusual] > 0, "high", "low"), dtype=pl.String),
            usual=usual[unusual],
            robust_z=z[unusual],
            q_value=q_value[unusual],
            n_window=count[unusual],
            window_low_b=low[unusual],
            window_high_b=high[unusual],
        )
    )
    return frame.with_columns(reason=_reason()).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _reason() -> pl.Expr:
    return pl.format(
        "unusually {} for its size: {} where {} {} models of {}-{} B have a median of {}",
        "direction",
        _short(pl.col("score")),
        pl.col("n_window").cast(pl.Int64),
        pl.col("kind_group"),
        _short(pl.col("window_low_b")),
        _short(pl.col("window_high_b")),
        _short(pl.col("usual")),
    )


def _short(number: pl.Expr) -> pl.Expr:
    return number.round_sig_figs(3).cast(pl.String).str.strip_suffix(".0")


def false_discovery(p_values: Floats) -> Floats:
    """Return Benjamini-Hochberg q-values; NaN stays NaN and is not counted."""
    q_values = np.full(p_values.size, np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    if order.size:
        raw = p_values[order] * order.size / np.arange(1, order.size + 1)
        q_values[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q_values
