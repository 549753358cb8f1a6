"""Fitting the latent model by expectation and maximisation (Dempster, Laird & Rubin 1977)."""

from dataclasses import dataclass, replace

import numpy as np

from aggregator.ranking.latent import Block, Index, Parameters, Posterior, Reading, posterior, shifted
from aggregator.ranking.score_matrix import Bools, Floats

SLOPE_SPREAD = 0.5
"""Prior standard deviation of a slope, as a share of its prior mean (the spread of its column)."""
BOARD_PRIOR = (4.0, 0.09)
"""Weight in models, and value, of the prior of a board's variance; ability has variance 1."""
PATTERN_DEVIATION = 0.25
"""Variance of a pattern's mean around what its boards add up to."""
BOARD_STEP = 4.0
"""Prior variance of what one board adds to a pattern's mean."""
VARIANCE_WEIGHT = 4.0
"""Weight, in models, of the common variance in the variance of one pattern."""
NOISE_PRIOR = (4.0, 0.3)
"""Weight in models, and value as a share of the squared prior slope, of the prior of a noise variance."""
TRUSTED = 2.5
"""Boards that differ on a model by more standard deviations than this make it count less in the fit."""
NO_SPREAD = 1e-6
LEAST_NOISE = 0.15
"""ψ is at least this share of its column's variance: one factor otherwise locks on the two columns most alike."""
LEAST_NOISE_ALONE = 0.01
"""The same for the only column of a board."""


@dataclass(frozen=True)
class Frame:
    """What is fitted: blocks of scores, and which boards saw which model."""

    blocks: tuple[Block, ...]
    pattern: Index
    """Pattern of each model."""
    boards: Bools
    """patterns × boards: which boards make the pattern."""
    anchor: Bools
    """The models that hold the scale: their abilities have mean 0 and variance 1."""
    slope_prior: Floats
    several: Bools
    """Models that two boards or more saw; they alone tell board effects from ability."""
    least_noise: Floats


def start(frame: Frame, n_benchmarks: int, n_boards: int) -> Parameters:
    """Return the parameters that the fit starts from."""
    alpha, slope = np.zeros(n_benchmarks), frame.slope_prior.copy()
    noise = np.maximum(NOISE_PRIOR[1] * slope**2, frame.least_noise)
    alone = not frame.several.any()
    board = np.full(n_boards, 0.0 if alone else BOARD_PRIOR[1])
    for block in frame.blocks:
        if block.columns.size == 1:
            # One column cannot tell its own noise from its board's effect: all of it is the column's.
            board[block.board] = 0.0
        count = np.maximum((1 - block.hole).sum(axis=0), 1)
        alpha[block.columns] = block.y.sum(axis=0) / count
    return Parameters(
        alpha=alpha,
        slope=slope,
        noise=noise,
        board=board,
        mean=np.zeros(frame.boards.shape[0]),
        variance=np.ones(frame.boards.shape[0]),
    )


def step(frame: Frame, at: Parameters, weight: Floats) -> tuple[Parameters, float]:
    """One round of expectation and maximisation; `weight` counts each model that many times.

    Returns the parameters and the largest change of a slope or offset in units of the slope.
    """
    now = posterior(frame.blocks, at, frame.pattern)
    weight = weight * trust(frame, at, now)
    after = Parameters(at.alpha.copy(), at.slope.copy(), at.noise.copy(), at.board.copy(), at.mean, at.variance)
    for block, reading in zip(frame.blocks, now.readings, strict=True):
        _fit_block(frame, at, after, block=block, reading=reading, now=now, weight=weight)
    after = _fit_patterns(frame, after, now, weight)
    held = now.mean[frame.anchor]
    after = shifted(after, float(held.mean()), spread_of(held))
    moved = np.abs(after.alpha - at.alpha) + np.abs(after.slope - at.slope)
    return after, float((moved / np.abs(at.slope)).max())


def spread_of(abilities: Floats) -> float:
    """Return the standard deviation that holds a scale, 1 where the scores tell no model from another."""
    spread = float(abilities.std())
    return spread if spread > NO_SPREAD else 1.0


def trust(frame: Frame, at: Parameters, now: Posterior) -> Floats:
    """Return a weight per model, 1 for nearly all: Huber's (TRUSTED / z)² where a board is z > TRUSTED off the rest.

    A failed evaluation on one board (a thinking model cut short, a broken template) would otherwise widen
    the board's variance for everyone.
    """
    trusted = np.ones(frame.pattern.size)
    for block, reading in zip(frame.blocks, now.readings, strict=True):
        several = frame.several[block.rows]
        rows = block.rows[several]
        mine = 1 / (at.board[block.board] + 1 / reading.precision[several])
        rest = 1 / now.variance[rows] - mine
        others = (now.mean[rows] / now.variance[rows] - mine * reading.value[several]) / rest
        square = (reading.value[several] - others) ** 2 / (1 / mine + 1 / rest)
        trusted[rows] = np.minimum(trusted[rows], TRUSTED**2 / np.maximum(square, TRUSTED**2))
    return trusted


