"""M-step of the fit: new parameters of each board and each coverage pattern, given the posterior of ability."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aggregator.ranking.arrays import Floats
from aggregator.ranking.coverage_priors import PATTERN_VARIANCE, fit_additive_prior
from aggregator.ranking.fit_data import FitData
from aggregator.ranking.latent_model import BoardBlock, BoardEstimate, Parameters, Posterior

SLOPE_PRIOR_DEVIATION = 0.5
"""Prior standard deviation of a slope, as a share of its prior mean (the standard deviation of its column)."""
MIN_SLOPE = 0.05
"""Least slope, as a share of its prior mean."""
NOISE_PRIOR = (4.0, 0.3)
"""Weight in models, and value as a share of the squared prior slope, of the prior of a noise variance."""
BOARD_VARIANCE_PRIOR = (4.0, 0.09)
"""Weight in models, and value, of the prior of the common variance of the boards; ability has variance 1."""
BOARD_VARIANCE_WEIGHT = 12.0
"""Weight, in models, of the common variance in the variance of one board."""
PRIOR_VARIANCE_WEIGHT = 4.0
"""Weight, in models, of the common variance in the variance of one pattern."""


def maximize(data: FitData, before: Parameters, expected: Posterior, weight: Floats) -> Parameters:
    """Return the new parameters; `weight` is how many times each model counts."""
    prior = (BOARD_VARIANCE_WEIGHT, _common_board_variance(data, before))
    after = maximize_boards(data, before, expected.by_board, expected, weight, prior=prior)
    return _update_priors(data, after, expected, weight)


def maximize_boards(
    data: FitData,
    before: Parameters,
    estimates: Sequence[BoardEstimate],
    expected: Posterior,
    weight: Floats,
    *,
    prior: tuple[float, float] = BOARD_VARIANCE_PRIOR,
) -> Parameters:
    """Return the parameters with new intercepts, slopes, noise variances and variances of the boards.

    `estimates` are those of `data.blocks`; `prior` is the weight in models, and the value, of the prior of a board's
    variance.
    """
    after = replace(
        before,
        intercept=before.intercept.copy(),
        slope=before.slope.copy(),
        noise_variance=before.noise_variance.copy(),
        board_variance=before.board_variance.copy(),
    )
    for block, estimate in zip(data.blocks, estimates, strict=True):
        local = _local_ability(block, estimate, before, expected)
        _update_lines(data, before, after, block=block, local=local, weight=weight)
        _update_noise(data, before, after, block=block, local=local, weight=weight)
        _update_board_variance(data, after, block=block, local=local, weight=weight, prior=prior)
    return after


@dataclass(frozen=True)
class _LocalAbility:
    """Posterior of θ + u of one board, and of u alone, for the board's models."""

    mean: Floats
    variance: Floats
    effect_square: Floats
    """Posterior mean of u²."""


def _local_ability(
    block: BoardBlock, estimate: BoardEstimate, parameters: Parameters, expected: Posterior
) -> _LocalAbility:
    theta, theta_variance = expected.mean[block.rows], expected.variance[block.rows]
    board_variance = parameters.board_variance[block.board]
    shrinkage = board_variance / (board_variance + 1 / estimate.precision)
    effect_variance = shrinkage / estimate.precision
    difference = estimate.value - theta
    return _LocalAbility(
        mean=theta + shrinkage * difference,
        variance=(1 - shrinkage) ** 2 * theta_variance + effect_variance,
        effect_square=shrinkage**2 * difference**2 + shrinkage**2 * theta_variance + effect_variance,
    )


