"""The transformed scores of one board at a time: most models are on few boards, so all boards together are mostly empty."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.scales import Scales
from aggregator.ranking.score_matrix import ScoreMatrix


@dataclass(frozen=True)
class TransformedBoard:
    """Scores of one board: its models × its benchmarks, on the scales of `aggregator.ranking.scales`."""

    board: str
    rows: Index
    """Positions of its models in the matrix."""
    columns: Index
    """Positions of its benchmarks in the scales."""
    score: Floats
    """In the benchmark's own unit, NaN where missing."""
    y: Floats
    """Transformed: higher is better."""
    known_variance: Floats
    """Variance of the known error of `y`."""


def transformed_boards(
    matrix: ScoreMatrix, scales: Scales, benchmarks: tuple[str, ...] | None = None
) -> Iterator[TransformedBoard]:
    """Yield the boards of a matrix; `benchmarks` are those of the scales, if they are not those of the matrix.

    Benchmarks without a scale are left out.
    """
    names = matrix.benchmarks if benchmarks is None else benchmarks
    position_of = {name: at for at, name in enumerate(names)}
    for board in dict.fromkeys(matrix.boards):
        here = np.array([at for at in matrix.columns_of(board) if matrix.benchmarks[at] in position_of], dtype=np.intp)
        score = matrix.score[:, here]
        rows = np.flatnonzero(~np.isnan(score).all(axis=1))
        if rows.size:
            columns = np.array([position_of[matrix.benchmarks[at]] for at in here], dtype=np.intp)
            score, error = score[rows], matrix.standard_error[np.ix_(rows, here)]
            y, known = scales.select(columns).transform(score, error)
            yield TransformedBoard(board, rows, columns, score, y, known)
