"""Rank intervals and tie groups from pairwise comparisons of abilities.

Model j is *significantly better* than i when their difference exceeds c standard deviations of it; the rank of i is
then between 1 + #(significantly better) and n - #(significantly worse). c is the one-sided 95 % point of the normal
distribution, so each interval holds its rank with 90 %. Over the first `TOP` models c is raised until all their
intervals hold together with 90 % (simultaneous confidence sets for ranks: Mogstad, Romano, Shaikh & Wilhelm, Review
of Economic Studies 2024).

The difference of two models is less uncertain than either: an error of the parameters moves both. The draws of the
parameters enter as principal components, so the comparison of a pair costs one inner product.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from aggregator.ranking.ability import Abilities
from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.interval import LEVEL
from aggregator.ranking.normal import QUANTILE_95

TOP = 20
"""Number of models, from the first rank on, whose intervals hold together."""
TAPER = 100
"""From this position on each interval holds its rank alone."""
RIVALS = 1000
"""Positions whose models can compete with the first `TOP`."""
CRITICAL_GRID = np.linspace(QUANTILE_95, 4.0, 25)
"""The values of c that are tried."""
SAMPLES = 500
"""Simulated orders that decide c."""
COMPONENTS = 8
COMPONENT_MODELS = 1000
"""Models, evenly over the order, from which the components are computed."""
CHUNK = 64


@dataclass(frozen=True)
class UncertainAbilities:
    """Abilities, best first, with their uncertainty: components shared by all models, and a variance of each model."""

    mean: Floats
    components: Floats
    """Models × components f; the variance of the difference of i and j contains |f_i - f_j|²."""
    own_variance: Floats


def split_uncertainty(abilities: Abilities, order: Index) -> UncertainAbilities:
    """Split the uncertainty of the models in `order` into principal components of the draws and the rest."""
    draw_means = abilities.draw_means[order]
    centred = draw_means - draw_means.mean(axis=1, keepdims=True)
    centred /= np.sqrt(max(draw_means.shape[1] - 1, 1))
    some = centred[:: max(1, order.size // COMPONENT_MODELS)]
    draws = some.shape[1]
    _, vectors = eigh(some.T @ some, subset_by_index=(max(draws - COMPONENTS, 0), draws - 1))
    components: Floats = centred @ vectors
    rest = np.maximum(np.einsum("ij,ij->i", centred, centred) - (components**2).sum(axis=1), 0.0)
    return UncertainAbilities(abilities.point[order], components, abilities.deviation[order] ** 2 + rest)


class PairwiseComparisons:
    """Comparisons of every model with every other.

    (m_i - m_j)² - c² (|f_i - f_j|² + v_i + v_j) is one inner product of a vector of i (and c) and one of j.
    """

    def __init__(self, models: UncertainAbilities) -> None:
        self.mean = models.mean - models.mean.mean()
        self.variance = (models.components**2).sum(axis=1) + models.own_variance
        self.components = models.components
        ones = np.ones_like(self.mean)
        self._right = np.vstack([ones, self.mean**2, self.variance, self.mean, self.components.T])

    def differ(self, rows: slice, critical: Floats) -> Bools:
        """Return rows × models: true where the two differ by more than `critical` standard deviations of the difference.

        `critical` has one value per row.
        """
        square, mean = critical**2, self.mean[rows]
        own = mean**2 - square * self.variance[rows]
        shared = 2 * square[:, None] * self.components[rows]
        left = np.column_stack([own, np.ones_like(own), -square, -2 * mean, shared])
        differ: Bools = left @ self._right > 0
        return differ

    def rank_bounds(self, rows: slice, critical: Floats) -> tuple[Index, Index]:
        """Return best and worst rank of the models in `rows`; models come best first."""
        begin, end = rows.start, rows.stop
        differ = self.differ(rows, critical)
        among_rows = differ[:, begin:end]
        better = np.count_nonzero(differ[:, :begin], axis=1) + np.tril(among_rows, -1).sum(axis=1)
        worse = np.count_nonzero(differ[:, end:], axis=1) + np.triu(among_rows, 1).sum(axis=1)
        return 1 + better, self.mean.size - worse


def critical_values(models: UncertainAbilities) -> Floats:
    """Return c of each model: simultaneous over the first `TOP`, then a straight line down to `QUANTILE_95`."""
    fade = np.clip((TAPER - np.arange(models.mean.size)) / (TAPER - TOP), 0.0, 1.0)
    critical: Floats = QUANTILE_95 + (simultaneous_critical_value(models) - QUANTILE_95) * fade
    return critical


def simultaneous_critical_value(models: UncertainAbilities) -> float:
    """Return the least c of the grid with which the first `TOP` intervals hold their ranks together with 90 %."""
    top = min(TOP, models.mean.size)
    ranks = _simulated_ranks(models, top)
    comparisons = PairwiseComparisons(models)
    for critical in CRITICAL_GRID:
        low, high = comparisons.rank_bounds(slice(0, top), np.full(top, critical))
        inside = (ranks >= low[:, None]) & (ranks <= high[:, None])
        if inside.all(axis=0).mean() >= LEVEL:
            return float(critical)
    return float(CRITICAL_GRID[-1])


def _simulated_ranks(models: UncertainAbilities, top: int) -> Index:
    """Return top × samples: the ranks of the first models when abilities are drawn from their distribution."""
    generator = np.random.default_rng(0)
    rivals = slice(0, RIVALS)
    components, own_variance = models.components[rivals], models.own_variance[rivals]
    sampled = models.mean[rivals, None] + components @ generator.standard_normal((components.shape[1], SAMPLES))
    sampled += np.sqrt(own_variance)[:, None] * generator.standard_normal((own_variance.size, SAMPLES))
    return np.array([1 + (sampled > sampled[position]).sum(axis=0) for position in range(top)])


def rank_bounds(models: UncertainAbilities) -> tuple[Index, Index]:
    """Return best and worst rank of each model; models come best first."""
    critical, comparisons, count = critical_values(models), PairwiseComparisons(models), models.mean.size
    chunks = [slice(begin, min(begin + CHUNK, count)) for begin in range(0, count, CHUNK)]
    low, high = zip(*(comparisons.rank_bounds(rows, critical[rows]) for rows in chunks), strict=True)
    return np.concatenate(low), np.concatenate(high)


def tie_groups(models: UncertainAbilities) -> Index:
    """Return group numbers from 1: a group is its first model and all that follow until one is significantly worse."""
    group = np.zeros(models.mean.size, dtype=np.intp)
    first, number, comparisons = 0, 0, PairwiseComparisons(models)
    while first < group.size:
        number += 1
        differ = comparisons.differ(slice(first, first + 1), np.array([QUANTILE_95]))
        worse = np.flatnonzero(differ[0, first + 1 :])
        end = first + 1 + int(worse[0]) if worse.size else group.size
        group[first:end] = number
        first = end
    return group
