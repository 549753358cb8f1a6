"""Split a score matrix by board: the blocks of the latent model, and how much of each board covers a model."""

import numpy as np

from aggregator.ranking.arrays import Bools, Floats
from aggregator.ranking.latent_model import BoardBlock

MIN_BOARD_COVERAGE = 0.5
"""Share of a board's benchmarks that must have a score of a model for the board to count as evidence on it."""
MIN_BOARD_BENCHMARKS = 3
"""This many benchmarks also count, where they are `MIN_SPARSE_COVERAGE` of the board: few models have half of a large
collection."""
MIN_SPARSE_COVERAGE = 0.15


def split_by_board(
    y: Floats, known_variance: Floats, board_of: tuple[int, ...], n_boards: int
) -> tuple[BoardBlock, ...]:
    """Return one block per board with a score.

    `y` and `known_variance` are models × benchmarks: transformed scores (NaN where missing) and the variance of their
    known errors. `board_of` is the position of each benchmark's board.
    """
    blocks = []
    for board in range(n_boards):
        columns = np.flatnonzero(np.array(board_of) == board)
        columns = columns[~np.isnan(y[:, columns]).all(axis=0)]
        missing = np.isnan(y[:, columns])
        rows = np.flatnonzero(~missing.all(axis=1))
        if rows.size:
            mine = np.ix_(rows, columns)
            y_filled = np.nan_to_num(y[mine])
            blocks.append(
                BoardBlock(board, rows, columns, y_filled, known_variance[mine], missing[rows].astype(np.float64))
            )
    return tuple(blocks)


def measurement_blocks(
    y: Floats, weighing_variance: Floats, is_extra: Bools, board_of: tuple[int, ...], n_boards: int
) -> tuple[BoardBlock, ...]:
    """Return the blocks of `split_by_board` with one measurement per model and board.

    That is the overall score of the board where there is one (`is_extra` columns), else its benchmarks; each in a block
    of its own.
    """
    overall, benchmarks = y.copy(), y.copy()
    overall[:, ~is_extra] = np.nan
    benchmarks[:, is_extra] = np.nan
    board = np.array(board_of)
    for column in np.flatnonzero(is_extra):
        benchmarks[np.ix_(~np.isnan(y[:, column]), board == board[column])] = np.nan
    return (
        *split_by_board(benchmarks, weighing_variance, board_of, n_boards),
        *split_by_board(overall, weighing_variance, board_of, n_boards),
    )


def board_coverage(present: Bools, board_of: tuple[int, ...], n_boards: int) -> Floats:
    """Return models × boards: the share of each board's benchmarks that have a score of the model."""
    position = np.array(board_of)
    return np.column_stack([present[:, position == board].mean(axis=1) for board in range(n_boards)])


def is_evidence(coverage: Floats, board_of: tuple[int, ...]) -> Bools:
    """Return models × boards: whether a board has enough scores of a model to count as evidence on it.

    `coverage` is from `board_coverage`.
    """
    count = coverage * np.bincount(np.array(board_of), minlength=coverage.shape[1])
    some: Bools = (coverage >= MIN_SPARSE_COVERAGE) & (np.round(count) >= MIN_BOARD_BENCHMARKS)
    return some | (coverage >= MIN_BOARD_COVERAGE)
