"""Variances of the model with domains, by expectation-maximisation (Dempster, Laird & Rubin 1977).

ω² of each domain, the noise variance of each benchmark and the variance of each board's effect are fitted together,
with intercepts, slopes and priors of the calibration as they are. The noise of the calibration contains the deviations
of the domains, so ω² alone would come out too low beside it.
"""

from dataclasses import dataclass, replace

import numpy as np

from aggregator.ranking.arrays import Bools, Floats, Index, distinct_rows
from aggregator.ranking.domain_posterior import MIN_VARIANCE, SEVERAL, DomainVariances
from aggregator.ranking.latent_model import BoardBlock, Parameters

COMMON_WEIGHT = 10.0
"""Weight, in models, of the common variance in the variance of one domain."""
NOISE_WEIGHT = 4.0
"""Weight, in models, of the calibration's noise in the noise of one benchmark."""
BOARD_WEIGHT = 4.0
"""The same for a board."""
PATTERN_MODELS = 100
"""Models of one coverage pattern at most: the many models of one board alone would decide what the domains are."""
START = 0.1
MAX_ITERATIONS = 100
TOLERANCE = 2e-4
"""The fit ends when no ω² moves by more than this in an iteration."""


def domain_variances(
    blocks: tuple[BoardBlock, ...],
    parameters: Parameters,
    pattern: Index,
    *,
    benchmarks: tuple[str, ...],
    boards: tuple[str, ...],
    domains: tuple[str, ...],
    domain_of: Index,
) -> DomainVariances:
    """Fit the variances on models with scores in two domains or more.

    `pattern` is the position of each model's prior in `parameters.prior_mean`, `domain_of` the position of each
    benchmark's domain in `domains`, or `SEVERAL`. Without such models the result has the default variance alone.
    """
    data = _data(blocks, parameters, pattern, domain_of, len(domains))
    if not data.present.size:
        return DomainVariances()
    variances = _Variances(np.full(len(domains), START), data.noise, data.board_variance)
    for _ in range(MAX_ITERATIONS):
        before, variances = variances, _iteration(data, variances)
        if np.abs(variances.domain - before.domain).max() < TOLERANCE:
            break
    seen, known = data.has_domain.sum(axis=0) > 0, data.present.sum(axis=0) > 0
    share = variances.noise / data.noise
    measured = np.unique([block.board for block in blocks])
    return DomainVariances(
        common=float(variances.domain[seen].mean()),
        variance={domain: float(variances.domain[k]) for k, domain in enumerate(domains) if seen[k]},
        noise_share={name: float(share[b]) for b, name in enumerate(benchmarks) if known[b]},
        board_variance={boards[b]: float(variances.board[b]) for b in measured.tolist()},
    )


@dataclass(frozen=True)
class _Variances:
    domain: Floats
    noise: Floats
    """In the unit of θ: ψ / λ²."""
    board: Floats


@dataclass(frozen=True)
class _Data:
    """Scores of the chosen models in the unit of θ: (y - α) / λ."""

    present: Bools
    value: Floats
    known_variance: Floats
    prior_mean: Floats
    prior_variance: Floats
    design: Floats
    """Benchmarks × unknowns: θ, the deviations by domain, the effects of the boards."""
    has_domain: Bools
    """Models × domains."""
    has_board: Bools
    noise: Floats
    board_variance: Floats
    is_single: Bools
    """Boards of one benchmark: their effect counts as noise."""


