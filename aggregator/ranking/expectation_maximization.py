"""Fit of the latent model by expectation-maximisation (EM; Dempster, Laird & Rubin 1977).

The E-step is the posterior of `aggregator.ranking.latent_model`. The M-step updates each board's intercepts and
slopes by weighted ridge regression, then its variances, then the priors of the coverage patterns: conditional
maximisation (Meng & Rubin 1993). All parameters but the intercepts have priors, so the result is a posterior mode.
"""

import numpy as np

from aggregator.ranking.arrays import Floats
from aggregator.ranking.fit_data import FitData
from aggregator.ranking.latent_model import Parameters, Posterior, posterior, rescaled
from aggregator.ranking.maximization_step import BOARD_VARIANCE_PRIOR, NOISE_PRIOR, maximize

OUTLIER_THRESHOLD = 2.5
"""A model counts less where a board differs from the others by more standard deviations than this."""
MIN_SCALE = 1e-6


def initial_parameters(data: FitData) -> Parameters:
    """Return the parameters from which the fit starts: column means, prior slopes and prior variances."""
    intercept, slope = np.zeros(data.slope_prior.size), data.slope_prior.copy()
    board_variance = np.full(data.n_boards, BOARD_VARIANCE_PRIOR[1] if data.on_several_boards.any() else 0.0)
    for block in data.blocks:
        if block.columns.size == 1:
            # One column cannot separate its own noise from its board's effect: all of it counts as noise.
            board_variance[block.board] = 0.0
        count = np.maximum((1 - block.missing).sum(axis=0), 1)
        intercept[block.columns] = block.y.sum(axis=0) / count
    return Parameters(
        intercept=intercept,
        slope=slope,
        noise_variance=np.maximum(NOISE_PRIOR[1] * slope**2, data.min_noise),
        board_variance=board_variance,
        prior_mean=np.zeros(data.pattern_boards.shape[0]),
        prior_variance=np.ones(data.pattern_boards.shape[0]),
    )


def em_step(data: FitData, before: Parameters, weight: Floats) -> tuple[Parameters, float]:
    """Run one iteration; `weight` is how many times each model counts.

    Returns the parameters and the largest change of an intercept plus that of its slope, in units of the slope.
    """
    expected = posterior(data.blocks, before, data.pattern)
    weight = weight * robust_weights(data, before, expected)
    after = maximize(data, before, expected, weight)
    reference = expected.mean[data.is_reference]
    after = rescaled(after, float(reference.mean()), standard_deviation(reference))
    moved = np.abs(after.intercept - before.intercept) + np.abs(after.slope - before.slope)
    return after, float((moved / np.abs(before.slope)).max())


def standard_deviation(abilities: Floats) -> float:
    """Return the standard deviation that fixes the unit of the scale, 1 where all abilities are equal."""
    deviation = float(abilities.std())
    return deviation if deviation > MIN_SCALE else 1.0


def robust_weights(data: FitData, parameters: Parameters, expected: Posterior) -> Floats:
    """Return a weight per model: min(1, (c/z)²), z being how many standard deviations a board differs from the rest.

    The square of Huber's weight (Huber 1964); 1 for nearly all models. A failed evaluation on one board (a truncated
    reasoning model, a wrong chat template) would otherwise widen the board's variance for every model.
    """
    trusted = np.ones(data.pattern.size)
    for block, estimate in zip(data.blocks, expected.by_board, strict=True):
        several = data.on_several_boards[block.rows]
        rows = block.rows[several]
        mine = 1 / (parameters.board_variance[block.board] + 1 / estimate.precision[several])
        rest = 1 / expected.variance[rows] - mine
        others = (expected.mean[rows] / expected.variance[rows] - mine * estimate.value[several]) / rest
        z_squared = (estimate.value[several] - others) ** 2 / (1 / mine + 1 / rest)
        threshold = OUTLIER_THRESHOLD**2
        trusted[rows] = np.minimum(trusted[rows], threshold / np.maximum(z_squared, threshold))
    return trusted
