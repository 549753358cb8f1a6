"""Gaussian-process regression with robust weights and jackknife+ prediction intervals.

The kernel is a linear part plus a squared exponential on standardised columns (Rasmussen & Williams 2006). Rows with a
large residual get more noise (iteratively reweighted, Huber 1964), so one failed evaluation does not bend the fit.
The prediction intervals are locally weighted jackknife+ (Barber, Candès, Ramdas & Tibshirani, Annals of Statistics 49,
2021).
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from aggregator.ranking.arrays import Floats, Index
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
    """A fitted process, or a stack of them: standardised data, kernel, and one noise variance per row.

    A stack has one more axis, the first, in every array.
    """

    columns: Floats
    """Rows × columns, standardised."""
    target: Floats
    """Standardised."""
    centre: Floats
    """Subtracted from each column, and last from the target."""
    scale: Floats
    """Divisor of each column, and last of the target."""
    length_scale: Floats
    noise_variance: Floats
    prior: Floats
    """The prior covariance of the rows: `kernel` of the columns with themselves."""

    @property
    def raw_target(self) -> Floats:
        """The target in its own unit."""
        raw: Floats = self.centre[..., -1:] + self.scale[..., -1:] * self.target
        return raw

    @property
    def typical_noise(self) -> Floats:
        """The noise variance of a new observation."""
        return np.asarray(np.median(self.noise_variance, axis=-1, keepdims=True), dtype=np.float64)

    def standardized(self, columns: Floats) -> Floats:
        """Return rows of raw columns as the process stores them."""
        rows: Floats = (columns - self.centre[..., None, :-1]) / self.scale[..., None, :-1]
        return rows

    @cached_property
    def inverse(self) -> Floats:
        """The inverse of the covariance of the observations."""
        covariance = self.prior.copy()
        diagonal = np.arange(covariance.shape[-1])
        covariance[..., diagonal, diagonal] += self.noise_variance
        return inverse(covariance)

    def _in_target_unit(self, mean: Floats, variance: Floats) -> Prediction:
        """Return the prediction; the last axis of both counts rows of this process or new rows."""
        deviation = np.sqrt(np.maximum(variance, MIN_VARIANCE))
        scale, centre = self.scale[..., -1], self.centre[..., -1]
        above = (...,) + (None,) * (mean.ndim - scale.ndim)
        return Prediction(centre[above] + scale[above] * mean, scale[above] * deviation)

    def predict(self, columns: Floats) -> Prediction:
        """Predict observations at rows of raw columns."""
        found = self.predict_without_each(columns)
        return Prediction(found.mean[..., -1], found.deviation[..., -1])

    def predict_without_each(self, columns: Floats) -> Prediction:
        """Predict observations at rows of raw columns (first axis) by the fit without each row (second axis).

        The last entry of the second axis is the fit with all rows. The inverse without one row follows from the whole
        inverse (block inversion), so there is no further fit.
        """
        new = self.standardized(columns)
        cross = kernel(new, self.columns, self.length_scale)
        prior = (new**2).sum(axis=-1) / new.shape[-1] + SMOOTH_VARIANCE + 1
        solved = cross @ self.inverse
        alpha = (self.inverse @ self.target[..., None])[..., 0]
        diagonal = np.diagonal(self.inverse, axis1=-2, axis2=-1)
        whole_mean, whole_variance = (cross @ alpha[..., None])[..., 0], prior - (solved * cross).sum(axis=-1)
        means = whole_mean[..., None] - solved * (alpha / diagonal)[..., None, :]
        variances = whole_variance[..., None] + solved**2 / diagonal[..., None, :]
        return self._in_target_unit(
            np.concatenate([means, whole_mean[..., None]], axis=-1),
            np.concatenate([variances, whole_variance[..., None]], axis=-1) + self.typical_noise[..., None],
        )

    def leave_one_out(self) -> Prediction:
        """Predict every row by the fit without it (Rasmussen & Williams 2006, section 5.4.2)."""
        diagonal = np.diagonal(self.inverse, axis1=-2, axis2=-1)
        mean = self.target - (self.inverse @ self.target[..., None])[..., 0] / diagonal
        # The prediction of a row with extra noise has the usual noise.
        return self._in_target_unit(mean, 1 / diagonal - self.noise_variance + self.typical_noise)


def inverse(covariance: Floats) -> Floats:
    """Invert a covariance matrix or a stack of them by Cholesky factors: `numpy.linalg.inv` takes twice the time."""
    found = np.empty_like(covariance)
    for position in np.ndindex(covariance.shape[:-2]):
        factor, failed = dpotrf(covariance[position], lower=True)
        if failed:
            raise np.linalg.LinAlgError("the covariance is not positive definite")
        # The other triangle of the factor is 0, and stays 0.
        found[position], _ = dpotri(factor, lower=True)
    diagonal = np.arange(covariance.shape[-1])
    both = found + np.swapaxes(found, -1, -2)
    both[..., diagonal, diagonal] = found[..., diagonal, diagonal]
    return both


def kernel(left: Floats, right: Floats, length_scale: Floats | float) -> Floats:
    """Return the prior covariance of standardised rows, left × right."""
    return _kernel(left, right, _squared_distance(left, right), length_scale)


def _squared_distance(left: Floats, right: Floats) -> Floats:
    distance: Floats = ((left[..., :, None, :] - right[..., None, :, :]) ** 2).sum(axis=-1)
    return distance


def _kernel(left: Floats, right: Floats, distance: Floats, length_scale: Floats | float) -> Floats:
    linear = left @ np.swapaxes(right, -1, -2) / left.shape[-1]
    reach = 2 * np.asarray(length_scale)[..., None, None] ** 2
    covariance: Floats = linear + SMOOTH_VARIANCE * np.exp(-distance / reach) + 1
    return covariance


def fit(columns: Floats, target: Floats) -> GaussianProcess:
    """Fit with the hyperparameters of the least mean absolute leave-one-out error.

    `columns` is rows × columns, `target` has one value per row; both in their own units. With one more axis, the first,
    the fits of all its entries are one stack.
    """
    centre = np.concatenate([columns.mean(axis=-2), np.median(target, axis=-1, keepdims=True)], axis=-1)
    deviation = np.concatenate([columns.std(axis=-2), target.std(axis=-1, keepdims=True)], axis=-1)
    scale = np.where(deviation > 0, deviation, 1.0)
    rows = (columns - centre[..., None, :-1]) / scale[..., None, :-1]
    aim = (target - centre[..., -1:]) / scale[..., -1:]
    distance = _squared_distance(rows, rows)
    fits = []
    for length_scale in LENGTH_SCALES:
        prior = _kernel(rows, rows, distance, length_scale)
        lengths = np.full(target.shape[:-1], length_scale)
        fits += [
            _reweighted(GaussianProcess(rows, aim, centre, scale, lengths, np.full(aim.shape, noise), prior))
            for noise in NOISE_VARIANCES
        ]
    errors = np.array([np.abs(process.leave_one_out().mean - target).mean(axis=-1) for process in fits])
    return _chosen(fits, errors.argmin(axis=0))


def _chosen(fits: list[GaussianProcess], best: Index) -> GaussianProcess:
    """Return the stack with the best fit of each entry; `best` is its position in `fits`."""
    first = fits[0]
    length_scale, noise, prior = first.length_scale.copy(), first.noise_variance.copy(), first.prior.copy()
    for position, process in enumerate(fits):
        mine = best == position
        length_scale[mine], noise[mine], prior[mine] = (
            process.length_scale[mine],
            process.noise_variance[mine],
            process.prior[mine],
        )
    return replace(first, length_scale=length_scale, noise_variance=noise, prior=prior)


def _reweighted(process: GaussianProcess) -> GaussianProcess:
    """Return the process with more noise for rows with a large leave-one-out residual."""
    base = process.noise_variance
    for _ in range(REWEIGHTINGS):
        residual = np.abs(process.leave_one_out().mean - process.raw_target)
        typical = np.maximum(np.median(residual, axis=-1, keepdims=True), MIN_RESIDUAL)
        threshold = HUBER_THRESHOLD * DEVIATION_PER_MAD * typical
        process = replace(process, noise_variance=base * np.maximum(residual / threshold, 1.0) ** 2)
    return process


def jackknife_plus(process: GaussianProcess, columns: Floats, level: float) -> Interval:
    """Return predictions at rows of raw columns with intervals that hold a new observation with probability `level`.

    The ends are quantiles over the fits without one row, each moved by that row's own residual, scaled by the local
    standard deviation.
    """
    new, left_out = process.predict_without_each(columns), process.leave_one_out()
    mean, estimate = new.mean[..., :-1], new.mean[..., -1]
    own = np.abs(process.raw_target - left_out.mean) / left_out.deviation
    reach = own[..., None, :] * new.deviation[..., :-1]
    count = process.target.shape[-1]
    upper = min(int(np.ceil(level * (count + 1))), count) - 1
    lower = count - 1 - upper
    low = np.sort(mean - reach, axis=-1)[..., lower]
    high = np.sort(mean + reach, axis=-1)[..., upper]
    return Interval.around(estimate, low, high)
