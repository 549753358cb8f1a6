"""Tails of the prior of ability: a mixture of normal distributions of several scales around the mean of each pattern.

    θ_m ~ Σ_k w_k N(μ_g, c_k τ²_g),  g = the coverage pattern of m

Abilities can have heavier tails than a normal distribution. A normal prior then draws the best and the worst models too
far to the mean. The weights w are common to all patterns and estimated from all models (empirical Bayes over a grid of
scales: Stephens, Biostatistics 2017). The posterior is a mixture of normal distributions too. Its mean and variance are
those under one normal prior of another variance, so each model gets two factors and all other formulas stay. A better
score never lowers an ability: the mean of the posterior rises with the estimate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Floats
from aggregator.ranking.calibration import Calibration

TAILS = "ability_tails"
"""Optional entry of a calibration: the weights w; absent where the prior is normal."""
SCALES = np.array([0.25, 1.0, 4.0, 16.0])
"""c: the variance of each component as a share of the pattern's."""
NORMAL = (0.0, 1.0, 0.0, 0.0)
"""The weights of a normal prior."""
NORMAL_MODELS = 10.0
"""Models that count for the normal component beforehand."""
ITERATIONS = 100
MIN_PRECISION = 1e-9


@dataclass(frozen=True)
class Measured:
    """What the scores of each model say of its ability, and its prior; one entry per model."""

    estimate: Floats
    """The mean of its boards by their precision."""
    precision: Floats
    """1 / variance of `estimate` around the ability."""
    prior_mean: Floats
    prior_variance: Floats

    @classmethod
    def of(cls, mean: Floats, variance: Floats, prior_mean: Floats, prior_variance: Floats) -> "Measured":
        """Return what a posterior with this mean and variance rests on besides its normal prior."""
        precision = np.maximum(1 / variance - 1 / prior_variance, MIN_PRECISION)
        estimate = (mean / variance - prior_mean / prior_variance) / precision
        return cls(estimate, precision, prior_mean, prior_variance)

    def log_density(self) -> Floats:
        """Return models × components: the log density of the estimate under each component, without its constant."""
        variance = SCALES * self.prior_variance[:, None] + 1 / self.precision[:, None]
        square = (self.estimate - self.prior_mean)[:, None] ** 2
        density: Floats = -0.5 * (np.log(variance) + square / variance)
        return density


@dataclass(frozen=True)
class TailFactors:
    """How the mixture changes the posterior of each model."""

    prior: Floats
    """Factor on the variance of its prior."""
    deviation: Floats
    """Factor on the standard deviation of its posterior."""


def fit_tails(measured: Measured) -> tuple[float, ...]:
    """Return the weights of the components, by EM from equal weights.

    They are `NORMAL` unless they raise the log likelihood by more than the number of free weights (Akaike 1974).
    """
    density = measured.log_density()
    highest = density.max(axis=1)
    likelihood = np.exp(density - highest[:, None])
    beforehand = NORMAL_MODELS * np.array(NORMAL)
    weights = np.full(SCALES.size, 1 / SCALES.size)
    for _ in range(ITERATIONS):
        joint = likelihood * weights
        counts = (joint / joint.sum(axis=1, keepdims=True)).sum(axis=0) + beforehand
        weights = counts / counts.sum()
    normal = density[:, NORMAL.index(1.0)] - highest
    gain = float((np.log(likelihood @ weights) - normal).sum())
    return tuple(weights.tolist()) if gain > SCALES.size - 1 else NORMAL


def tail_factors(measured: Measured, weights: Sequence[float]) -> TailFactors:
    """Return the factors of each model under a mixture with `weights`."""
    if tuple(weights) == NORMAL:
        ones = np.ones(measured.estimate.size)
        return TailFactors(ones, ones)
    with np.errstate(divide="ignore"):
        density = measured.log_density() + np.log(np.array(weights))
    share = np.exp(density - density.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    signal = SCALES * (measured.prior_variance * measured.precision)[:, None]
    kept = signal / (1 + signal)
    mean_kept = (share * kept).sum(axis=1)
    distance = (measured.estimate - measured.prior_mean)[:, None]
    between = ((kept - mean_kept[:, None]) * distance) ** 2
    variance = (share * (kept / measured.precision[:, None] + between)).sum(axis=1)
    prior = mean_kept / (1 - mean_kept) / (measured.prior_variance * measured.precision)
    return TailFactors(prior, np.sqrt(variance * measured.precision / mean_kept))


def calibrated_tails(calibration: Calibration) -> tuple[float, ...]:
    """Return the weights of a calibration."""
    return tuple(calibration.optional.get(TAILS, NORMAL))


def named(weights: tuple[float, ...]) -> dict[str, list[float]]:
    """Return the weights as an optional entry of a calibration; empty for a normal prior."""
    return {} if weights == NORMAL else {TAILS: list(weights)}
