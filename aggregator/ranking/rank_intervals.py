"""Rank intervals, and how many models are clearly better or worse than each.

The rank of a model is a random number: in each draw the model has one among the abilities of that draw. Its 90 %
interval goes from the 5 % to the 95 % quantile of these ranks (credible interval of a rank: Laird & Louis 1989).

Two models are *told apart* when the 90 % interval of the difference of their abilities does not hold 0: the better one
is better with a probability of 95 % or more. It is then *clearly better*.
"""

import numpy as np
import numpy.typing as npt

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.interval import central_quantiles
from aggregator.ranking.normal import QUANTILE_95
from aggregator.ranking.uncertainty import UncertainAbilities

CHUNK = 64
"""Models that are compared with all others at once."""
BATCH = 64
"""Draws whose ranks are computed before they are put in the order models × draws."""

Ranks = npt.NDArray[np.int32]


def rank_draws(draws: Floats) -> Ranks:
    """Return the rank of each model in each draw, from 1; both arrays are models × draws."""
    models, count = draws.shape
    ranks = np.empty((models, count), dtype=np.int32)
    ascending = np.arange(1, models + 1, dtype=np.int32)
    for begin in range(0, count, BATCH):
        some = np.negative(draws[:, begin : begin + BATCH].T, dtype=np.float32, order="C")
        order = np.argsort(some, axis=1)
        together = np.empty(order.shape, dtype=np.int32)
        for row, positions in zip(together, order, strict=True):
            row[positions] = ascending
        ranks[:, begin : begin + BATCH] = together.T
    return ranks


def rank_bounds(draws: Floats, rank: Index) -> tuple[Index, Index]:
    """Return the best and the worst rank of each model's 90 % interval, widened where it does not hold `rank`.

    `draws` is models × draws.
    """
    low, high = central_quantiles(rank_draws(draws))
    return np.minimum(low, rank).astype(np.intp), np.maximum(high, rank).astype(np.intp)


class PairwiseComparisons:
    """Comparisons of every model with every other.

    (m_i - m_j)² - c² (|f_i - f_j|² + s_i² + s_j²) is one inner product of a vector of i (and c) and one of j.
    """

    def __init__(self, models: UncertainAbilities) -> None:
        self.mean = models.mean - models.mean.mean()
        self.variance = models.total_deviation**2
        self.shared = models.shared
        ones = np.ones_like(self.mean)
        self._right = np.vstack([ones, self.mean**2, self.variance, self.mean, self.shared.T])

    def differ(self, rows: slice, critical: float = QUANTILE_95) -> Bools:
        """Return rows × models: true where the two differ by more than `critical` standard deviations of the difference."""
        square, mean = critical**2, self.mean[rows]
        own = mean**2 - square * self.variance[rows]
        ones = np.ones_like(own)
        left = np.column_stack([own, ones, -square * ones, -2 * mean, 2 * square * self.shared[rows]])
        differ: Bools = left @ self._right > 0
        return differ


def clear_counts(models: UncertainAbilities) -> tuple[Index, Index]:
    """Return how many models are clearly better, and how many clearly worse, than each; models come best first."""
    count, comparisons = models.mean.size, PairwiseComparisons(models)
    better, worse = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=np.intp)
    for begin in range(0, count, CHUNK):
        rows = slice(begin, min(begin + CHUNK, count))
        differ = comparisons.differ(rows)
        among_rows = differ[:, rows]
        better[rows] = np.count_nonzero(differ[:, :begin], axis=1) + np.tril(among_rows, -1).sum(axis=1)
        worse[rows] = np.count_nonzero(differ[:, rows.stop :], axis=1) + np.triu(among_rows, 1).sum(axis=1)
    return better, worse
