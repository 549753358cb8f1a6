"""Latent ability model: its parameters, and the posterior of every model's ability under them.

    y_mb = α_b + λ_b (θ_m + u_m,board(b)) + e_mb,   e ~ N(0, ψ_b + s²_mb),  u ~ N(0, σ²_board),
    θ_m ~ N(μ_g, τ²_g),  g = the coverage pattern of m: the set of boards with a score of it

A linear factor model (Lawley & Maxwell 1971) with a nested random effect u per board. y is a transformed score, θ the
ability, and s² the variance of the score's known error. All benchmarks of one board share u, so they never carry more
information on θ than one draw of u allows. Given the parameters, each board reduces to one estimate with a variance,
and the posterior of θ is normal: a precision-weighted mean.
"""

from dataclasses import dataclass, replace

from aggregator.ranking.arrays import Floats, Index


@dataclass(frozen=True)
class BoardBlock:
    """The scores of one board: its models × its benchmarks."""

    board: int
    rows: Index
    """Positions of the board's models among all models."""
    columns: Index
    """Positions of the board's benchmarks among all benchmarks."""
    y: Floats
    """Transformed scores, 0 where missing."""
    known_variance: Floats
    """s², the variance of the known error."""
    missing: Floats
    """1 where there is no score, else 0."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of the latent model; arrays over benchmarks, boards or coverage patterns."""

    intercept: Floats
    """α of each benchmark."""
    slope: Floats
    """λ of each benchmark, its loading on ability."""
    noise_variance: Floats
    """ψ of each benchmark."""
    board_variance: Floats
    """σ² of each board."""
    prior_mean: Floats
    """μ of each pattern."""
    prior_variance: Floats
    """τ² of each pattern."""


@dataclass(frozen=True)
class BoardEstimate:
    """Ability of each model as one board measures it."""

    value: Floats
    """The weighted least-squares estimate of θ + u."""
    precision: Floats
    """1 / variance of `value` around θ + u."""


@dataclass(frozen=True)
class Posterior:
    """Normal posterior of each model's ability given its own scores."""

    mean: Floats
    variance: Floats
    by_board: tuple[BoardEstimate, ...]
    """The estimates of the boards, in the order of the blocks."""


def board_estimate(block: BoardBlock, parameters: Parameters) -> BoardEstimate:
    """Combine the benchmarks of one board by weighted least squares."""
    slope = parameters.slope[block.columns]
    weight = (1 - block.missing) / (parameters.noise_variance[block.columns] + block.known_variance)
    precision = weight @ slope**2
    value = ((weight * block.y) @ slope - weight @ (slope * parameters.intercept[block.columns])) / precision
    return BoardEstimate(value, precision)


def posterior(blocks: tuple[BoardBlock, ...], parameters: Parameters, pattern: Index) -> Posterior:
    """Return the posterior of every model's ability; a model without a score keeps its prior.

    `pattern` is the position of each model's prior in `parameters.prior_mean`.
    """
    precision = 1 / parameters.prior_variance[pattern]
    weighted_sum = parameters.prior_mean[pattern] * precision
    by_board = []
    for block in blocks:
        estimate = board_estimate(block, parameters)
        weight = 1 / (parameters.board_variance[block.board] + 1 / estimate.precision)
        precision[block.rows] += weight
        weighted_sum[block.rows] += weight * estimate.value
        by_board.append(estimate)
    return Posterior(weighted_sum / precision, 1 / precision, tuple(by_board))


def rescaled(parameters: Parameters, centre: float, scale: float) -> Parameters:
    """Return the parameters of the same model for abilities (θ - centre) / scale."""
    return replace(
        parameters,
        intercept=parameters.intercept + parameters.slope * centre,
        slope=parameters.slope * scale,
        board_variance=parameters.board_variance / scale**2,
        prior_mean=(parameters.prior_mean - centre) / scale,
        prior_variance=parameters.prior_variance / scale**2,
    )
