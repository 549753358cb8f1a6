"""Fit the benchmarks of one added board to abilities that are known, under every draw of the calibration at once.

The model and the steps are those of `aggregator.ranking.latent_model` and `aggregator.ranking.maximization_step`. The
abilities stay: they are the posterior of each model from the boards that were calibrated before. So the boards do not
depend on each other, and the arrays have the draws as their first axis.
"""

from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Floats
from aggregator.ranking.expectation_maximization import OUTLIER_THRESHOLD
from aggregator.ranking.fit_data import column_deviation, min_noise_share
from aggregator.ranking.maximization_step import BOARD_VARIANCE_PRIOR, MIN_SLOPE, NOISE_PRIOR, SLOPE_PRIOR_DEVIATION

MAX_ITERATIONS = 400
"""EM iterations of the point parameters at most."""
TOLERANCE = 1e-4
"""Their fit ends when no intercept and slope move by more than this share of the slope in an iteration."""
DRAW_ITERATIONS = 25
"""EM iterations of each draw, which starts from the point parameters."""
CELLS = 1 << 18
"""Numbers in one array at most: draws are fitted in parts."""


@dataclass(frozen=True)
class KnownAbilities:
    """Abilities of some models before the board was added; arrays are draws × models."""

    mean: Floats
    variance: Floats
    weight: Floats
    """How many times each model counts in each draw."""

    def part(self, draws: slice) -> "KnownAbilities":
        """Return some of the draws."""
        return KnownAbilities(self.mean[draws], self.variance[draws], self.weight[draws])


@dataclass(frozen=True)
class BoardScores:
    """Transformed scores of one board; arrays are models × benchmarks."""

    y: Floats
    """NaN where missing."""
    known_variance: Floats
    """The variance of the known error."""

    @property
    def present(self) -> Floats:
        """1 where there is a score, else 0."""
        return (~np.isnan(self.y)).astype(np.float64)


@dataclass(frozen=True)
class BoardParameters:
    """Parameters of one board under every draw; draws × benchmarks, and one board variance per draw."""

    intercept: Floats
    slope: Floats
    noise_variance: Floats
    board_variance: Floats

    def part(self, draws: slice) -> "BoardParameters":
        """Return some of the draws."""
        return BoardParameters(
            self.intercept[draws], self.slope[draws], self.noise_variance[draws], self.board_variance[draws]
        )

    def beside(self, other: "BoardParameters") -> "BoardParameters":
        """Return the benchmarks of both, with the board variance of this one."""
        return BoardParameters(
            np.column_stack([self.intercept, other.intercept]),
            np.column_stack([self.slope, other.slope]),
            np.column_stack([self.noise_variance, other.noise_variance]),
            self.board_variance,
        )

    @classmethod
    def joined(cls, parts: list["BoardParameters"]) -> "BoardParameters":
        """Return the parts as one, in their order."""
        names = ("intercept", "slope", "noise_variance", "board_variance")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def estimate(scores: BoardScores, parameters: BoardParameters) -> tuple[Floats, Floats]:
    """Return the ability that the board alone measures, and its precision; both are draws × models.

    The precision is 0 for a model without a score. It is around θ + u, as in `latent_model.BoardEstimate`.
    """
    cell = scores.present / (parameters.noise_variance[:, None, :] + scores.known_variance)
    residual = np.nan_to_num(scores.y) - parameters.intercept[:, None, :]
    precision = np.einsum("dmb,db->dm", cell, parameters.slope**2)
    total = np.einsum("dmb,dmb,db->dm", cell, residual, parameters.slope)
    return total / np.maximum(precision, 1e-12), precision


def local_abilities(
    scores: BoardScores, parameters: BoardParameters, mean: Floats, variance: Floats
) -> tuple[Floats, Floats]:
    """Return mean and variance of θ + u, the ability as the board measures it; `mean` and `variance` are those of θ.

    θ has the board's scores in it already. All arrays are draws × models.
    """
    value, precision = estimate(scores, parameters)
    board = parameters.board_variance[:, None]
    shrinkage = board * precision / (board * precision + 1)
    effect_variance = board / (board * precision + 1)
    return mean + shrinkage * (value - mean), (1 - shrinkage) ** 2 * variance + effect_variance


