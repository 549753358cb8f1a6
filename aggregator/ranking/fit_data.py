"""Data of the fit: a score matrix and its scales as blocks, coverage patterns and prior slopes."""

from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Bools, Floats, Index
from aggregator.ranking.board_blocks import board_coverage, is_evidence, split_by_board
from aggregator.ranking.latent_model import BoardBlock
from aggregator.ranking.scales import Scales
from aggregator.ranking.score_matrix import ScoreMatrix

MIN_COHORT = 3
"""With fewer well-covered models all models are the reference cohort."""
MIN_PATTERN_MODELS = 5
"""Fewest models of a coverage pattern that has a prior of its own."""
MAX_PATTERNS = 64
MIN_NOISE = 0.15
"""Least ψ as a share of its column's variance: without it the factor fits only the two most similar columns."""
MIN_NOISE_SINGLE = 0.01
"""The same for the only column of a board."""


@dataclass(frozen=True)
class FitData:
    """Blocks of scores, coverage patterns, and the scale of each column."""

    blocks: tuple[BoardBlock, ...]
    board_of: tuple[int, ...]
    """Position of the board of each benchmark."""
    n_boards: int
    pattern: Index
    """Pattern of each model, a row of `pattern_boards`."""
    pattern_boards: Bools
    """Patterns × boards: the boards of each pattern."""
    pattern_count: Floats
    """Number of models of each pattern."""
    is_reference: Bools
    """Models of the reference cohort: their abilities have mean 0 and variance 1."""
    slope_prior: Floats
    """Prior mean of each slope: the standard deviation of its column."""
    on_several_boards: Bools
    """Models on two boards or more: only they separate board effects from ability."""
    min_noise: Floats
    """Least noise variance of each benchmark."""

    def common_patterns(self) -> Index:
        """Return the positions of the patterns with a prior of their own, those with most models first."""
        by_count = np.argsort(-self.pattern_count, kind="stable")[:MAX_PATTERNS]
        return by_count[self.pattern_count[by_count] >= MIN_PATTERN_MODELS]


def board_positions(boards: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the distinct boards, and the position of each benchmark's board among them."""
    distinct = tuple(dict.fromkeys(boards))
    return distinct, tuple(distinct.index(board) for board in boards)


def prepare_fit(matrix: ScoreMatrix, scales: Scales, seen: Bools | None = None) -> FitData:
    """Build the data of the fit from a score matrix and its scales.

    `seen` is models × boards: whether a board has a score of the model, also one that is not in the matrix.
    """
    boards, board_of = board_positions(matrix.boards)
    y, known_variance = scales.transform(matrix.score, matrix.standard_error)
    known_variance = scales.weighing_variance(known_variance)
    coverage = board_coverage(matrix.present, board_of, len(boards))
    listed = coverage > 0 if seen is None else seen
    pattern_boards, pattern, count = np.unique(listed, axis=0, return_inverse=True, return_counts=True)
    deviation = column_deviation(y)
    return FitData(
        blocks=split_by_board(y, known_variance, board_of, len(boards)),
        board_of=board_of,
        n_boards=len(boards),
        pattern=pattern.reshape(-1),
        pattern_boards=pattern_boards,
        pattern_count=count.astype(np.float64),
        is_reference=_reference_cohort(is_evidence(coverage, board_of)),
        slope_prior=deviation,
        on_several_boards=(coverage > 0).sum(axis=1) > 1,
        min_noise=min_noise_share(board_of) * deviation**2,
    )


def column_deviation(y: Floats) -> Floats:
    """Return the standard deviation of each column of `y`, NaN where missing; a small number for equal or no scores."""
    seen = ~np.isnan(y)
    count = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, y, 0.0).sum(axis=0) / count
    square = np.where(seen, (y - mean) ** 2, 0.0).sum(axis=0) / count
    deviation: Floats = np.maximum(np.sqrt(square), 1e-6)
    return deviation


def _reference_cohort(boards_with_enough: Bools) -> Bools:
    """Return the models with enough benchmarks of some board; all models where there are too few."""
    well_covered: Bools = np.any(boards_with_enough, axis=1)
    enough = np.count_nonzero(well_covered) >= MIN_COHORT
    return well_covered if enough else np.ones(well_covered.size, dtype=np.bool_)


def min_noise_share(board_of: tuple[int, ...]) -> Floats:
    """Return the least noise of each benchmark as a share of its variance."""
    positions = np.array(board_of, dtype=np.intp)
    size = np.bincount(positions)
    share: Floats = np.where(size[positions] > 1, MIN_NOISE, MIN_NOISE_SINGLE)
    return share
