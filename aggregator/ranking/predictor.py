"""A fitted predictor of the missing cells of a frame of scores.

The scores are transformed as for the abilities (`scales`: logits of bounded scores), and a mixture of factor models
(`factor_model`, `prediction_intervals`) predicts the missing cells. A cell outside what the scores support has a reason
in place of a prediction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from scipy.special import expit
from threadpoolctl import threadpool_limits

from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.interval import LEVEL
from aggregator.ranking.name_groups import name_groups
from aggregator.ranking.prediction_intervals import Boards, Effort, Ensemble, fit_ensemble
from aggregator.ranking.prediction_support import (
    MEASURED,
    UNKNOWN_BENCHMARK,
    UNKNOWN_MODEL,
    Support,
    unusable_benchmark,
)
from aggregator.ranking.scales import Scales, benchmark_metadata, choose_scales
from aggregator.ranking.score_cells import Cells
from aggregator.ranking.score_matrix import ScoreMatrix, clean_scores, score_matrix

MAX_MODELS = 1500
"""Most models that the fit reads; all models can be predicted."""
LINKED_SHARE = 0.5
"""Share of these that are the models on most boards, then with most scores; the others are drawn from the rest."""
MAX_CELLS = 100_000
"""Largest matrix (models × benchmarks) that is fitted with `Effort()`, else with `LESS_EFFORT`."""
LESS_EFFORT = Effort(factors=(2, 4), folds=3, iterations=20)
MIN_FITTED = 30
"""Fewest models that the fit reads of each benchmark, if it has as many."""
SEED = 0
NO_OTHER_BENCHMARK = "there is no other benchmark with enough models to predict from"
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
"""Nodes and weights of the integral over a normal distribution."""

QUALITY = {
    "benchmark": pl.String,
    "n_cells": pl.Int64,
    "mean_absolute_error": pl.Float64,
    "coverage_90": pl.Float64,
    "mean_width_90": pl.Float64,
}


@dataclass(frozen=True)
class Estimate:
    """Predictions on the scales of their benchmarks; one entry per cell."""

    predicted: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class NewCellErrors:
    """Variances of the known errors of cells that are not measured yet."""

    scales: Scales
    typical: Floats
    """Per benchmark: the median of the measured cells."""

    @classmethod
    def of(cls, scales: Scales, cells: Cells) -> "NewCellErrors":
        """Return the errors as of these cells."""
        columns = zip(cells.present.T, cells.known_variance.T, strict=True)
        return cls(scales, np.array([float(np.median(known[present])) for present, known in columns]))

    def __call__(self, mean: Floats, column: Index) -> Floats:
        """Return the binomial variance of the benchmark's items at the predicted value, else the typical variance."""
        scales = self.scales.select(column)
        _, binomial = scales.transform(scales.to_scores(mean), np.zeros(mean.size))
        return np.where(binomial > 0, binomial, self.typical[column])


