"""Sums over opponents of the Bradley-Terry likelihood, without the matrix of all pairs.

Models i and j are compared once per benchmark with scores of both, so every sum over opponents is a sum over columns
of a smooth function of the opponents' log strengths. That function is interpolated from its values at Chebyshev nodes
(barycentric formula: Berrut & Trefethen 2004). The cost is linear in the number of models.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from aggregator.ranking.arrays import Floats

MIN_EIGENVALUE = 1e-1
"""Least eigenvalue, as a share of the greatest, of the directions that the preconditioner contains."""
MAX_ITERATIONS = 300
"""Iterations of the conjugate gradient method at most."""


@dataclass(frozen=True)
class Comparisons:
    """Comparisons within each benchmark; arrays are models × benchmarks."""

    present: Floats
    """1 where there is a score, else 0."""
    wins: Floats
    """Wins of the model over the other models of the column, ties half."""
    virtual_ties: float
    """Weight of one tie of every model with an opponent of log strength 0."""


def _chebyshev_nodes(log: Floats) -> tuple[Floats, Floats]:
    """Return the nodes over the range of `log`, and the interpolation weights models × nodes.

    The logistic function has poles at ±πi: over a half range h the error falls like ρ^-m with
    ρ = π/h + √(1 + (π/h)²), and the number of nodes m is chosen for an error of 1e-13.
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


def expected_wins(comparisons: Comparisons, log: Floats) -> Floats:
    """Return models × benchmarks: the wins that the log strengths predict."""
    node, weights = _chebyshev_nodes(log)
    mass = comparisons.present.T @ weights
    beaten = mass @ expit(node[:, None] - node[None, :]).T
    return comparisons.present * (weights @ beaten.T - 0.5)


def cell_information(comparisons: Comparisons, log: Floats) -> Floats:
    """Return models × benchmarks: the Fisher information of one column on the log strength of one model."""
    node, weights = _chebyshev_nodes(log)
    through = (comparisons.present.T @ weights) @ _win_variance(node[:, None] - node[None, :])
    return comparisons.present * (weights @ through.T - 0.25)


def _win_variance(difference: Floats) -> Floats:
    """Return p(1 - p) of the win probability p at a difference of log strengths."""
    variance: Floats = 0.25 / np.cosh(difference / 2) ** 2
    return variance


@dataclass(frozen=True)
class Information:
    """Observed information matrix (minus the Hessian of the log likelihood) as a linear operator."""

    present: Floats
    weights: Floats
    kernel: Floats
    """Nodes × nodes: variance of one comparison."""
    diagonal: Floats
    precondition: Callable[[Floats], Floats]
    """Approximate division by the matrix."""

    def __matmul__(self, vector: Floats) -> Floats:
        through = (self.present.T @ (self.weights * vector[:, None])) @ self.kernel
        product: Floats = self.diagonal * vector - (self.present * (self.weights @ through.T)).sum(axis=1)
        return product


def observed_information(comparisons: Comparisons, log: Floats) -> Information:
    """Return the observed information at `log`, with a preconditioner."""
    node, weights = _chebyshev_nodes(log)
    kernel = _win_variance(node[:, None] - node[None, :])
    through = (comparisons.present.T @ weights) @ kernel
    diagonal = (comparisons.present * (weights @ through.T)).sum(axis=1)
    diagonal += comparisons.virtual_ties * 0.25 / np.cosh(log / 2) ** 2 + 1e-12
    value, vector = np.linalg.eigh(kernel)
    leading = value > MIN_EIGENVALUE * value.max()
    if log.size <= comparisons.present.shape[1] * np.count_nonzero(leading):
        divide = _dense_preconditioner(comparisons, log, diagonal)
    else:
        smooth = weights @ (vector[:, leading] * np.sqrt(value[leading]))
        divide = _woodbury_preconditioner(comparisons, smooth, diagonal)
    # Without virtual ties the likelihood depends on differences alone: the constant is removed.
    centred = divide if comparisons.virtual_ties else lambda target: (moved := divide(target)) - moved.mean()
    return Information(comparisons.present, weights, kernel, diagonal, centred)


def _dense_preconditioner(comparisons: Comparisons, log: Floats, diagonal: Floats) -> Callable[[Floats], Floats]:
    """Divide by the whole matrix (Cholesky): cheaper for few models."""
    meetings = comparisons.present @ comparisons.present.T
    matrix = np.diag(diagonal) - meetings * 0.25 / np.cosh((log[:, None] - log[None, :]) / 2) ** 2
    factor = cho_factor(matrix + diagonal.mean() / log.size)
    return lambda target: np.asarray(cho_solve(factor, target), dtype=np.float64)


def _woodbury_preconditioner(comparisons: Comparisons, smooth: Floats, diagonal: Floats) -> Callable[[Floats], Floats]:
    """Divide by diagonal - W Wᵀ (Woodbury identity); W is models × (benchmarks · leading directions of the kernel)."""
    wide = (comparisons.present[:, :, None] * smooth[:, None, :]).reshape(diagonal.size, -1)
    gram = wide.T @ (wide / diagonal[:, None])
    factor = cho_factor((1 + 1e-6) * np.eye(gram.shape[0]) - gram * (1 - 1e-6))

    def divide(target: Floats) -> Floats:
        scaled = target / diagonal
        inside: Floats = cho_solve(factor, wide.T @ scaled)
        moved: Floats = scaled + (wide @ inside) / diagonal
        return moved

    return divide


def conjugate_gradient(information: Information, target: Floats, tolerance: float) -> Floats:
    """Solve `information` x = `target` by preconditioned conjugate gradients (Hestenes & Stiefel 1952).

    Ends when the residual, in the norm of the preconditioner, is below `tolerance` of that of the target;
    `scipy.sparse.linalg.cg` measures the residual without the preconditioner.
    """
    solution = np.zeros_like(target)
    residual = target.copy()
    direction = information.precondition(residual)
    power = residual @ direction
    goal = tolerance**2 * power
    for _ in range(MAX_ITERATIONS):
        if power <= goal or power <= 0:
            break
        image = information @ direction
        step = power / (direction @ image)
        solution += step * direction
        residual -= step * image
        preconditioned = information.precondition(residual)
        power, previous = residual @ preconditioned, power
        direction = preconditioned + power / previous * direction
    return solution