def _fit_block(
    frame: Frame, at: Parameters, after: Parameters, *, block: Block, reading: Reading, now: Posterior, weight: Floats
) -> None:
    """Write the new offsets, slopes, noise and board variance of one board into `after`."""
    columns, mine = block.columns, weight[block.rows]
    theta, spread = now.mean[block.rows], now.variance[block.rows]
    board = at.board[block.board]
    kept = board / (board + 1 / reading.precision)
    local = theta + kept * (reading.value - theta)
    local_variance = (1 - kept) ** 2 * spread + kept / reading.precision

    total = at.noise[columns] + block.known
    use = mine[:, None] * (1 - block.hole) / total
    first, second = local[:, None], (local**2 + local_variance)[:, None]
    s0, s1, s2 = use.sum(axis=0), (use * first).sum(axis=0), (use * second).sum(axis=0)
    t0, t1 = (use * block.y).sum(axis=0), (use * block.y * first).sum(axis=0)
    prior = 1 / (SLOPE_SPREAD * frame.slope_prior[columns]) ** 2
    determinant = s0 * (s2 + prior) - s1**2
    slope = (s0 * (t1 + prior * frame.slope_prior[columns]) - s1 * t0) / determinant
    slope = np.maximum(slope, 0.05 * frame.slope_prior[columns])
    alpha = (t0 - slope * s1) / s0
    after.slope[columns], after.alpha[columns] = slope, alpha

    miss = block.y - alpha - slope * first
    share = at.noise[columns] / total
    own = share**2 * (miss**2 + slope**2 * local_variance[:, None]) + share * block.known
    several = frame.several[block.rows]
    single = columns.size == 1
    # Models on one single column say nothing of its noise, they would only slow the fit down.
    telling = mine * several if single and several.any() else mine
    counted = telling[:, None] * (1 - block.hole)
    count, value = NOISE_PRIOR
    noise = (count * value * frame.slope_prior[columns] ** 2 + (counted * own).sum(axis=0)) / (
        count + counted.sum(axis=0)
    )
    after.noise[columns] = np.maximum(noise, frame.least_noise[columns])

    if several.any() and not single:
        effect = kept**2 * (reading.value - theta) ** 2 + kept**2 * spread + kept / reading.precision
        count, value = BOARD_PRIOR
        after.board[block.board] = (count * value + (mine * effect)[several].sum()) / (count + mine[several].sum())


def _fit_patterns(frame: Frame, after: Parameters, now: Posterior, weight: Floats) -> Parameters:
    n_patterns = frame.boards.shape[0]
    count = np.bincount(frame.pattern, weight, n_patterns)
    mean = np.bincount(frame.pattern, weight * now.mean, n_patterns) / np.maximum(count, 1e-12)
    expected = additive(frame.boards, mean, PATTERN_DEVIATION + after.variance / np.maximum(count, 1e-12))(frame.boards)
    precision = count / after.variance
    centre = (precision * mean + expected / PATTERN_DEVIATION) / (precision + 1 / PATTERN_DEVIATION)
    squares = np.bincount(frame.pattern, weight * ((now.mean - centre[frame.pattern]) ** 2 + now.variance), n_patterns)
    common = squares.sum() / count.sum()
    variance = (VARIANCE_WEIGHT * common + squares) / (VARIANCE_WEIGHT + count)
    return replace(after, mean=centre, variance=variance)


class Additive:
    """The mean ability that a set of boards suggests: a base and what each board adds."""

    def __init__(self, base: float, steps: Floats) -> None:
        self.base = base
        self.steps = steps

    def __call__(self, boards: Bools) -> Floats:
        """Return the expected mean of each pattern (patterns × boards)."""
        expected: Floats = self.base + boards @ self.steps
        return expected


def additive(boards: Bools, mean: Floats, variance: Floats) -> Additive:
    """Fit base and steps to the means of the patterns by ridge regression."""
    design = np.column_stack([np.ones(boards.shape[0]), boards])
    penalty = np.diag(np.r_[1e-6, np.full(boards.shape[1], 1 / BOARD_STEP)])
    left = design.T @ (design / variance[:, None]) + penalty
    solved = np.linalg.solve(left, design.T @ (mean / variance))
    return Additive(float(solved[0]), solved[1:])
