"""Spearman's and Kendall's rank correlation, with intervals by the Bayesian bootstrap over models (Rubin 1981)."""

from functools import lru_cache

import numpy as np
from scipy.stats import kendalltau

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.interval import LEVEL
from aggregator.ranking.rank_aggregation import mean_ranks

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
    return correlate(left[shared], right[shared], draws, seed)


def correlate(x: Floats, y: Floats, draws: int, seed: int) -> tuple[float, ...] | None:
    """Return `rank_correlations` of two columns without missing values."""
    if x.size < MIN_MODELS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    some, share = _resampled(x.size, draws, seed)
    sign_x, sign_y = np.sign(x[some, None] - x[some]), np.sign(y[some, None] - y[some])
    if some.size == x.size:
        # The sum of the signs of a model is twice the distance of its mean rank from the middle.
        rank_x, rank_y = sign_x.sum(axis=1), sign_y.sum(axis=1)
        rho = _correlation(rank_x, rank_y)
    else:
        whole_x, whole_y = mean_ranks(x) - (x.size + 1) / 2, mean_ranks(y) - (y.size + 1) / 2
        rank_x, rank_y, rho = whole_x[some], whole_y[some], _correlation(whole_x, whole_y)
    # Deviations of m from n models are multiplied by √(m/n).
    shrink = float(np.sqrt(some.size / x.size))
    tau, own = _kendall(x, y, sign_x, sign_y)
    sums = share @ np.column_stack([rank_x, rank_y, rank_x * rank_y, rank_x**2, rank_y**2, own])
    drawn = _weighted_correlation(sums)
    moved = 2 * (sums[1:, 5] - own.mean())
    return (x.size, *_interval(rho, (drawn[1:] - drawn[0]) * shrink), *_interval(tau, moved * shrink))


@lru_cache(maxsize=32)
def _resampled(n_models: int, draws: int, seed: int) -> tuple[Index, Floats]:
    """Return the models of the draws, and (1 + draws) × models: their shares, equal ones first."""
    generator = np.random.default_rng(seed)
    some = np.arange(n_models)
    if n_models > MAX_RESAMPLED:
        some = np.sort(generator.choice(n_models, MAX_RESAMPLED, replace=False))
    weights = np.vstack([np.ones(some.size), generator.standard_exponential((draws, some.size))])
    return some, weights / weights.sum(axis=1, keepdims=True)


def _correlation(x: Floats, y: Floats) -> float:
    """Return Pearson's correlation of two centred columns."""
    return float(np.clip(x @ y / np.sqrt((x @ x) * (y @ y)), -1.0, 1.0))


def _kendall(x: Floats, y: Floats, sign_x: Floats, sign_y: Floats) -> tuple[float, Floats]:
    """Return tau-b, and the share of each model of the draws in it: the projection of the U-statistic (Hoeffding 1948).

    The signs are those of the differences of two models of the draws.
    """
    agree = np.einsum("ij,ij->i", sign_x, sign_y)
    pairs = np.sqrt(float(np.count_nonzero(sign_x)) * float(np.count_nonzero(sign_y)))
    tau = float(agree.sum() / pairs) if agree.size == x.size else float(kendalltau(x, y).statistic)
    return tau, agree / max(pairs / agree.size, 1.0)


def _weighted_correlation(means: Floats) -> Floats:
    """Return Pearson's correlation of x and y from rows of weighted means of x, y, xy, x², y²: rho in each draw.

    The draws weight the ranks of the whole set: within O(1/n) of ranking again.
    """
    x, y, product, x_square, y_square = means[:, :5].T
    variance_x, variance_y = x_square - x**2, y_square - y**2
    constant: Bools = (variance_x <= 1e-9 * x_square[0]) | (variance_y <= 1e-9 * y_square[0])
    scale = np.sqrt(np.where(constant, 1.0, variance_x * variance_y))
    correlation: Floats = np.where(constant, np.nan, (product - x * y) / scale)
    return np.clip(correlation, -1.0, 1.0)


def _interval(point: float, deviations: Floats) -> tuple[float, float, float]:
    """Return the point and the ends of the central `LEVEL` of the draws around it."""
    drawn = np.sort(np.clip(point + deviations, -1.0, 1.0))
    finite = drawn[: np.count_nonzero(np.isfinite(drawn))]
    if not finite.size:
        return point, point, point
    low, high = np.interp(np.array([1 - LEVEL, 1 + LEVEL]) / 2 * (finite.size - 1), np.arange(finite.size), finite)
    return point, min(float(low), point), max(float(high), point)
