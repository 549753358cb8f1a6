"""What the other scores of a model predict for each of its scores, under the parameters of a calibration.

The latent model of `aggregator.ranking.latent_model` with one score left out: given the others, θ + u of its board is
normal, and so is the score. A score at the level of guessing predicts nothing: a failed evaluation ends there too.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from aggregator.ranking.arrays import Bools, Floats
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.coverage_priors import pattern_positions
from aggregator.ranking.normal import QUANTILE_95
from aggregator.ranking.scales import Scales
from aggregator.ranking.score_matrix import ScoreMatrix
from aggregator.ranking.transformed_boards import TransformedBoard, transformed_boards

MIN_NOISE_VARIANCE = 1e-3
"""Least noise variance of a benchmark, on its scale."""


@dataclass(frozen=True)
class Predictions:
    """Predicted values and the real ones; arrays are models × benchmarks of one board, or models × boards.

    NaN where there is no value, or nothing that predicts it. Higher is better, whatever the unit of the benchmark.
    """

    value: Floats
    predicted: Floats
    deviation: Floats
    """Standard deviation of `value` around `predicted`."""
    n_scores: Floats
    """Scores that predict it."""
    n_boards: Floats
    """Other boards with such a score."""

    @property
    def distance(self) -> Floats:
        """How far the values are above the predicted ones, in standard deviations."""
        return (self.value - self.predicted) / self.deviation

    def interval(self) -> tuple[Floats, Floats]:
        """Return the ends of the central 90 % of the predictive distribution."""
        reach = QUANTILE_95 * self.deviation
        return self.predicted - reach, self.predicted + reach


@dataclass(frozen=True)
class LeaveOneOut:
    """The predictions of each score by all others, and of each board's ability by the other boards."""

    of_scores: tuple[tuple[TransformedBoard, Predictions], ...]
    of_boards: Predictions
    """In θ, models × boards of the calibration: `value` is the ability that the board alone measures."""
    counted: Floats
    """Models × boards: the number of scores that count."""


@dataclass(frozen=True)
class _Weights:
    """What each score of a board adds to the precision of θ + u, and to precision times mean."""

    precision: Floats
    total: Floats
    counted: Floats
    """1 where a score counts, else 0."""

    @classmethod
    def of(cls, part: TransformedBoard, calibration: Calibration) -> "_Weights":
        parameters, columns = calibration.point.parameters, part.columns
        slope, summary = parameters.slope[columns], _is_summary(part, calibration)
        counted = ~np.isnan(part.y) & ~_is_guess(part.y, calibration.scales.select(columns)) & (slope > 0) & ~summary
        weight = np.where(counted, slope / (_noise(calibration)[columns] + part.known_variance), 0.0)
        total = weight * np.nan_to_num(part.y - parameters.intercept[columns])
        return cls(weight * slope, total, counted.astype(np.float64))


def leave_one_out(matrix: ScoreMatrix, calibration: Calibration) -> LeaveOneOut:
    """Predict each score of `matrix` on a benchmark of the calibration from the model's other scores."""
    parts = tuple(transformed_boards(matrix, calibration.scales, calibration.benchmarks))
    weights = [_Weights.of(part, calibration) for part in parts]
    precision, total, counted = (np.zeros((len(matrix.models), len(calibration.boards))) for _ in range(3))
    for part, weight in zip(parts, weights, strict=True):
        cells = part.rows, calibration.board_of[part.columns[0]]
        for sums, values in ((precision, weight.precision), (total, weight.total), (counted, weight.counted)):
            sums[cells] = values.sum(axis=1)
    boards = _predict_boards(precision, total, counted, calibration)
    of_scores = tuple(
        (part, _predict_scores(part, weight, boards, calibration)) for part, weight in zip(parts, weights, strict=True)
    )
    return LeaveOneOut(of_scores, boards.predictions, counted)


@dataclass(frozen=True)
class _Boards:
    predictions: Predictions
    others_variance: Floats
    """Models × boards: the variance of θ given the prior and the other boards."""


def _predict_boards(precision: Floats, total: Floats, counted: Floats, calibration: Calibration) -> _Boards:
    """Predict the ability that each board measures from the prior and the other boards."""
    seen, board_variance = precision > 0, calibration.point.parameters.board_variance
    own_variance = np.divide(1.0, precision, out=np.full(seen.shape, np.nan), where=seen)
    value = total * own_variance
    weight = np.where(seen, 1 / (board_variance + own_variance), 0.0)
    evidence = weight * np.nan_to_num(value)
    parameters, position = calibration.point.with_priors(pattern_positions(seen, calibration.patterns), seen)
    prior_mean, prior_precision = parameters.prior_mean[position], 1 / parameters.prior_variance[position]
    others = (prior_precision + weight.sum(axis=1))[:, None] - weight
    others_total = (prior_mean * prior_precision + evidence.sum(axis=1))[:, None] - evidence
    n_boards = (seen.sum(axis=1, keepdims=True) - seen).astype(np.float64)
    predictions = Predictions(
        value=np.where(n_boards > 0, value, np.nan),
        predicted=others_total / others,
        deviation=np.sqrt(1 / others + board_variance + own_variance),
        n_scores=counted.sum(axis=1, keepdims=True) - counted,
        n_boards=n_boards,
    )
    return _Boards(predictions, 1 / others)


def _predict_scores(part: TransformedBoard, weight: _Weights, boards: _Boards, calibration: Calibration) -> Predictions:
    """Predict each score of one board from the prior, the other boards and the other scores of the board."""
    parameters, columns = calibration.point.parameters, part.columns
    cells = part.rows, calibration.board_of[columns[0]]
    slope = parameters.slope[columns]
    variance = (boards.others_variance[cells] + parameters.board_variance[cells[1]])[:, None]
    precision = 1 / variance + weight.precision.sum(axis=1, keepdims=True) - weight.precision
    total = boards.predictions.predicted[cells][:, None] / variance
    total = total + weight.total.sum(axis=1, keepdims=True) - weight.total
    own = weight.counted.sum(axis=1, keepdims=True) - weight.counted
    n_scores = boards.predictions.n_scores[cells][:, None] + own
    return Predictions(
        value=np.where((n_scores > 0) & (slope > 0) & ~_is_summary(part, calibration), part.y, np.nan),
        predicted=parameters.intercept[columns] + slope * total / precision,
        deviation=np.sqrt(slope**2 / precision + _noise(calibration)[columns] + part.known_variance),
        n_scores=n_scores,
        n_boards=np.broadcast_to(boards.predictions.n_boards[cells][:, None], part.y.shape),
    )


def _is_summary(part: TransformedBoard, calibration: Calibration) -> Bools:
    """Return for each score whether it is the overall score of other scores that the model has on the board."""
    extra = calibration.scales.is_extra(calibration.board_of)[part.columns]
    has_parts: Bools = np.any(~np.isnan(part.y[:, ~extra]), axis=1, keepdims=True)
    return has_parts & extra


def _noise(calibration: Calibration) -> Floats:
    """Return the noise variance of each benchmark, of which no score is free."""
    return np.maximum(calibration.point.parameters.noise_variance, MIN_NOISE_VARIANCE)


def _is_guess(y: Floats, scales: Scales) -> Bools:
    """Return whether a transformed share is at its lower end: the score of a guesser or worse."""
    lowest = logit(np.clip(scales.floor, 1e-6, 0.5))
    guess: Bools = ~scales.is_linear & (y <= lowest + 1e-9)
    return guess
