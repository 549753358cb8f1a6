"""Predict the missing scores of the models on several boards: the tables `predictions` and `prediction_quality`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from aggregator import schema
from aggregator.errors import UsageError
from aggregator.ranking.interval import LEVEL
from aggregator.ranking.prediction_intervals import Effort
from aggregator.ranking.predictor import QUALITY, Predictor, fit_predictor
from aggregator.ranking.score_matrix import score_matrix

MIN_BOARDS, MIN_SCORES = 2, 5
"""Boards and scores of a model in the table `predictions`."""
NIGHTLY = Effort(factors=(1, 4), folds=3, iterations=15, choose_names=False)
"""The default takes seven times as long; its errors are a few percent smaller."""
SIGNIFICANT_DIGITS = 4

PREDICTIONS: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "board": pl.String(),
    "benchmark": pl.String(),
    "predicted": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
}


@dataclass(frozen=True)
class PredictionTables:
    """The rows of both tables."""

    predictions: pl.DataFrame
    quality: pl.DataFrame


def prediction_tables(scores: pl.DataFrame) -> PredictionTables:
    """Return the tables of one track; both are empty where too few models are on several boards.

    `scores` is as for `aggregator.predict`, with `is_unranked`: such models are left out.
    """
    try:
        predictor = nightly_predictor(scores)
    except UsageError:
        return PredictionTables(schema.frame(PREDICTIONS), pl.DataFrame(schema=QUALITY))
    return PredictionTables(_missing_cells(predictor), predictor.quality())


def nightly_predictor(
    scores: pl.DataFrame, effort: Effort = NIGHTLY, *, models: Sequence[str] = (), benchmarks: Sequence[str] = ()
) -> Predictor:
    """Fit a predictor to the main benchmarks of models on several boards, with some more models and benchmarks.

    Raises `UsageError` when there are none.
    """
    is_linked = ~pl.col("is_unranked") & (pl.col("board").n_unique().over("model_id") >= MIN_BOARDS)
    linked = scores.filter(is_linked | pl.col("model_id").is_in(list(models)))
    main = score_matrix(linked).without_categories().benchmarks
    return fit_predictor(linked.filter(pl.col("benchmark").is_in([*main, *benchmarks])), effort)


def _missing_cells(predictor: Predictor) -> pl.DataFrame:
    """Return `PREDICTIONS` of every missing cell that the scores support."""
    matrix = predictor.matrix
    enough = matrix.present.sum(axis=1) >= MIN_SCORES
    row, column = np.nonzero(~matrix.present & enough[:, None])
    numbers, _ = predictor.predict_at(row, column, LEVEL)
    kept = np.isfinite(numbers[:, 0])
    names = {
        "model_id": (matrix.models, row),
        "board": (matrix.boards, column),
        "benchmark": (matrix.benchmarks, column),
    }
    # A gather of a polars series is faster than a list of names.
    cells = {name: pl.Series(values, dtype=pl.String).gather(at[kept]) for name, (values, at) in names.items()}
    ends = pl.DataFrame(numbers[kept], schema=["predicted", "low", "high"])
    rounded = ends.select(pl.all().round_sig_figs(SIGNIFICANT_DIGITS))
    return schema.frame(PREDICTIONS, pl.DataFrame(cells).hstack(rounded).sort("model_id", "benchmark"))