@dataclass(frozen=True)
class Predictor:
    """A fitted mixture with the scores that it was fitted to."""

    matrix: ScoreMatrix
    """All models; the benchmarks with enough of them."""
    scales: Scales
    cells: Cells
    fitted: Index
    """The rows of the models that the fit read."""
    new_error: NewCellErrors
    ensemble: Ensemble | None
    """None where fewer than two benchmarks can be used."""
    unusable: dict[str, str]
    """The other benchmarks, each with the reason."""

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each model."""
        return {name: row for row, name in enumerate(self.matrix.models)}

    @cached_property
    def columns(self) -> dict[str, int]:
        """The column of each benchmark."""
        return {name: column for column, name in enumerate(self.matrix.benchmarks)}

    @cached_property
    def support(self) -> Support:
        """The limits of what can be predicted."""
        fitted = self.cells.select(self.fitted)
        return Support(fitted.present, fitted.value, np.sqrt(self.new_error.typical))

    def predict(self, models: Sequence[str | None], benchmarks: Sequence[str | None], level: float) -> pl.DataFrame:
        """Return `predicted, low, high, reason` per pair of a model and a benchmark `board/name`."""
        reasons = [self._unknown(model, name) for model, name in zip(models, benchmarks, strict=True)]
        place = np.array([at for at, reason in enumerate(reasons) if reason is None], dtype=np.intp)
        numbers = np.full((len(reasons), 3), np.nan)
        if place.size:
            row = np.array([self.rows[models[at] or ""] for at in place])
            column = np.array([self.columns[benchmarks[at] or ""] for at in place])
            numbers[place], refused = self.predict_at(row, column, level)
            for at, reason in zip(place.tolist(), refused, strict=True):
                reasons[at] = reason
        frame = pl.DataFrame(numbers, schema=["predicted", "low", "high"])
        return frame.fill_nan(None).with_columns(reason=pl.Series(reasons, dtype=pl.String))

    def predict_at(self, row: Index, column: Index, level: float) -> tuple[Floats, list[str | None]]:
        """Return `predicted, low, high` of cells (cells × 3, NaN where there is none), and the reason against each."""
        if self.ensemble is None:
            return np.full((row.size, 3), np.nan), [NO_OTHER_BENCHMARK] * row.size
        distinct, position = np.unique(row, return_inverse=True)
        asked = self.cells.select(distinct)
        at = (position, column)
        found = self.ensemble.predict(asked)
        distance = self.ensemble.distance.relative(asked)[at]
        reasons = self.support.reasons(asked.present, at, found.mean[at], distance)
        for number in np.flatnonzero(asked.present[at]).tolist():
            reasons[number] = MEASURED
        kept = np.array([number for number, reason in enumerate(reasons) if reason is None], dtype=np.intp)
        at = (position[kept], column[kept])
        absent = ~self.ensemble.boards.scored(asked.present)[at]
        reach = self.ensemble.reach(level)[absent.astype(np.intp), at[1]]
        estimate = self.estimate(found.mean[at], found.variance[at], at[1], reach)
        numbers = np.full((row.size, 3), np.nan)
        numbers[kept] = np.stack([estimate.predicted, estimate.low, estimate.high], axis=1)
        return numbers, reasons

    def _unknown(self, model: str | None, benchmark: str | None) -> str | None:
        if model not in self.rows:
            return UNKNOWN_MODEL
        if benchmark in self.unusable:
            return self.unusable[benchmark]
        if benchmark not in self.columns:
            return UNKNOWN_BENCHMARK
        return NO_OTHER_BENCHMARK if self.ensemble is None else None

    def estimate(self, mean: Floats, variance: Floats, column: Index, reach: Floats) -> Estimate:
        """Return predictions of new cells from mean and variance of their transformed scores.

        `reach` is of each cell. The prediction is the mean of the score, which is not the score at the mean of its logit.
        """
        scales = self.scales.select(column)
        deviation = np.sqrt(variance + self.new_error(mean, column))
        # The known error of a new cell has mean 0 on the scale of the scores.
        spread = np.sqrt(variance)
        nodes = scales.to_scores(mean + NODES[:, None] * spread)
        predicted = NODE_WEIGHTS @ nodes / NODE_WEIGHTS.sum()
        least, most = mean - reach * deviation, mean + reach * deviation
        ends = np.stack([self._end(scales, least, column), self._end(scales, most, column)])
        low, high = ends.min(axis=0), ends.max(axis=0)
        return Estimate(np.clip(predicted, low, high), low, high)

    def _end(self, scales: Scales, value: Floats, column: Index) -> Floats:
        """Return the end of an interval as a score.

        Shares nearer to 0 or 1 than the floor are moved to it before the fit, so an end there reaches to the worst or
        best score of the benchmark.
        """
        score = scales.to_scores(value)
        share = expit(value)
        bounded = ~scales.is_linear
        worst = np.where(scales.sign > 0, np.minimum(self._least[column], score), np.maximum(self._most[column], score))
        score = np.where(bounded & (share <= scales.floor), worst, score)
        return np.where(bounded & (share >= 1 - scales.floor), scales.high, score)

    @cached_property
    def _least(self) -> Floats:
        return np.asarray(np.nanmin(self.matrix.score, axis=0), dtype=np.float64)

    @cached_property
    def _most(self) -> Floats:
        return np.asarray(np.nanmax(self.matrix.score, axis=0), dtype=np.float64)

    def quality(self) -> pl.DataFrame:
        """Return `QUALITY`: errors and coverage of each benchmark's held-out cells, on the scale of its scores."""
        if self.ensemble is None:
            return pl.DataFrame(schema=QUALITY)
        cells = self.ensemble.held_out
        column = cells.benchmark
        reach = self.ensemble.held_out_reach(LEVEL)
        found = self.estimate(cells.mean, cells.variance, column, reach)
        actual = self.matrix.score[self.fitted][cells.model, column]
        frame = pl.DataFrame(
            {
                "benchmark": [self.matrix.benchmarks[number] for number in column],
                "error": np.abs(found.predicted - actual),
                "covered": ((found.low <= actual) & (actual <= found.high)).astype(np.float64),
                "width": found.high - found.low,
            }
        )
        table = frame.group_by("benchmark").agg(
            n_cells=pl.len().cast(pl.Int64),
            mean_absolute_error=pl.col("error").mean(),
            coverage_90=pl.col("covered").mean(),
            mean_width_90=pl.col("width").mean(),
        )
        return table.sort("benchmark")


