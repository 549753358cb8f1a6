"""The latent model: parameters, the ability of a model under them, and one step of their fit.

    y_mb = α_b + λ_b (θ_m + u_m,board(b)) + e_mb,   e ~ N(0, ψ_b + s²_mb),  u ~ N(0, σ²_board),
    θ_m ~ N(μ_g, τ²_g),  g = the set of boards that saw m

`s²` is the known error of a score. The board effect u is shared by the benchmarks of one board:
however many there are, they never say more of θ than one draw of u allows. Given the parameters
each board reduces to one number x with variance v, and θ is a precision-weighted mean.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from aggregator.ranking.score_matrix import Floats

Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Block:
    """The scores of one board: the models that it saw × its benchmarks."""

    board: int
    rows: Index
    columns: Index
    y: Floats
    """Transformed scores, 0 where there is a hole."""
    known: Floats
    """Variance of the known error."""
    hole: Floats
    """1 where there is no score, else 0."""


@dataclass(frozen=True)
class Parameters:
    """Everything that the closed form needs; arrays over benchmarks, boards and coverage patterns."""

    alpha: Floats
    slope: Floats
    noise: Floats
    """ψ, a variance."""
    board: Floats
    """σ², a variance."""
    mean: Floats
    """μ of each pattern."""
    variance: Floats
    """τ² of each pattern."""


@dataclass(frozen=True)
class Reading:
    """What one board says of the models that it saw."""

    value: Floats
    """x: the models' ability as this board measures it."""
    precision: Floats
    """1 / variance of x around θ + u."""


@dataclass(frozen=True)
class Posterior:
    """Ability of each model given its own scores."""

    mean: Floats
    variance: Floats
    readings: tuple[Reading, ...]


def read(block: Block, at: Parameters) -> Reading:
    """Put the benchmarks of one board together."""
    slope = at.slope[block.columns]
    weight = (1 - block.hole) / (at.noise[block.columns] + block.known)
    precision = weight @ slope**2
    value = ((weight * block.y) @ slope - weight @ (slope * at.alpha[block.columns])) / precision
    return Reading(value, precision)


def posterior(blocks: tuple[Block, ...], at: Parameters, pattern: Index) -> Posterior:
    """Return the ability of every model; models without a score keep the mean of their pattern."""
    precision = 1 / at.variance[pattern]
    pull = at.mean[pattern] * precision
    readings = []
    for block in blocks:
        reading = read(block, at)
        weight = 1 / (at.board[block.board] + 1 / reading.precision)
        precision[block.rows] += weight
        pull[block.rows] += weight * reading.value
        readings.append(reading)
    return Posterior(pull / precision, 1 / precision, tuple(readings))


def shifted(at: Parameters, centre: float, spread: float) -> Parameters:
    """Express the same model in abilities (θ - centre) / spread."""
    return replace(
        at,
        alpha=at.alpha + at.slope * centre,
        slope=at.slope * spread,
        board=at.board / spread**2,
        mean=(at.mean - centre) / spread,
        variance=at.variance / spread**2,
    )