def _data(
    blocks: tuple[BoardBlock, ...], parameters: Parameters, pattern: Index, domain_of: Index, domains: int
) -> _Data:
    models, benchmarks = pattern.size, parameters.slope.size
    boards = parameters.board_variance.size
    value, known = np.zeros((models, benchmarks)), np.zeros((models, benchmarks))
    present = np.zeros((models, benchmarks), dtype=np.bool_)
    board_of = np.zeros(benchmarks, dtype=np.intp)
    for block in blocks:
        cells, slope = np.ix_(block.rows, block.columns), parameters.slope[block.columns]
        present[cells] = block.missing == 0
        value[cells] = np.where(present[cells], (block.y - parameters.intercept[block.columns]) / slope, 0.0)
        known[cells] = block.known_variance / slope**2
        board_of[block.columns] = block.board
    in_domain, in_board = _members(domain_of, domains), _members(board_of, boards)
    has_domain = present.astype(np.float64) @ in_domain > 0
    has_board = present.astype(np.float64) @ in_board > 0
    rows = _chosen(has_domain, has_board)
    in_domain[domain_of == SEVERAL] = 1 / max(domains, 1)
    return _Data(
        present=present[rows],
        value=value[rows],
        known_variance=known[rows],
        prior_mean=parameters.prior_mean[pattern[rows]],
        prior_variance=parameters.prior_variance[pattern[rows]],
        design=np.column_stack([np.ones(benchmarks), in_domain, in_board]),
        has_domain=has_domain[rows],
        has_board=has_board[rows],
        noise=parameters.noise_variance / parameters.slope**2,
        board_variance=parameters.board_variance,
        is_single=in_board.sum(axis=0) <= 1,
    )


def _members(group_of: Index, groups: int) -> Floats:
    """Return members × groups: 1 where the member is in the group."""
    members: Floats = (group_of[:, None] == np.arange(groups)).astype(np.float64)
    return members


def _chosen(has_domain: Bools, has_board: Bools) -> Index:
    """Return models with two domains or more, of each coverage pattern at most `PATTERN_MODELS`, evenly over the rows."""
    several = np.flatnonzero(has_domain.sum(axis=1) > 1)
    if not several.size:
        return several
    _, pattern = distinct_rows(has_board[several])
    chosen = []
    for group in range(pattern.max() + 1):
        members = several[pattern == group]
        picked = np.linspace(0, members.size - 1, min(members.size, PATTERN_MODELS)).astype(np.intp)
        chosen.append(members[picked])
    return np.sort(np.concatenate(chosen))


def _iteration(data: _Data, before: _Variances) -> _Variances:
    """Run one iteration of EM."""
    domains, design = before.domain.size, data.design
    mean, covariance = _posterior(data, before)
    square = mean**2 + np.einsum("mii->mi", covariance)
    count = data.has_domain.sum(axis=0)
    squares = np.where(data.has_domain, square[:, 1 : 1 + domains], 0.0).sum(axis=0)
    common = squares.sum() / count.sum()
    domain = np.maximum((COMMON_WEIGHT * common + squares) / (COMMON_WEIGHT + count), MIN_VARIANCE)
    effects = np.where(data.has_board, square[:, 1 + domains :], 0.0).sum(axis=0)
    board = (BOARD_WEIGHT * data.board_variance + effects) / (BOARD_WEIGHT + data.has_board.sum(axis=0))
    board = np.where(data.is_single | (data.board_variance == 0), 0.0, board)
    spread = ((design @ covariance) * design).sum(axis=2)
    residual = (data.value - mean @ design.T) ** 2 + spread
    share = before.noise / (before.noise + data.known_variance)
    noise_square = np.where(data.present, share**2 * residual + share * data.known_variance, 0.0).sum(axis=0)
    noise = (NOISE_WEIGHT * data.noise + noise_square) / (NOISE_WEIGHT + data.present.sum(axis=0))
    return replace(before, domain=domain, noise=noise, board=board)


def _posterior(data: _Data, variances: _Variances) -> tuple[Floats, Floats]:
    """Return mean (models × unknowns) and covariance of θ, the deviations and the effects of the boards."""
    design = data.design
    weight = np.where(data.present, 1 / (variances.noise + data.known_variance), 0.0)
    products = (design[:, :, None] * design[:, None, :]).reshape(design.shape[0], -1)
    unknowns = design.shape[1]
    precision = (weight @ products).reshape(-1, unknowns, unknowns)
    prior = np.concatenate([variances.domain, np.maximum(variances.board, MIN_VARIANCE**2)])
    diagonal = np.arange(1, unknowns)
    precision[:, diagonal, diagonal] += 1 / prior
    precision[:, 0, 0] += 1 / data.prior_variance
    total = (weight * data.value) @ design
    total[:, 0] += data.prior_mean / data.prior_variance
    covariance: Floats = np.linalg.inv(precision).astype(np.float64, copy=False)
    return (covariance @ total[:, :, None])[:, :, 0], covariance
