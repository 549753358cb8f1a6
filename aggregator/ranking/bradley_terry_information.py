"""Sums over opponents of the Bradley-Terry likelihood, without the matrix of all pairs.

Models i and j are compared once per benchmark with scores of both, so every sum over opponents is a sum over columns
of a smooth function of the opponents' log strengths. That function is interpolated from its values at Chebyshev nodes
(barycentric formula: Berrut & Trefethen 2004). The cost is linear in the number of models.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array
from scipy.special import expit

from aggregator.ranking.arrays import Floats, Index, distinct_rows

MIN_EIGENVALUE = 0.9
"""Least eigenvalue, as a share of the greatest, of the directions that the preconditioner contains: with more of them
the conjugate gradient method needs fewer iterations, but each preconditioner costs as much as many iterations."""
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

    @cached_property
    def pattern(self) -> "Patterns":
        """The rows of `present`, each distinct one once."""
        return Patterns.of(self.present)

    @cached_property
    def total_wins(self) -> Floats:
        """The wins of each model over all columns."""
        total: Floats = self.wins.sum(axis=1)
        return total


@dataclass(frozen=True)
class Patterns:
    """The matrix of present cells by its distinct rows: most models have the benchmarks of many others."""

    distinct: Floats
    """Patterns × benchmarks, 1 or 0."""
    of_model: Index
    """The pattern of each model."""
    membership: csr_array
    """Patterns × models, 1 or 0."""

    @classmethod
    def of(cls, present: Floats) -> "Patterns":
        """Group the models by their benchmarks."""
        distinct, of_model = distinct_rows(present > 0)
        shape = (distinct.shape[0], of_model.size)
        ones = np.ones(of_model.size)
        return cls(
            distinct.astype(np.float64), of_model, csr_array((ones, (of_model, np.arange(of_model.size))), shape=shape)
        )

    def by_pattern(self, rows: Floats) -> Floats:
        """Return patterns × columns: the sum of `rows` (models × columns) over the models of each pattern."""
        return np.asarray(self.membership @ rows, dtype=np.float64)

    def by_benchmark(self, rows: Floats) -> Floats:
        """Return benchmarks × columns: the sum of `rows` (models × columns) over the models with each benchmark."""
        total: Floats = self.distinct.T @ self.by_pattern(rows)
        return total

    def sum_cells(self, left: Floats, right: Floats) -> Floats:
        """Return per model the sum over its benchmarks of `left` (models × columns) times `right` (benchmarks × columns)."""
        of_pattern = self.distinct @ right
        total: Floats = np.einsum("ij,ij->i", left, of_pattern[self.of_model])
        return total


@dataclass(frozen=True)
class Interpolation:
    """Log strengths with the nodes over their range, and the interpolation weights models × nodes."""

    log: Floats
    node: Floats
    weights: Floats

    @classmethod
    def at(cls, log: Floats) -> "Interpolation":
        """Choose the nodes for log strengths.

        The logistic function has poles at ±πi: over a half range h the error falls like ρ^-m with
        ρ = π/h + √(1 + (π/h)²), and the number of nodes m is chosen for an error of 1e-12.
        """
        centre, half = (log.max() + log.min()) / 2, max((log.max() - log.min()) / 2, 0.5)
        ratio = np.pi / half
        count = int(np.ceil(27.6 / np.log(ratio + np.sqrt(1 + ratio**2)))) + 6
        angle = (np.arange(count) + 0.5) * np.pi / count
        node = np.cos(angle)
        gap = ((log - centre) / half)[:, None] - node
        row, column = np.nonzero(np.abs(gap) < 1e-14)
        gap[row, column] = 1.0
        weights = (-1.0) ** np.arange(count) * np.sin(angle) / gap
        weights /= weights.sum(axis=1, keepdims=True)
        weights[row] = 0.0
        weights[row, column] = 1.0
        return cls(log, centre + half * node, weights)

    @property
    def difference(self) -> Floats:
        """The differences of the nodes, nodes × nodes."""
        difference: Floats = self.node[:, None] - self.node[None, :]
        return difference


def expected_wins(comparisons: Comparisons, at: Interpolation) -> Floats:
    """Return models × benchmarks: the wins that the log strengths predict."""
    beaten = comparisons.pattern.by_benchmark(at.weights) @ expit(at.difference).T
    return comparisons.present * (at.weights @ beaten.T - 0.5)


def total_expected_wins(comparisons: Comparisons, at: Interpolation) -> Floats:
    """Return the sum of `expected_wins` of each model over the benchmarks."""
    beaten = comparisons.pattern.by_benchmark(at.weights) @ expit(at.difference).T
    return comparisons.pattern.sum_cells(at.weights, beaten - 0.5)


def cell_information(comparisons: Comparisons, at: Interpolation) -> Floats:
    """Return models × benchmarks: the Fisher information of one column on the log strength of one model."""
    through = comparisons.pattern.by_benchmark(at.weights) @ _win_variance(at.difference)
    return comparisons.present * (at.weights @ through.T - 0.25)


def _win_variance(difference: Floats) -> Floats:
    """Return p(1 - p) of the win probability p at a difference of log strengths."""
    variance: Floats = 0.25 / np.cosh(difference / 2) ** 2
    return variance


@dataclass(frozen=True)
class Information:
    """Observed information matrix (minus the Hessian of the log likelihood) as a linear operator."""

    pattern: Patterns
    weights: Floats
    kernel: Floats
    """Nodes × nodes: variance of one comparison."""
    diagonal: Floats
    precondition: Callable[[Floats], Floats]
    """Approximate division by the matrix."""

    def __matmul__(self, vector: Floats) -> Floats:
        through = self.pattern.by_benchmark(self.weights * vector[:, None]) @ self.kernel
        return self.diagonal * vector - self.pattern.sum_cells(self.weights, through)


def observed_information(comparisons: Comparisons, at: Interpolation) -> Information:
    """Return the observed information at some log strengths, with a preconditioner."""
    log, weights, kernel = at.log, at.weights, _win_variance(at.difference)
    diagonal = comparisons.pattern.sum_cells(weights, comparisons.pattern.by_benchmark(weights) @ kernel)
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
    return Information(comparisons.pattern, weights, kernel, diagonal, centred)


def _dense_preconditioner(comparisons: Comparisons, log: Floats, diagonal: Floats) -> Callable[[Floats], Floats]:
    """Divide by the whole matrix (Cholesky): cheaper for few models."""
    meetings = comparisons.present @ comparisons.present.T
    matrix = np.diag(diagonal) - meetings * 0.25 / np.cosh((log[:, None] - log[None, :]) / 2) ** 2
    factor = cho_factor(matrix + diagonal.mean() / log.size)
    return lambda target: np.asarray(cho_solve(factor, target), dtype=np.float64)


def _woodbury_preconditioner(comparisons: Comparisons, smooth: Floats, diagonal: Floats) -> Callable[[Floats], Floats]:
    """Divide by diagonal - W Wᵀ (Woodbury identity); W is models × (benchmarks · leading directions of the kernel)."""
    pattern, directions = comparisons.pattern, smooth.shape[1]
    outer = (smooth[:, :, None] * smooth[:, None, :]).reshape(diagonal.size, -1)
    by_pattern = pattern.by_pattern(outer / diagonal[:, None])
    blocks = [pattern.distinct.T @ (pattern.distinct * column[:, None]) for column in by_pattern.T]
    size = pattern.distinct.shape[1] * directions
    gram = np.array(blocks).reshape(directions, directions, *blocks[0].shape).transpose(2, 0, 3, 1).reshape(size, size)
    factor = cho_factor((1 + 1e-6) * np.eye(size) - gram * (1 - 1e-6))

    def divide(target: Floats) -> Floats:
        scaled = target / diagonal
        through = pattern.by_benchmark(smooth * scaled[:, None])
        inside: Floats = cho_solve(factor, through.reshape(-1)).reshape(through.shape)
        moved: Floats = scaled + pattern.sum_cells(smooth, inside) / diagonal
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
