"""From a matrix of scores to what the latent model reads: blocks of boards, and how much of each saw a model."""

import numpy as np

from aggregator.ranking.latent import Block
from aggregator.ranking.score_matrix import Bools, Cells, Floats

WELL_COVERED = 0.5
"""Share of a board's benchmarks that a model needs for the board to count as evidence."""


def without_parts(table: Cells) -> Cells:
    """Leave out the parts of boards that have an `overall` column: they count the same votes again."""
    whole = {name.rsplit("/", 1)[0] for name in table.benchmarks if name.endswith("/overall")}
    keep = np.array(
        [
            board not in whole or name == f"{board}/overall"
            for name, board in zip(table.benchmarks, table.boards, strict=True)
        ]
    )
    return select(table, keep)


def select(table: Cells, keep: Bools) -> Cells:
    """Keep some benchmarks, and the models that still have a score."""
    some = table.present[:, keep].any(axis=1)
    return Cells(
        models=tuple(np.array(table.models, dtype=object)[some].tolist()),
        benchmarks=tuple(np.array(table.benchmarks, dtype=object)[keep].tolist()),
        boards=tuple(np.array(table.boards, dtype=object)[keep].tolist()),
        score=table.score[np.ix_(some, keep)],
        error=table.error[np.ix_(some, keep)],
        sign=table.sign[keep],
    )


def blocks_of(y: Floats, known: Floats, board_of: tuple[int, ...], n_boards: int) -> tuple[Block, ...]:
    """Cut transformed scores and the variances of their known errors (models × benchmarks) into one block per board."""
    blocks = []
    for board in range(n_boards):
        columns = np.flatnonzero(np.array(board_of) == board)
        hole = np.isnan(y[:, columns])
        rows = np.flatnonzero(~hole.all(axis=1))
        if rows.size:
            mine = np.ix_(rows, columns)
            blocks.append(
                Block(board, rows, columns, np.nan_to_num(y[mine]), known[mine], hole[rows].astype(np.float64))
            )
    return tuple(blocks)


def shares_of(present: Bools, board_of: tuple[int, ...], n_boards: int) -> Floats:
    """Models × boards: the share of each board's benchmarks that saw the model."""
    position = np.array(board_of)
    return np.column_stack([present[:, position == board].mean(axis=1) for board in range(n_boards)])
