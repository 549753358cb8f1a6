"""Spearman's and Kendall's rank correlation, with intervals by the Bayesian bootstrap over models (Rubin 1981)."""

import numpy as np
from scipy.stats import kendalltau, rankdata

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.interval import LEVEL

MIN_MODELS = 5
"""Fewest models in common for a correlation."""
MAX_RESAMPLED = 500
"""Models in the draws at most: a random subset where there are more."""


def rank_correlations(left: Floats, right: Floats, draws: int, seed: int) -> tuple[float, ...] | None:
    """Return `n_models`, then point, low and high end of Spearman's rho and of Kendall's tau-b.

    `left` and `right` have one value per model, NaN where missing. Returns None for fewer than `MIN_MODELS` models in
    common, and where all values of one side are equal.
    """
    shared = ~(np.isnan(left) | np.isnan(right))
    x, y = left[shared], right[shared]
    if x.size < MIN_MODELS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    generator = np.random.default_rng(seed)
    return (x.size, *_spearman(x, y, draws, generator), *_kendall(x, y, draws, generator))


def _spearman(x: Floats, y: Floats, draws: int, generator: np.random.Generator) -> tuple[float, float, float]:
    """Return rho and its interval; the draws weight the ranks of the whole set: within O(1/n) of ranking again."""
    ranks = np.column_stack([rankdata(x), rankdata(y)])
    point = float(_weighted_correlation(ranks, np.ones((1, x.size)))[0])
    some = _random_subset(x.size, generator)
    weights = np.vstack([np.ones(some.size), generator.standard_exponential((draws, some.size))])
    drawn = _weighted_correlation(ranks[some], weights)
    return _interval(point, (drawn[1:] - drawn[0]) * np.sqrt(some.size / x.size))


def _kendall(x: Floats, y: Floats, draws: int, generator: np.random.Generator) -> tuple[float, float, float]:
    """Return tau-b and its interval.

    The draws weight each model's own share of tau (the projection of the U-statistic, Hoeffding 1948).
    """
    point = float(kendalltau(x, y).statistic)
    some = _random_subset(x.size, generator)
    sign_x, sign_y = np.sign(x[some, None] - x[some]), np.sign(y[some, None] - y[some])
    scale = np.sqrt(np.count_nonzero(sign_x) * np.count_nonzero(sign_y)) / some.size
    own = (sign_x * sign_y).sum(axis=1) / max(scale, 1.0)
    weights = generator.standard_exponential((draws, some.size))
    moved = 2 * (weights @ (own - own.mean())) / weights.sum(axis=1) * np.sqrt(some.size / x.size)
    return _interval(point, moved)


def _random_subset(n_models: int, generator: np.random.Generator) -> Index:
    """Return the models of the draws; deviations of m from n models are multiplied by √(m/n)."""
    return generator.choice(n_models, min(n_models, MAX_RESAMPLED), replace=False).astype(np.intp)


def _weighted_correlation(ranks: Floats, weights: Floats) -> Floats:
    """Return Pearson's correlation of two columns of ranks (models × 2) for each row of `weights` (draws × models)."""
    total = weights.sum(axis=1)
    x, y = ranks[:, 0] - ranks[:, 0].mean(), ranks[:, 1] - ranks[:, 1].mean()
    mean_x, mean_y = weights @ x / total, weights @ y / total
    covariance = weights @ (x * y) / total - mean_x * mean_y
    variance_x, variance_y = weights @ x**2 / total - mean_x**2, weights @ y**2 / total - mean_y**2
    constant: Bools = (variance_x <= 1e-12) | (variance_y <= 1e-12)
    scale = np.sqrt(np.where(constant, 1.0, variance_x * variance_y))
    correlation: Floats = np.where(constant, np.nan, covariance / scale)
    return np.clip(correlation, -1.0, 1.0)


def _interval(point: float, deviations: Floats) -> tuple[float, float, float]:
    """Return the point and the ends of the central `LEVEL` of the draws around it."""
    drawn = np.clip(point + deviations, -1.0, 1.0)
    finite = drawn[np.isfinite(drawn)]
    if not finite.size:
        return point, point, point
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return point, min(float(low), point), max(float(high), point)