def fit_predictor(scores: pl.DataFrame, effort: Effort | None = None) -> Predictor:
    """Fit a predictor; `scores` and errors as for `predict`."""
    whole = score_matrix(scores)
    count = whole.present.sum(axis=0)
    all_scales = choose_scales(whole, benchmark_metadata(clean_scores(scores), whole.benchmarks))
    # One score of all models on a scale without ends has no spread to measure an error in.
    varies = (np.nanmax(whole.score, axis=0) > np.nanmin(whole.score, axis=0)) | ~all_scales.is_linear
    usable = np.flatnonzero((count >= Support.MIN_MODELS) & varies)
    unusable = {name: unusable_benchmark(int(number)) for name, number in zip(whole.benchmarks, count, strict=True)}
    matrix, scales = whole.columns(usable), all_scales.select(usable)
    value, known = scales.transform(matrix.score, matrix.standard_error)
    present = matrix.present
    cells = Cells(present, np.where(present, value, 0.0), np.where(present, known, 0.0), name_groups(matrix.models))
    fitted = _models_to_fit(matrix)
    new_error = NewCellErrors.of(scales, cells)
    ensemble = None
    if len(matrix.benchmarks) > 1:
        is_small = fitted.size * len(matrix.benchmarks) <= MAX_CELLS
        # The matrices are small: several BLAS threads are slower than one.
        with threadpool_limits(limits=1, user_api="blas"):
            boards = Boards(np.unique(matrix.boards, return_inverse=True)[1])
            effort = effort or (Effort() if is_small else LESS_EFFORT)
            ensemble = fit_ensemble(cells.select(fitted), boards, new_error, effort)
    unusable = {name: reason for name, reason in unusable.items() if name not in matrix.benchmarks}
    return Predictor(matrix, scales, cells, fitted, new_error, ensemble, unusable)


def _models_to_fit(matrix: ScoreMatrix) -> Index:
    """Return the rows of about `MAX_MODELS` models: those on most boards, and a sample of the others.

    The models on several boards link the benchmarks. The sample keeps the errors of the fit those of any model. Every
    benchmark keeps `MIN_FITTED` models where it has them.
    """
    present = matrix.present
    on_board = [present[:, matrix.columns_of(board)].any(axis=1) for board in sorted(set(matrix.boards))]
    boards = np.sum(on_board, axis=0) if on_board else np.zeros(len(present))
    at_random = np.random.default_rng(SEED).permutation(len(present))
    order = np.lexsort((at_random, -present.sum(axis=1), -boards))
    order = order[present[order].any(axis=1)]
    n_linked = int(LINKED_SHARE * MAX_MODELS)
    rest = order[n_linked:]
    order = np.concatenate([order[:n_linked], rest[np.argsort(at_random[rest])]])
    chosen = np.zeros(len(present), dtype=np.bool_)
    chosen[order[:MAX_MODELS]] = True
    for column in range(present.shape[1]):
        lacking = MIN_FITTED - np.count_nonzero(chosen & present[:, column])
        if lacking > 0:
            chosen[order[present[order, column] & ~chosen[order]][:lacking]] = True
    return np.flatnonzero(chosen)
