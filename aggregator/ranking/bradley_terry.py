"""Bradley-Terry strengths from the wins of each benchmark: a better score is a win, a tie half of one.

The strengths are the maximum of the likelihood that `evalica.bradley_terry` (Newman 2023) iterates
towards, on its scale: geometric mean 1. They are found by Newton's method in log strength. The
n × n matrix of comparisons is never built: models i and j meet once per benchmark that saw both,
so every sum over opponents is a sum over columns of a smooth function of the opponents' log
strength, and that function is carried by its values at Chebyshev nodes.

Bradley & Terry, Biometrika 39, 1952; Newman, JMLR 24, 2023.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from aggregator.ranking.alternates import average_ranks
from aggregator.ranking.score_matrix import Cells, Floats

GRADIENT_TOLERANCE = 1e-9
LEADING = 1e-1
"""Directions of the kernel below this share of the greatest are left to the iterations."""
INFORMED = 0.1
"""Cells with less than this share of the usual information say nothing of the scatter."""
MEDIAN_OF_SQUARE = 0.4549
"""Median of a squared standard normal."""
STEPS = 200
"""Newton steps at most; about ten are used."""


@dataclass(frozen=True)
class Strengths:
    """Log strengths with mean 0, their uncertainty, and whether the virtual tie was needed."""

    log: Floats
    influence: Floats
    """models × benchmarks: the change of the log strengths when one benchmark counts once more."""
    spread: Floats
    """Standard error of each log strength if columns differ on it as they do over the whole table."""
    regularised: bool


@dataclass(frozen=True)
class _Problem:
    present: Floats
    """models × benchmarks, 1 where seen."""
    wins: Floats
    """models × benchmarks, wins of the model in the column, ties half."""
    virtual: float
    """Weight of one tie of every model with an opponent of log strength 0."""


def strengths(cells: Cells) -> Strengths:
    """Fit the strengths with their uncertainty; see `log_strengths`."""
    problem = _problem(cells)
    log = _maximise(problem)
    pull = problem.wins - _expected_wins(problem, log)
    curvature, centred = _curvature(problem, log), pull - (0.0 if problem.virtual else pull.mean(axis=0))
    influence = np.column_stack([_conjugate_gradient(curvature, column, tolerance=1e-3) for column in centred.T])
    return Strengths(log, influence, _spread(problem, log, pull), regularised=problem.virtual > 0)


def log_strengths(cells: Cells) -> Floats:
    """Fit the log strengths alone, mean 0.

    Where some models only ever win (or lose) against the rest the maximum lies at infinity; then
    every model gets one tie with an average opponent.
    """
    return _maximise(_problem(cells))


def _problem(cells: Cells) -> _Problem:
    ranks = average_ranks(cells.oriented)
    present = (~np.isnan(ranks)).astype(np.float64)
    wins = np.where(np.isnan(ranks), 0.0, present.sum(axis=0) - ranks)
    return _Problem(present, wins, virtual=0.0 if _everyone_can_be_reached(ranks) else 1.0)


def _spread(problem: _Problem, log: Floats, pull: Floats) -> Floats:
    """Pooled standard deviation of what single columns say of a log strength, over the root of the columns that saw the model.

    One column moves a log strength by its pull over its information; the pool is a median over cells
    that have information, so that models at the very end of a column, where it has next to none, do not set it.
    """
    node, weights = _nodes(log)
    kernel = 0.25 / np.cosh((node[:, None] - node[None, :]) / 2) ** 2
    information = problem.present * (weights @ ((problem.present.T @ weights) @ kernel).T - 0.25)
    seen = problem.present > 0
    telling = seen & (information > INFORMED * np.median(information[seen]))
    spare = telling.sum() - telling.any(axis=1).sum()
    if spare <= 0:
        return np.zeros(log.size)
    moved = np.median((pull[telling] / information[telling]) ** 2) / MEDIAN_OF_SQUARE
    spread: Floats = np.sqrt(moved * telling.sum() / spare / np.maximum(seen.sum(axis=1), 1))
    return spread


def _everyone_can_be_reached(ranks: Floats) -> bool:
    """Whether the graph of wins is strongly connected; neighbours in each column's order are edges enough."""
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


def _nodes(log: Floats) -> tuple[Floats, Floats]:
    """Chebyshev nodes over the range of `log`, and the weights models × nodes that interpolate there.

    The logistic function has poles at ±πi: over a half range h the error falls like ρ^-m with
    ρ = π/h + √(1 + (π/h)²), and m is taken for 1e-13.
    """
    centre, half = (log.max() + log.min()) / 2, max((log.max() - log.min()) / 2, 0.5)
    ratio = np.pi / half
    count = int(np.ceil(30 / np.log(ratio + np.sqrt(1 + ratio**2)))) + 8
    angle = (np.arange(count) + 0.5) * np.pi / count
    node = np.cos(angle)
    barycentric = (-1.0) ** np.arange(count) * np.sin(angle)
    gap = ((log - centre) / half)[:, None] - node
    exact = np.abs(gap) < 1e-14
    term = barycentric / np.where(exact, 1.0, gap)
    weights = term / term.sum(axis=1, keepdims=True)
    hit = exact.any(axis=1)
    weights[hit] = exact[hit]
    return centre + half * node, weights


