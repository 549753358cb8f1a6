"""Gaussian-process regression with robust weights and jackknife+ prediction intervals.

The kernel is a linear part plus a squared exponential on standardised columns (Rasmussen & Williams 2006). Rows with a
large residual get more noise (iteratively reweighted, Huber 1964), so one failed evaluation does not bend the fit.
The prediction intervals are locally weighted jackknife+ (Barber, Candès, Ramdas & Tibshirani, Annals of Statistics 49,
2021).
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from aggregator.ranking.arrays import Floats
from aggregator.ranking.interval import Interval
from aggregator.ranking.normal import DEVIATION_PER_MAD

LENGTH_SCALES = (2.0, 4.0, 8.0)
NOISE_VARIANCES = (0.1, 0.2, 0.4)
"""Grid of kernel length scales and noise variances, of standardised columns; the leave-one-out error decides."""
SMOOTH_VARIANCE = 0.5
"""Variance of the squared exponential part of the kernel."""
HUBER_THRESHOLD = 1.5
"""Residuals beyond this many robust standard deviations get more noise."""
REWEIGHTINGS = 4
MIN_VARIANCE = 1e-9
MIN_RESIDUAL = 1e-9


@dataclass(frozen=True)
class Prediction:
    """Mean and standard deviation of observations, in the target's unit."""

    mean: Floats
    deviation: Floats


@dataclass(frozen=True)
class GaussianProcess:
    """A fitted process: standardised data, kernel, and one noise variance per row."""

    columns: Floats
    """Rows × columns, standardised."""
    target: Floats
    """Standardised."""
    centre: Floats
    """Subtracted from each column, and last from the target."""
    scale: Floats
    """Divisor of each column, and last of the target."""
    length_scale: float
    noise_variance: Floats
    prior: Floats
    """The prior covariance of the rows: `kernel` of the columns with themselves."""

    @property
    def raw_target(self) -> Floats:
        """The target in its own unit."""
        raw: Floats = self.centre[-1] + self.scale[-1] * self.target
        return raw

    def standardized(self, columns: Floats) -> Floats:
        """Return rows of raw columns as the process stores them."""
        rows: Floats = (columns - self.centre[:-1]) / self.scale[:-1]
        return rows

    def _inverse(self) -> Floats:
        covariance = self.prior + np.diag(self.noise_variance)
        inverse: Floats = np.linalg.inv(covariance).astype(np.float64)
        return inverse

    def _in_target_unit(self, mean: Floats, variance: Floats) -> Prediction:
        deviation = np.sqrt(np.maximum(variance, MIN_VARIANCE))
        return Prediction(self.centre[-1] + self.scale[-1] * mean, self.scale[-1] * deviation)

    def predict(self, columns: Floats) -> Prediction:
        """Predict observations at rows of raw columns."""
        found = self.predict_without_each(columns)
        return Prediction(found.mean[:, -1], found.deviation[:, -1])

    def predict_without_each(self, columns: Floats) -> Prediction:
        """Predict observations at rows of raw columns (first axis) by the fit without each row (second axis).

        The last entry of the second axis is the fit with all rows. The inverse without one row follows from the whole
        inverse (block inversion), so there is no further fit.
        """
        new = self.standardized(columns)
        cross, inverse = kernel(new, self.columns, self.length_scale), self._inverse()
        prior = (new**2).sum(axis=1) / new.shape[1] + SMOOTH_VARIANCE + 1
        solved = cross @ inverse
        alpha, diagonal = inverse @ self.target, np.diag(inverse)
        whole_mean, whole_variance = cross @ alpha, prior - (solved * cross).sum(axis=1)
        means = whole_mean[:, None] - solved * (alpha / diagonal)
        variances = whole_variance[:, None] + solved**2 / diagonal
        return self._in_target_unit(
            np.column_stack([means, whole_mean]),
            np.column_stack([variances, whole_variance]) + float(np.median(self.noise_variance)),
        )

    def leave_one_out(self) -> Prediction:
        """Predict every row by the fit without it (Rasmussen & Williams 2006, section 5.4.2)."""
        inverse = self._inverse()
        diagonal = np.diag(inverse)
        mean = self.target - inverse @ self.target / diagonal
        # The prediction of a row with extra noise has the usual noise.
        variance = 1 / diagonal - self.noise_variance + float(np.median(self.noise_variance))
        return self._in_target_unit(mean, variance)


def kernel(left: Floats, right: Floats, length_scale: float) -> Floats:
    """Return the prior covariance of standardised rows, left × right."""
    distance = ((left[:, None, :] - right[None, :, :]) ** 2).sum(axis=2)
    linear = left @ right.T / left.shape[1]
    covariance: Floats = linear + SMOOTH_VARIANCE * np.exp(-distance / (2 * length_scale**2)) + 1
    return covariance


def fit(columns: Floats, target: Floats) -> GaussianProcess:
    """Fit with the hyperparameters of the least mean absolute leave-one-out error.

    `columns` is rows × columns, `target` has one value per row; both in their own units.
    """
    centre = np.r_[columns.mean(axis=0), np.median(target)]
    deviation = np.r_[columns.std(axis=0), target.std()]
    scale = np.where(deviation > 0, deviation, 1.0)
    rows, aim = (columns - centre[:-1]) / scale[:-1], (target - centre[-1]) / scale[-1]
    priors = {length_scale: kernel(rows, rows, length_scale) for length_scale in LENGTH_SCALES}
    fits = [
        _reweighted(GaussianProcess(rows, aim, centre, scale, length_scale, np.full(aim.size, noise), prior))
        for (length_scale, prior), noise in product(priors.items(), NOISE_VARIANCES)
    ]
    return min(fits, key=lambda process: float(np.abs(process.leave_one_out().mean - target).mean()))


def _reweighted(process: GaussianProcess) -> GaussianProcess:
    """Return the process with more noise for rows with a large leave-one-out residual."""
    base = process.noise_variance
    for _ in range(REWEIGHTINGS):
        residual = np.abs(process.leave_one_out().mean - process.raw_target)
        threshold = HUBER_THRESHOLD * DEVIATION_PER_MAD * max(float(np.median(residual)), MIN_RESIDUAL)
        process = replace(process, noise_variance=base * np.maximum(residual / threshold, 1.0) ** 2)
    return process


def jackknife_plus(process: GaussianProcess, columns: Floats, level: float) -> Interval:
    """Return predictions at rows of raw columns with intervals that hold a new observation with probability `level`.

    The ends are quantiles over the fits without one row, each moved by that row's own residual, scaled by the local
    standard deviation.
    """
    new, left_out = process.predict_without_each(columns), process.leave_one_out()
    mean, estimate = new.mean[:, :-1], new.mean[:, -1]
    reach = np.abs(process.raw_target - left_out.mean) / left_out.deviation * new.deviation[:, :-1]
    count = process.target.size
    upper = min(int(np.ceil(level * (count + 1))), count) - 1
    lower = count - 1 - upper
    low = np.sort(mean - reach, axis=1)[:, lower]
    high = np.sort(mean + reach, axis=1)[:, upper]
    return Interval.around(estimate, low, high)
