"""The expected variance of a leaderboard's effect, where the fit gives the most probable one.

Few models on several leaderboards leave a wide and skewed distribution of the variance: its mean is above its mode. With
ν models' worth of information, that of an inverse χ² distribution is ν / (ν - 2) times as large. The robust weights of
the fit also take a share of every variance. Both make intervals too narrow.
"""

import numpy as np

from aggregator.ranking.arrays import Floats
from aggregator.ranking.fit_data import FitData
from aggregator.ranking.latent_model import Parameters, posterior
from aggregator.ranking.maximization_step import BOARD_VARIANCE_WEIGHT

TRIMMED = 0.0224
"""1 - E min(z², 2.5²) of a standard normal z: what `robust_weights` takes from a variance of normal differences."""


def expected_variance_factors(data: FitData, fitted: Parameters) -> Floats:
    """Return for each board the expected value of its variance as a multiple of the fitted one.

    A model on this board and others has as much information on the variance as the square of the share of it in the
    variance of their difference.
    """
    found = posterior(data.blocks, fitted, data.pattern)
    factor = np.ones(data.n_boards)
    for block, estimate in zip(data.blocks, found.by_board, strict=True):
        several = data.on_several_boards[block.rows]
        variance = fitted.board_variance[block.board]
        if variance == 0 or not several.any():
            continue
        mine = variance + 1 / estimate.precision[several]
        rest = 1 / (1 / found.variance[block.rows[several]] - 1 / mine)
        share = variance / (mine + rest)
        information = BOARD_VARIANCE_WEIGHT + float((share**2).sum())
        trimmed = 1 + TRIMMED * share.sum() / (share**2).sum()
        factor[block.board] = trimmed * information / (information - 2)
    return factor