def _expected_wins(problem: _Problem, log: Floats) -> Floats:
    """Return models × benchmarks: the wins that the strengths expect of each model in each column."""
    node, weights = _nodes(log)
    mass = problem.present.T @ weights
    beaten = mass @ expit(node[:, None] - node[None, :]).T
    return problem.present * (weights @ beaten.T - 0.5)


@dataclass(frozen=True)
class _Curvature:
    """Minus the second derivative of the likelihood: its product with a vector, and how nearly to divide by it."""

    present: Floats
    weights: Floats
    kernel: Floats
    diagonal: Floats
    divide: Callable[[Floats], Floats]

    def __matmul__(self, vector: Floats) -> Floats:
        through = (self.present.T @ (self.weights * vector[:, None])) @ self.kernel
        product: Floats = self.diagonal * vector - (self.present * (self.weights @ through.T)).sum(axis=1)
        return product


def _curvature(problem: _Problem, log: Floats) -> _Curvature:
    node, weights = _nodes(log)
    kernel = 0.25 / np.cosh((node[:, None] - node[None, :]) / 2) ** 2
    through = (problem.present.T @ weights) @ kernel
    diagonal = (problem.present * (weights @ through.T)).sum(axis=1)
    diagonal += problem.virtual * 0.25 / np.cosh(log / 2) ** 2 + 1e-12
    value, vector = np.linalg.eigh(kernel)
    leading = value > LEADING * value.max()
    if log.size <= problem.present.shape[1] * np.count_nonzero(leading):
        divide = _divide_dense(problem, log, diagonal)
    else:
        smooth = weights @ (vector[:, leading] * np.sqrt(value[leading]))
        divide = _divide_by_parts(problem, smooth, diagonal)
    # Without the virtual tie only differences count: the constant is taken out.
    centred = divide if problem.virtual else lambda target: (moved := divide(target)) - moved.mean()
    return _Curvature(problem.present, weights, kernel, diagonal, centred)


def _divide_dense(problem: _Problem, log: Floats, diagonal: Floats) -> Callable[[Floats], Floats]:
    meetings = problem.present @ problem.present.T
    matrix = np.diag(diagonal) - meetings * 0.25 / np.cosh((log[:, None] - log[None, :]) / 2) ** 2
    factor = cho_factor(matrix + diagonal.mean() / log.size)
    return lambda target: np.asarray(cho_solve(factor, target), dtype=np.float64)


def _divide_by_parts(problem: _Problem, smooth: Floats, diagonal: Floats) -> Callable[[Floats], Floats]:
    """Divide by diagonal - W Wᵀ (Woodbury), W being models × (benchmarks · leading directions of the kernel)."""
    wide = (problem.present[:, :, None] * smooth[:, None, :]).reshape(diagonal.size, -1)
    gram = wide.T @ (wide / diagonal[:, None])
    factor = cho_factor((1 + 1e-6) * np.eye(gram.shape[0]) - gram * (1 - 1e-6))

    def divide(target: Floats) -> Floats:
        scaled = target / diagonal
        inside: Floats = cho_solve(factor, wide.T @ scaled)
        moved: Floats = scaled + (wide @ inside) / diagonal
        return moved

    return divide


def _conjugate_gradient(curvature: _Curvature, target: Floats, tolerance: float, limit: int = 300) -> Floats:
    solution = np.zeros_like(target)
    residual = target.copy()
    direction = curvature.divide(residual)
    power = residual @ direction
    goal = tolerance**2 * power
    for _ in range(limit):
        if power <= goal or power <= 0:
            break
        image = curvature @ direction
        step = power / (direction @ image)
        solution += step * direction
        residual -= step * image
        preconditioned = curvature.divide(residual)
        power, previous = residual @ preconditioned, power
        direction = preconditioned + power / previous * direction
    return solution


def _gradient(problem: _Problem, log: Floats) -> Floats:
    pull: Floats = (problem.wins - _expected_wins(problem, log)).sum(axis=1)
    return pull + problem.virtual * (0.5 - expit(log))


def _maximise(problem: _Problem) -> Floats:
    """Newton steps, each shortened until the gradient falls."""
    log = np.zeros(problem.wins.shape[0])
    gradient = _gradient(problem, log)
    for _ in range(STEPS):
        size = float(np.linalg.norm(gradient))
        if size <= GRADIENT_TOLERANCE * max(1.0, float(problem.wins.sum())) ** 0.5:
            break
        # Far from the maximum an exact step is wasted; the last steps converge by their number.
        step = _conjugate_gradient(_curvature(problem, log), gradient, tolerance=1e-3)
        step *= min(1.0, 4 / max(float(np.abs(step).max()), 1e-300))
        for _ in range(30):
            moved = log + step
            moved -= 0.0 if problem.virtual else moved.mean()
            ahead = _gradient(problem, moved)
            if np.linalg.norm(ahead) < size * (1 - 1e-4):
                break
            step *= 0.5
        else:
            break
        log, gradient = moved, ahead
    return log
