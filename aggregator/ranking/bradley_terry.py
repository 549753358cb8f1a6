"""Bradley-Terry strengths (Bradley & Terry 1952) from comparisons within each benchmark.

A better score is a win, a tie half of one. The strengths are the maximum-likelihood estimate to which
`evalica.bradley_terry` (Newman 2023) iterates, on its scale: geometric mean 1. They are found by Newton's method in log
strength, with the sums over opponents of `aggregator.ranking.bradley_terry_information`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from aggregator.ranking.arrays import Floats
from aggregator.ranking.bradley_terry_information import (
    Comparisons,
    Interpolation,
    cell_information,
    conjugate_gradient,
    expected_wins,
    observed_information,
    total_expected_wins,
)
from aggregator.ranking.normal import MEDIAN_OF_SQUARE
from aggregator.ranking.rank_aggregation import average_ranks
from aggregator.ranking.score_matrix import ScoreMatrix

GRADIENT_TOLERANCE = 1e-9
SOLVER_TOLERANCE = 1e-3
"""Relative error of a Newton step and of an influence. A less exact step needs more steps to the same maximum."""
MAX_STEP = 4.0
"""Largest change of a log strength in one step."""
MAX_STEPS = 200
"""Newton steps at most; about ten are used."""
MAX_HALVINGS = 30
MIN_INFORMATION = 0.1
"""Least information of a cell, as a share of the median, for it to count in the standard errors."""


@dataclass(frozen=True)
class Strengths:
    """Log strengths with mean 0, and their uncertainty."""

    log: Floats
    influence: Floats
    """Models × benchmarks: the change of the log strengths when one benchmark counts once more."""
    standard_error: Floats
    """Standard error of each log strength if columns differ on the model as they do over the whole table."""


def fit_strengths(matrix: ScoreMatrix) -> Strengths:
    """Fit the log strengths with their uncertainty; see `log_strengths`."""
    comparisons = _comparisons(matrix)
    log = _newton(comparisons)
    at = Interpolation.at(log)
    residual = comparisons.wins - expected_wins(comparisons, at)
    information = observed_information(comparisons, at)
    centred = residual - (0.0 if comparisons.virtual_ties else residual.mean(axis=0))
    influence = np.column_stack(
        [conjugate_gradient(information, column, tolerance=SOLVER_TOLERANCE) for column in centred.T]
    )
    return Strengths(log, influence, _standard_errors(comparisons, at, residual))


def log_strengths(matrix: ScoreMatrix) -> Floats:
    """Fit the log strengths without uncertainty, mean 0.

    Where some models only win (or lose) against the rest the maximum is at infinity; then every model gets one tie
    with an average opponent.
    """
    return _newton(_comparisons(matrix))


def _comparisons(matrix: ScoreMatrix) -> Comparisons:
    ranks = average_ranks(matrix.oriented)
    present = (~np.isnan(ranks)).astype(np.float64)
    wins = np.where(np.isnan(ranks), 0.0, present.sum(axis=0) - ranks)
    return Comparisons(present, wins, virtual_ties=0.0 if _is_strongly_connected(ranks) else 1.0)


def _is_strongly_connected(ranks: Floats) -> bool:
    """Return whether the graph of wins is strongly connected: the condition for a finite maximum (Ford 1957).

    Edges between neighbours in each column's order are enough.
    """
    source, target = [], []
    for column in range(ranks.shape[1]):
        seen = np.flatnonzero(~np.isnan(ranks[:, column]))
        order = seen[np.argsort(ranks[seen, column], kind="stable")]
        better, worse = order[:-1], order[1:]
        tied = ranks[better, column] == ranks[worse, column]
        source += [better, worse[tied]]
        target += [worse, better[tied]]
    edges = (np.concatenate(source), np.concatenate(target))
    graph = csr_array((np.ones(edges[0].size), edges), shape=(ranks.shape[0],) * 2)
    count, _ = connected_components(graph, directed=True, connection="strong")
    return int(count) == 1


def _standard_errors(comparisons: Comparisons, at: Interpolation, residual: Floats) -> Floats:
    """Return the pooled standard deviation of single columns / √(columns with a score of the model).

    One column moves a log strength by its residual over its information. The pool is a median over the informative
    cells, so that models at the very end of a column, with next to no information there, do not decide it.
    """
    information = cell_information(comparisons, at)
    seen = comparisons.present > 0
    informative = seen & (information > MIN_INFORMATION * np.median(information[seen]))
    degrees_of_freedom = informative.sum() - informative.any(axis=1).sum()
    if degrees_of_freedom <= 0:
        return np.zeros(at.log.size)
    pooled = np.median((residual[informative] / information[informative]) ** 2) / MEDIAN_OF_SQUARE
    error: Floats = np.sqrt(pooled * informative.sum() / degrees_of_freedom / np.maximum(seen.sum(axis=1), 1))
    return error


def _gradient(comparisons: Comparisons, at: Interpolation) -> Floats:
    """Return the gradient of the log likelihood."""
    residual = comparisons.total_wins - total_expected_wins(comparisons, at)
    return residual + comparisons.virtual_ties * (0.5 - expit(at.log))


def _newton(comparisons: Comparisons) -> Floats:
    """Maximise the likelihood by Newton steps, each shortened until the norm of the gradient falls."""
    at = Interpolation.at(np.zeros(comparisons.wins.shape[0]))
    gradient = _gradient(comparisons, at)
    goal = GRADIENT_TOLERANCE * max(1.0, float(comparisons.wins.sum())) ** 0.5
    for _ in range(MAX_STEPS):
        if float(np.linalg.norm(gradient)) <= goal:
            break
        information = observed_information(comparisons, at)
        step = conjugate_gradient(information, gradient, tolerance=SOLVER_TOLERANCE)
        step *= min(1.0, MAX_STEP / max(float(np.abs(step).max()), 1e-300))
        found = _line_search(comparisons, at.log, step, float(np.linalg.norm(gradient)))
        if found is None:
            break
        at, gradient = found
    return at.log


def _line_search(
    comparisons: Comparisons, log: Floats, step: Floats, size: float
) -> tuple[Interpolation, Floats] | None:
    """Halve the step until the norm of the gradient is below `size`; return log strengths and gradient there."""
    for _ in range(MAX_HALVINGS):
        log_there = log + step
        log_there -= 0.0 if comparisons.virtual_ties else log_there.mean()
        moved = Interpolation.at(log_there)
        gradient = _gradient(comparisons, moved)
        if np.linalg.norm(gradient) < size * (1 - 1e-4):
            return moved, gradient
        step *= 0.5
    return None
