"""Priors of the models that only added boards list: a term per board, and a prior of each coverage pattern."""

from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Bools, Floats, distinct_rows
from aggregator.ranking.coverage_priors import BOARD_TERM_VARIANCE, PATTERN_VARIANCE
from aggregator.ranking.fit_data import MIN_PATTERN_MODELS
from aggregator.ranking.maximization_step import PRIOR_VARIANCE_WEIGHT

ITERATIONS = 30
"""Iterations of empirical Bayes for the prior of a pattern."""


def fit_board_terms(seen: Bools, excess: Floats, variance: float) -> Floats:
    """Return draws × added boards: how much better than their own prior the models are that an added board lists.

    `seen` is models × added boards; `excess` is draws × models, each ability minus the prior mean of the model's other
    boards; `variance` is that of abilities around it. Ridge regression on the means of the sets of added boards, as in
    `coverage_priors.fit_additive_prior` with all other terms frozen.
    """
    sets, of_model = distinct_rows(seen)
    count = np.bincount(of_model, minlength=sets.shape[0])
    mean = np.array([excess[:, of_model == one].mean(axis=1) for one in range(sets.shape[0])])
    weight = 1 / (PATTERN_VARIANCE + variance / count)
    design = sets.astype(np.float64)
    left = design.T @ (design * weight[:, None]) + np.eye(sets.shape[1]) / BOARD_TERM_VARIANCE
    terms: Floats = np.asarray(np.linalg.solve(left, design.T @ (mean * weight[:, None])).T, dtype=np.float64)
    return terms


@dataclass(frozen=True)
class PatternPriors:
    """Priors of the common patterns of the models that only added boards list; arrays are draws × patterns."""

    boards: Bools
    """Patterns × added boards."""
    mean: Floats
    variance: Floats


def fit_pattern_priors(
    seen: Bools, value: Floats, precision: Floats, additive: Floats, variance: Floats
) -> PatternPriors:
    """Fit the prior of each pattern of `MIN_PATTERN_MODELS` models or more by empirical Bayes.

    `seen` is models × added boards; `value` and `precision` (draws × models) are the abilities as the added boards
    measure them; `additive` (draws × models) is the prior mean from the terms of the boards, and `variance` (draws)
    the common variance of abilities around their prior.
    """
    sets, of_model = distinct_rows(seen)
    common = np.flatnonzero(np.bincount(of_model, minlength=sets.shape[0]) >= MIN_PATTERN_MODELS)
    fitted = [
        _fit_pattern(
            value[:, of_model == one], precision[:, of_model == one], additive[:, of_model == one][:, 0], variance
        )
        for one in common
    ]
    empty = np.empty((2, variance.size, 0))
    mean, spread = np.array(fitted).transpose(1, 2, 0) if fitted else empty
    return PatternPriors(sets[common], mean, spread)


def _fit_pattern(value: Floats, precision: Floats, base: Floats, common: Floats) -> tuple[Floats, Floats]:
    """Return prior mean and variance of one pattern under every draw."""
    count = value.shape[1]
    centre, variance = base, common
    for _ in range(ITERATIONS):
        posterior = 1 / (precision + 1 / variance[:, None])
        mean = posterior * (precision * value + (centre / variance)[:, None])
        weight = count / variance
        centre = (weight * mean.mean(axis=1) + base / PATTERN_VARIANCE) / (weight + 1 / PATTERN_VARIANCE)
        squares = ((mean - centre[:, None]) ** 2 + posterior).sum(axis=1)
        variance = (PRIOR_VARIANCE_WEIGHT * common + squares) / (PRIOR_VARIANCE_WEIGHT + count)
    return centre, variance
