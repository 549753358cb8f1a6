"""Ranks in many draws of many tables, by counting in place of sorting."""

import numpy as np
import numpy.typing as npt

from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.bootstrap import rank_descending
from aggregator.ranking.interval import central_quantiles

RESOLUTION = 0.1
"""Width of a bin of abilities: the last digit of the displayed draws."""
BATCH = 20
"""Draws that are counted at once: the counts fit into the cache of a core."""


def ranks_in_draws(draws: Floats) -> npt.NDArray[np.int32]:
    """Return the rank of each row in each draw, from 1; both arrays are rows × draws.

    Abilities of one bin share the middle of their ranks, rounded down.
    """
    rows, count = draws.shape
    ranks = np.empty((rows, count), dtype=np.int32)
    if not draws.size:
        return ranks
    highest = draws.max()
    width = int((highest - draws.min()) / RESOLUTION) + 2
    for begin in range(0, count, BATCH):
        bins = ((highest - draws[:, begin : begin + BATCH]) / RESOLUTION).astype(np.int64)
        bins += np.arange(bins.shape[1]) * width
        counts = np.bincount(bins.ravel(), minlength=width * bins.shape[1]).astype(np.int32)
        # The middle of the ranks after the last one of all higher bins.
        middle = counts.reshape(-1, width).cumsum(axis=1, dtype=np.int32).ravel() - (counts - 1) // 2
        ranks[:, begin : begin + BATCH] = (middle - (counts % 2 == 0))[bins]
    return ranks


def place_bounds(ability: Floats, draws: Floats) -> tuple[Index, Index, Index]:
    """Return rank, best and worst rank of each row: the ends of the 90 % interval, widened to hold the rank.

    `draws` is rows × draws.
    """
    if not ability.size:
        none = np.zeros(0, dtype=np.intp)
        return none, none, none
    rank = rank_descending(ability).astype(np.intp)
    low, high = central_quantiles(ranks_in_draws(draws))
    return rank, np.minimum(low, rank).astype(np.intp), np.maximum(high, rank).astype(np.intp)