def fit_board(scores: BoardScores, known: KnownAbilities, *, has_effect: bool) -> BoardParameters:
    """Fit intercepts, slopes, noise variances and the board's variance: the first row of `known` is the point parameters.

    The models of `scores` and `known` are the same. Without `has_effect` the board's variance is 0, as for benchmarks
    that are added to a board whose effect is in the abilities already, and for a board with one benchmark.
    """
    has_effect = has_effect and scores.y.shape[1] > 1
    draws, step = known.mean.shape[0], max(1, CELLS // max(scores.y.size, 1))
    parts = [_fit_point(_Fit.of(scores, known.part(slice(0, 1)), has_effect=has_effect))]
    for begin in range(1, draws, step):
        fit = _Fit.of(scores, known.part(slice(begin, min(begin + step, draws))), has_effect=has_effect)
        parts.append(_fit_draws(fit, parts[0]))
    return BoardParameters.joined(parts)


def _fit_point(fit: "_Fit") -> BoardParameters:
    parameters = fit.start()
    for _ in range(MAX_ITERATIONS):
        before, parameters = parameters, fit.step(parameters)
        moved = np.abs(parameters.intercept - before.intercept) + np.abs(parameters.slope - before.slope)
        if float((moved / before.slope).max()) < TOLERANCE:
            break
    return parameters


def _fit_draws(fit: "_Fit", point: BoardParameters) -> BoardParameters:
    draws = fit.known.mean.shape[0]
    names = ("intercept", "slope", "noise_variance", "board_variance")
    parameters = BoardParameters(*(np.repeat(getattr(point, name), draws, axis=0) for name in names))
    for _ in range(DRAW_ITERATIONS):
        parameters = fit.step(parameters)
    return parameters


@dataclass(frozen=True)
class _Fit:
    """One fit: the data, the prior slopes and the least noise."""

    scores: BoardScores
    known: KnownAbilities
    has_effect: bool
    slope_prior: Floats
    """Draws × benchmarks: the deviation of the scores per deviation of the abilities."""
    min_noise: Floats

    @classmethod
    def of(cls, scores: BoardScores, known: KnownAbilities, *, has_effect: bool) -> "_Fit":
        deviation = column_deviation(scores.y)
        cells = known.weight[:, :, None] * scores.present
        count = cells.sum(axis=1)
        mean = np.einsum("dmb,dm->db", cells, known.mean) / count
        square = np.einsum("dmb,dm->db", cells, known.mean**2 + known.variance) / count
        spread = np.sqrt(np.maximum(square - mean**2, 1e-4))
        min_noise = min_noise_share((0,) * deviation.size) * deviation**2
        return cls(scores, known, has_effect, deviation / spread, min_noise)

    def start(self) -> BoardParameters:
        """Return the parameters from which the fit starts."""
        draws, level = self.known.mean.shape[0], np.nanmean(self.scores.y, axis=0)
        noise = np.maximum(NOISE_PRIOR[1] * self.slope_prior**2, self.min_noise)
        board = np.full(draws, BOARD_VARIANCE_PRIOR[1] if self.has_effect else 0.0)
        centre = (self.known.mean * self.known.weight).sum(axis=1) / self.known.weight.sum(axis=1)
        return BoardParameters(level - self.slope_prior * centre[:, None], self.slope_prior, noise, board)

    def step(self, before: BoardParameters) -> BoardParameters:
        """Run one iteration of EM."""
        mean, variance, effect_square, weight = self._expect(before)
        cell = self.scores.present / (before.noise_variance[:, None, :] + self.scores.known_variance)
        intercept, slope = self._lines(weight[:, :, None] * cell, mean, mean**2 + variance)
        noise = self._noise(before, (intercept, slope), (mean, variance), weight)
        board = before.board_variance
        if self.has_effect:
            count, value = BOARD_VARIANCE_PRIOR
            board = (count * value + (weight * effect_square).sum(axis=1)) / (count + weight.sum(axis=1))
        return BoardParameters(intercept, slope, noise, board)

    def _expect(self, before: BoardParameters) -> tuple[Floats, Floats, Floats, Floats]:
        """Return mean and variance of θ + u, the mean of u², and the weights; all draws × models."""
        value, precision = estimate(self.scores, before)
        prior_mean, prior_variance, board = self.known.mean, self.known.variance, before.board_variance[:, None]
        own = precision / (board * precision + 1)
        z_squared = (value - prior_mean) ** 2 / (1 / np.maximum(own, 1e-12) + prior_variance)
        threshold = OUTLIER_THRESHOLD**2
        weight = self.known.weight * np.minimum(1.0, threshold / np.maximum(z_squared, threshold))
        variance = 1 / (1 / prior_variance + own)
        mean = variance * (prior_mean / prior_variance + own * value)
        shrinkage = board * precision / (board * precision + 1)
        effect = shrinkage * (value - mean)
        effect_variance = board / (board * precision + 1)
        local_variance = (1 - shrinkage) ** 2 * variance + effect_variance
        return mean + effect, local_variance, effect**2 + shrinkage**2 * variance + effect_variance, weight

    def _lines(self, cell: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
        """Return intercepts and slopes: weighted least squares with a prior on the slope; `cell` is the weight."""
        y = np.nan_to_num(self.scores.y)
        s0, t0 = cell.sum(axis=1), np.einsum("dmb,mb->db", cell, y)
        s1, s2 = np.einsum("dmb,dm->db", cell, first), np.einsum("dmb,dm->db", cell, second)
        t1 = np.einsum("dmb,mb,dm->db", cell, y, first)
        prior = self.slope_prior
        ridge = 1 / (SLOPE_PRIOR_DEVIATION * prior) ** 2
        slope = (s0 * (t1 + ridge * prior) - s1 * t0) / (s0 * (s2 + ridge) - s1**2)
        slope = np.maximum(slope, MIN_SLOPE * prior)
        return (t0 - slope * s1) / s0, slope

    def _noise(
        self, before: BoardParameters, line: tuple[Floats, Floats], local: tuple[Floats, Floats], weight: Floats
    ) -> Floats:
        """Return the noise variances for new intercepts and slopes (`line`)."""
        intercept, slope = line
        fitted = intercept[:, None, :] + slope[:, None, :] * local[0][:, :, None]
        residual = np.nan_to_num(self.scores.y) - fitted
        old = before.noise_variance[:, None, :]
        share = old / (old + self.scores.known_variance)
        square = share**2 * (residual**2 + slope[:, None, :] ** 2 * local[1][:, :, None])
        square += share * self.scores.known_variance
        cell = weight[:, :, None] * self.scores.present
        count, value = NOISE_PRIOR
        prior = count * value * self.slope_prior**2
        noise = (prior + (cell * square).sum(axis=1)) / (count + cell.sum(axis=1))
        floored: Floats = np.maximum(noise, self.min_noise)
        return floored
