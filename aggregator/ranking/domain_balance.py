"""Fair weights of domains: leaderboards of one domain share what the domain adds, so they do not outvote the others.

A leaderboard measures ability plus what a model can do in the domains of the leaderboard. Twelve coding leaderboards
share the effect of coding, so together they say little more about ability than one of them. The effects of two
leaderboards have the covariance

    c_bb' = Σ_k ω²_k (a_bk - w_k) (a_b'k - w_k),

a_bk being the share of domain k among the benchmarks of leaderboard b, ω²_k the variance of a model's ability in k around
its overall ability, and w_k the weight of the domain. The posterior mean is the best linear predictor with weights that
are not negative (generalised least squares: Aitken 1936). So better scores never lower an ability.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Floats
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.latent_model import BoardBlock, Parameters, board_estimate

SHARES = "domain_shares"
"""Optional entry of a calibration: `domains`, their `variance` ω², and the `shares` of each leaderboard."""
UNSEEN = 1e14
"""Variance of a leaderboard without a score; ability has variance 1."""
MIN_OWN_SHARE = 0.05
"""Least share of the variance of a leaderboard that no other leaderboard shares."""


@dataclass(frozen=True)
class BalancedPosterior:
    """Posterior of each model's ability."""

    mean: Floats
    variance: Floats
    weight: Floats
    """Models × boards: the weight of each leaderboard in the mean; the rest is that of the prior mean."""


@dataclass(frozen=True)
class BoardValues:
    """What each leaderboard says of each model, models × boards."""

    value: Floats
    """The estimate of ability, 0 where missing."""
    variance: Floats
    """Its variance around the ability, `UNSEEN` where missing."""

    @classmethod
    def of(cls, blocks: Iterable[BoardBlock], parameters: Parameters, shape: tuple[int, int]) -> "BoardValues":
        """Return the estimates of all blocks; `shape` is models × boards."""
        value, variance = np.zeros(shape), np.full(shape, UNSEEN)
        for block in blocks:
            estimate = board_estimate(block, parameters)
            value[block.rows, block.board] = estimate.value
            variance[block.rows, block.board] = parameters.board_variance[block.board] + 1 / estimate.precision
        return cls(value, variance)


def calibrated_effects(calibration: Calibration) -> Floats:
    """Return `shared_effects` of the calibration's leaderboards, all domains with equal weight; 0 where it has no domains."""
    stored = calibration.optional.get(SHARES)
    if not stored:
        return np.zeros((len(calibration.boards), len(calibration.boards)))
    count = len(stored["domains"])
    equal = np.full(count, 1 / count)
    shares = np.array([stored["shares"].get(board, equal) for board in calibration.boards])
    return shared_effects(shares, np.array(stored["variance"]), equal)


def shared_effects(shares: Floats, domain_variance: Floats, weight: Floats) -> Floats:
    """Return boards × boards: the covariance of the effects of two leaderboards.

    `shares` is boards × domains, each row with the sum 1; `weight` has the sum 1.
    """
    centred = shares - weight
    covariance: Floats = (centred * domain_variance) @ centred.T
    return covariance


def balanced_posterior(
    boards: BoardValues, prior_mean: Floats, prior_variance: Floats, shared: Floats
) -> BalancedPosterior:
    """Return the posterior of ability.

    `prior_mean` and `prior_variance` are those of each model, `shared` is from `shared_effects`.
    """
    seen = boards.variance < UNSEEN
    # With one leaderboard its own variance alone decides.
    weight = np.where(seen, prior_variance[:, None] / (prior_variance[:, None] + boards.variance), 0.0)
    variance = prior_variance * (1 - weight.sum(axis=1))
    several = np.flatnonzero(seen.sum(axis=1) > 1)
    covariance = _covariance(boards.variance[several], shared)
    weight[several] = _weights(covariance, prior_variance[several])
    mean = prior_mean + (weight * (boards.value - prior_mean[:, None])).sum(axis=1)
    chosen, rest = weight[several], 1 - weight[several].sum(axis=1)
    own = np.einsum("mb,mbc,mc->m", chosen, covariance, chosen)
    variance[several] = rest**2 * prior_variance[several] + own
    return BalancedPosterior(mean, variance, weight)


def _covariance(variance: Floats, shared: Floats) -> Floats:
    """Return models × boards × boards: the covariance of what the leaderboards measure around the ability.

    A leaderboard whose fitted variance is less than that of its domains shares only a part of it.
    """
    own = np.maximum(np.diag(shared), 1e-12)
    scale = np.sqrt(np.minimum(1.0, (1 - MIN_OWN_SHARE) * variance / own))
    covariance: Floats = scale[:, :, None] * shared * scale[:, None, :]
    diagonal = np.arange(variance.shape[1])
    covariance[:, diagonal, diagonal] = variance
    return covariance


def _weights(covariance: Floats, prior_variance: Floats) -> Floats:
    """Return the weights of the best linear predictor; a leaderboard whose weight would be negative is left out."""
    models, count = covariance.shape[:2]
    weight, open_rows = np.zeros((models, count)), np.arange(models)
    total = covariance + prior_variance[:, None, None]
    while open_rows.size:
        right = np.broadcast_to(prior_variance[open_rows, None, None], (open_rows.size, count, 1))
        found = np.linalg.solve(total[open_rows], right)[:, :, 0]
        weight[open_rows] = found
        negative = found < -1e-9
        again = negative.any(axis=1)
        row, board = np.nonzero(negative)
        total[open_rows[row], board, board] = UNSEEN**2
        open_rows = open_rows[again]
    return np.maximum(weight, 0.0)
