"""A small regression with honest intervals: Gaussian process, robust weights, jackknife+.

The kernel is a linear part plus a smooth one on standardised columns (Rasmussen & Williams, 2006); rows that the fit
misses by far get more noise (Huber weights), so one broken evaluation does not bend it. Intervals
are locally weighted jackknife+ (Barber, Candès, Ramdas & Tibshirani, Annals of Statistics 49, 2021).
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from aggregator.ranking.score_matrix import Floats

LENGTHS = (2.0, 4.0, 8.0)
NOISES = (0.1, 0.2, 0.4)
"""Grid of kernel lengths and noise variances, of standardised columns and target; leave-one-out decides."""
SMOOTH = 0.5
HUBER = 1.5
REWEIGHTS = 4


@dataclass(frozen=True)
class Prediction:
    """Mean and standard deviation of new observations."""

    mean: Floats
    deviation: Floats


@dataclass(frozen=True)
class Regression:
    """A fitted process: standardisation, kernel, and one noise per row."""

    columns: Floats
    target: Floats
    centre: Floats
    spread: Floats
    length: float
    noise: Floats

    def _kernel(self, left: Floats, right: Floats) -> Floats:
        distance = ((left[:, None, :] - right[None, :, :]) ** 2).sum(axis=2)
        kernel: Floats = left @ right.T / left.shape[1] + SMOOTH * np.exp(-distance / (2 * self.length**2)) + 1
        return kernel

    def _inverse(self) -> Floats:
        inverse: Floats = np.linalg.inv(self._kernel(self.columns, self.columns) + np.diag(self.noise)).astype(
            np.float64
        )
        return inverse

    def predict(self, columns: Floats) -> Prediction:
        """Predict rows of the raw columns."""
        mean, deviation = self.predict_without_each(columns)
        return Prediction(mean[:, -1], deviation[:, -1])

    def predict_without_each(self, columns: Floats) -> tuple[Floats, Floats]:
        """Mean and deviation at new rows (first axis) of the fit without each row (second axis), the last with all.

        The inverse of a matrix without one row follows from the whole inverse.
        """
        new = (columns - self.centre[:-1]) / self.spread[:-1]
        cross, inverse = self._kernel(new, self.columns), self._inverse()
        prior = (new**2).sum(axis=1) / new.shape[1] + SMOOTH + 1
        solved = cross @ inverse
        alpha, diagonal = inverse @ self.target, np.diag(inverse)
        mean = (cross @ alpha)[:, None] - solved * (alpha / diagonal)
        variance = (prior - (solved * cross).sum(axis=1))[:, None] + solved**2 / diagonal
        whole_mean, whole_variance = cross @ alpha, prior - (solved * cross).sum(axis=1)
        means = np.column_stack([mean, whole_mean])
        variances = np.column_stack([variance, whole_variance]) + float(np.median(self.noise))
        scale = self.spread[-1]
        return self.centre[-1] + scale * means, scale * np.sqrt(np.maximum(variances, 1e-9))

    def left_out(self) -> Prediction:
        """Predict every row by the fit without it."""
        inverse = self._inverse()
        diagonal = np.diag(inverse)
        mean = self.target - inverse @ self.target / diagonal
        # A row that was given more noise is still predicted with the usual one.
        variance = np.maximum(1 / diagonal - self.noise + float(np.median(self.noise)), 1e-9)
        scale = self.spread[-1]
        return Prediction(self.centre[-1] + scale * mean, scale * np.sqrt(variance))


def fit(columns: Floats, target: Floats) -> Regression:
    """Fit by the smallest robust leave-one-out error over the grid."""
    centre = np.r_[columns.mean(axis=0), np.median(target)]
    deviation = np.r_[columns.std(axis=0), target.std()]
    spread = np.where(deviation > 0, deviation, 1.0)
    scaled = (columns - centre[:-1]) / spread[:-1]
    aim = (target - centre[-1]) / spread[-1]
    fits = [
        _robust(Regression(scaled, aim, centre, spread, length, np.full(aim.size, noise)))
        for length, noise in product(LENGTHS, NOISES)
    ]
    return min(fits, key=lambda one: float(np.abs(one.left_out().mean - target).mean()))


def _robust(start: Regression) -> Regression:
    found = start
    base = start.noise
    for _ in range(REWEIGHTS):
        miss = np.abs(found.left_out().mean - (found.centre[-1] + found.spread[-1] * found.target))
        usual = HUBER * 1.4826 * max(float(np.median(miss)), 1e-9)
        noise = base * np.maximum(miss / usual, 1.0) ** 2
        found = Regression(found.columns, found.target, found.centre, found.spread, found.length, noise)
    return found


@dataclass(frozen=True)
class Interval:
    """Jackknife+ interval of new observations."""

    estimate: Floats
    low: Floats
    high: Floats


def jackknife_plus(model: Regression, columns: Floats, level: float) -> Interval:
    """Interval at new rows whose ends are quantiles over the fits without one row, each moved by that row's own miss."""
    mean, deviation = model.predict_without_each(columns)
    left = model.left_out()
    target = model.centre[-1] + model.spread[-1] * model.target
    reach = np.abs(target - left.mean) / left.deviation * deviation[:, :-1]
    count = model.target.size
    upper = min(int(np.ceil(level * (count + 1))), count) - 1
    lower = count - 1 - upper
    low = np.sort(mean[:, :-1] - reach, axis=1)[:, lower]
    high = np.sort(mean[:, :-1] + reach, axis=1)[:, upper]
    return Interval(mean[:, -1], np.minimum(low, mean[:, -1]), np.maximum(high, mean[:, -1]))