def _update_lines(
    data: FitData, before: Parameters, after: Parameters, *, block: BoardBlock, local: _LocalAbility, weight: Floats
) -> None:
    """Write the new intercepts and slopes of one board: weighted least squares on ability, with a prior on the slope."""
    columns = block.columns
    total_variance = before.noise_variance[columns] + block.known_variance
    cell_weight = weight[block.rows][:, None] * (1 - block.missing) / total_variance
    first, second = local.mean[:, None], (local.mean**2 + local.variance)[:, None]
    s0, s1, s2 = cell_weight.sum(axis=0), (cell_weight * first).sum(axis=0), (cell_weight * second).sum(axis=0)
    t0, t1 = (cell_weight * block.y).sum(axis=0), (cell_weight * block.y * first).sum(axis=0)
    prior_mean = data.slope_prior[columns]
    prior_precision = 1 / (SLOPE_PRIOR_DEVIATION * prior_mean) ** 2
    determinant = s0 * (s2 + prior_precision) - s1**2
    slope = (s0 * (t1 + prior_precision * prior_mean) - s1 * t0) / determinant
    slope = np.maximum(slope, MIN_SLOPE * prior_mean)
    after.slope[columns], after.intercept[columns] = slope, (t0 - slope * s1) / s0


def _update_noise(
    data: FitData, before: Parameters, after: Parameters, *, block: BoardBlock, local: _LocalAbility, weight: Floats
) -> None:
    """Write the new noise variances of one board; reads the new intercepts and slopes."""
    columns, slope = block.columns, after.slope[block.columns]
    residual = block.y - after.intercept[columns] - slope * local.mean[:, None]
    share = before.noise_variance[columns] / (before.noise_variance[columns] + block.known_variance)
    noise_square = share**2 * (residual**2 + slope**2 * local.variance[:, None]) + share * block.known_variance
    mine, several = weight[block.rows], data.on_several_boards[block.rows]
    # Models on a single column carry no information on its noise; they would only slow the fit down.
    informative = mine * several if columns.size == 1 and several.any() else mine
    cell_weight = informative[:, None] * (1 - block.missing)
    count, value = NOISE_PRIOR
    prior = count * value * data.slope_prior[columns] ** 2
    noise = (prior + (cell_weight * noise_square).sum(axis=0)) / (count + cell_weight.sum(axis=0))
    after.noise_variance[columns] = np.maximum(noise, data.min_noise[columns])


def _common_board_variance(data: FitData, before: Parameters) -> float:
    """Return the mean variance of the boards, each weighted by its models on several boards."""
    models = np.zeros(data.n_boards)
    for block in data.blocks:
        models[block.board] = np.count_nonzero(data.on_several_boards[block.rows])
    models[before.board_variance == 0] = 0
    count, value = BOARD_VARIANCE_PRIOR
    return float((count * value + models @ before.board_variance) / (count + models.sum()))


def _update_board_variance(
    data: FitData,
    after: Parameters,
    *,
    block: BoardBlock,
    local: _LocalAbility,
    weight: Floats,
    prior: tuple[float, float],
) -> None:
    """Write the new variance of one board's effect; it stays 0 for a board with one column."""
    mine, several = weight[block.rows], data.on_several_boards[block.rows]
    if several.any() and block.columns.size > 1:
        count, value = prior
        effects = (mine * local.effect_square)[several].sum()
        after.board_variance[block.board] = (count * value + effects) / (count + mine[several].sum())


def _update_priors(data: FitData, after: Parameters, expected: Posterior, weight: Floats) -> Parameters:
    """Return the parameters with new means and variances of the coverage patterns (empirical Bayes)."""
    n_patterns = data.pattern_boards.shape[0]
    count = np.bincount(data.pattern, weight, n_patterns)
    mean = np.bincount(data.pattern, weight * expected.mean, n_patterns) / np.maximum(count, 1e-12)
    error = PATTERN_VARIANCE + after.prior_variance / np.maximum(count, 1e-12)
    additive = fit_additive_prior(data.pattern_boards, mean, error).mean(data.pattern_boards)
    precision = count / after.prior_variance
    centre = (precision * mean + additive / PATTERN_VARIANCE) / (precision + 1 / PATTERN_VARIANCE)
    deviation = (expected.mean - centre[data.pattern]) ** 2 + expected.variance
    squares = np.bincount(data.pattern, weight * deviation, n_patterns)
    common = squares.sum() / count.sum()
    variance = (PRIOR_VARIANCE_WEIGHT * common + squares) / (PRIOR_VARIANCE_WEIGHT + count)
    return replace(after, prior_mean=centre, prior_variance=variance)
