"""Benchmarks of two boards that measure the same results: a board that publishes another's scores, or repeats its runs.

Two independent measurements of one ability differ by the effects of their boards and by their errors. Where the scores
of two benchmarks differ by far less, one adds nothing to the other, and the score counts once.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.latent_model import Parameters
from aggregator.ranking.score_matrix import ScoreMatrix

COPIES = "copied_benchmarks"
"""Optional entry of a calibration: pairs of names, a benchmark and the one that it repeats."""

MAX_SHARE = 0.25
"""Largest variance of the differences, as a share of that of independent measurements of the same models."""
EQUAL_SHARE = 0.01
"""The same where neither board has other benchmarks to compare with."""
ERRORS = 3.0
"""Standard errors by which the share must be below it."""
MIN_MODELS = 20
"""Fewest models on both benchmarks."""


def copied_benchmarks(y: Floats, parameters: Parameters, board_of: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return pairs of positions `(copy, origin)`; of two benchmarks the one with more models is the origin.

    The differences of two benchmarks must vary far less than the parameters let expect, and far less than those of
    either benchmark with the other benchmarks of the other board: models that resemble each other differ little on all.
    `y` is models × benchmarks, transformed scores with NaN where missing; `board_of` is the board of each benchmark.
    """
    boards = np.array(board_of)
    present = (~np.isnan(y)).astype(np.float64)
    count = present.T @ present
    level = np.where(present > 0, (y - parameters.intercept) / parameters.slope, 0.0)
    mean = level.T @ present / np.maximum(count, 1)
    squares = (level**2).T @ present
    spread = squares + squares.T - 2 * level.T @ level - count * (mean - mean.T) ** 2
    enough = (count >= MIN_MODELS) & (boards[:, None] != boards)
    variance = np.where(enough, spread / np.maximum(count - 1, 1), np.nan)
    own = parameters.noise_variance / parameters.slope**2 + parameters.board_variance[boards]
    usual = _usual_variance(variance, boards)
    usual = np.fmin(usual, usual.T)
    expected = np.fmin(own[:, None] + own, usual)
    share = np.where(np.isnan(usual), EQUAL_SHARE, MAX_SHARE) * np.exp(-ERRORS * np.sqrt(2 / np.maximum(count, 1)))
    place = np.argsort(np.argsort(-present.sum(axis=0), kind="stable"))
    is_later = place[:, None] > place
    found = enough & is_later & (variance < share * expected)
    return tuple((int(copy), int(origin)) for copy, origin in zip(*np.nonzero(found), strict=True))


def _usual_variance(variance: Floats, boards: Index) -> Floats:
    """Return for each pair the median variance of the first benchmark against the others of the board of the second.

    NaN where there are none. `variance` is benchmarks × benchmarks, NaN where two cannot be compared.
    """
    usual = np.full_like(variance, np.nan)
    for board in np.unique(boards):
        columns = np.flatnonzero(boards == board)
        for position, column in enumerate(columns.tolist()):
            others = variance[:, np.delete(columns, position)]
            known = ~np.isnan(others).all(axis=1)
            usual[known, column] = np.nanmedian(others[known], axis=1)
    return usual


def without_copies(matrix: ScoreMatrix, pairs: Sequence[tuple[int, int]]) -> ScoreMatrix:
    """Return the matrix without the scores of a model that repeat one of it; `pairs` is from `copied_benchmarks`."""
    if not pairs:
        return matrix
    score = matrix.score.copy()
    for copy, origin in pairs:
        score[matrix.present[:, origin], copy] = np.nan
    return replace(matrix, score=score)


def calibrated_copies(calibration: Calibration) -> tuple[tuple[int, int], ...]:
    """Return the pairs that were found at calibration, as positions of its benchmarks."""
    position_of = {name: position for position, name in enumerate(calibration.benchmarks)}
    return tuple((position_of[copy], position_of[origin]) for copy, origin in calibration.optional.get(COPIES, ()))


def named(pairs: Sequence[tuple[int, int]], benchmarks: Sequence[str]) -> dict[str, list[list[str]]]:
    """Return the pairs as an optional entry of a calibration; empty without a pair."""
    return {COPIES: [[benchmarks[copy], benchmarks[origin]] for copy, origin in pairs]} if pairs else {}
