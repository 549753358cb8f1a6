"""Predictions of missing scores, with intervals, from all other scores."""

import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking.estimates import BOARD, TARGET, arena_estimates
from aggregator.ranking.interval import LEVEL
from aggregator.ranking.predictor import fit_predictor
from aggregator.ranking.score_matrix import clean_scores

PREDICTIONS = {
    "model_id": pl.String,
    "board": pl.String,
    "benchmark": pl.String,
    "predicted": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "reason": pl.String,
}


def predict(
    scores: pl.DataFrame, targets: pl.DataFrame, level: float = LEVEL, *, facts: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Predict the scores of `targets` from `scores`, with intervals that hold the score with probability `level`.

    `scores` is as for `rank`: `(model_id, board, benchmark, score[, standard_error, higher_is_better, scale_low,
    scale_high, chance, n_items])`. `targets` is `(model_id, board, benchmark)`. Returns one row per target, in its order:
    `model_id, board, benchmark, predicted, low, high, reason`, on the benchmark's own scale. `reason` is why there is no
    prediction, null where there is one. With `facts` (as for `arena_estimates`), the Arena ratings of models that are only on
    the Open LLM Leaderboard come from `arena_estimates`. Deterministic. Raises `UsageError` when a column is missing, `level` is not
    between 0 and 1, or no score is left.
    """
    if not 0 < level < 1:
        raise UsageError(f"the level of an interval is between 0 and 1, not {level}")
    missing = [name for name in ("model_id", "benchmark") if name not in targets.columns]
    if missing:
        raise UsageError(f"the targets have no column {', '.join(f'`{name}`' for name in missing)}")
    named = _qualified(targets)
    found = fit_predictor(scores).predict(named["model_id"].to_list(), named["qualified"].to_list(), level)
    both = pl.concat([named, found], how="horizontal")
    if facts is not None:
        both = _with_arena_estimates(both, scores, facts, level)
    return both.select(pl.col(name).cast(dtype) for name, dtype in PREDICTIONS.items())


def _with_arena_estimates(
    predictions: pl.DataFrame, scores: pl.DataFrame, facts: pl.DataFrame, level: float
) -> pl.DataFrame:
    """Return the predictions with the Arena ratings of models on the Open LLM Leaderboard alone replaced."""
    boards = clean_scores(scores).group_by("model_id").agg(pl.col("board").unique())
    alone = boards.filter(pl.col("board") == pl.lit([BOARD])).select("model_id")
    try:
        found = arena_estimates(scores, facts, level=level).estimates.join(alone, on="model_id", how="semi")
    except UsageError:
        return predictions
    ends = {"predicted": "estimate", "low": "low", "high": "high", "reason": "reason"}
    estimates = found.select("model_id", *(pl.col(of).alias(f"_{name}") for name, of in ends.items()), _found=pl.lit(1))
    joined = predictions.join(estimates, on="model_id", how="left", maintain_order="left")
    is_case = (pl.col("qualified") == TARGET) & pl.col("_found").is_not_null()
    return joined.with_columns(pl.when(is_case).then(f"_{name}").otherwise(name).alias(name) for name in ends)


def _qualified(targets: pl.DataFrame) -> pl.DataFrame:
    """Return the targets with `qualified`, the name of the benchmark with its board, as the scores have it."""
    if "board" not in targets.columns:
        targets = targets.with_columns(
            board=pl.col("source") if "source" in targets.columns else pl.lit(None, pl.String)
        )
    numbered = targets.select("model_id", "board", "benchmark").with_row_index("_row")
    if numbered.is_empty():
        return numbered.drop("_row").with_columns(qualified=pl.lit(None, pl.String))
    usable = numbered.filter(pl.col("model_id").is_not_null() & pl.col("benchmark").is_not_null())
    if usable.is_empty():
        return numbered.drop("_row").with_columns(qualified=pl.lit(None, pl.String))
    names = clean_scores(usable.with_columns(score=0.0)).select("_row", qualified="benchmark")
    return numbered.join(names, on="_row", how="left", maintain_order="left").drop("_row")
