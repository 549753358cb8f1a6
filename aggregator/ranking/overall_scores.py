"""Overall scores of leaderboards: where a leaderboard combines its own benchmarks, its order is what it measures.

Two models that only the same leaderboards list keep the order of these leaderboards. A weighted sum of benchmarks does
not give that: its weights are ours. So where a leaderboard publishes an overall score, the fit reads this column in
place of its benchmarks. The lines of the benchmarks are then fitted to the abilities: they measure the models without an
overall score, and the domains.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from aggregator.ranking.arrays import Floats, Index
from aggregator.ranking.board_blocks import split_by_board
from aggregator.ranking.fit_data import FitData, board_positions, column_deviation, min_noise_share
from aggregator.ranking.latent_model import BoardBlock, Parameters, Posterior, board_estimate
from aggregator.ranking.maximization_step import BOARD_VARIANCE_PRIOR, NOISE_PRIOR, maximize_boards
from aggregator.ranking.scales import Scales
from aggregator.ranking.score_matrix import ScoreMatrix

MIN_MODELS = 10
"""Fewest models with an overall score and a benchmark of a leaderboard for its overall score to count."""
MIN_OWN_NOISE = 0.05
"""Least share of the variance of an overall score that is not the effect of its leaderboard."""


@dataclass(frozen=True)
class Columns:
    """The columns of a matrix in two parts: those that the fit reads, and benchmarks that an overall score replaces."""

    measured: Index
    replaced: Index

    @property
    def kept(self) -> Index:
        """All columns of the calibration, the replaced benchmarks last."""
        return np.concatenate([self.measured, self.replaced])

    @classmethod
    def of(cls, matrix: ScoreMatrix, scales: Scales) -> "Columns":
        """Return the parts; an overall score that too few models have is in neither."""
        boards = np.array(matrix.boards)
        measured = np.ones(boards.size, dtype=np.bool_)
        replaced = np.zeros(boards.size, dtype=np.bool_)
        for column in np.flatnonzero(scales.is_extra(matrix.boards)):
            others = (boards == boards[column]) & (np.arange(boards.size) != column)
            both = matrix.present[:, column] & matrix.present[:, others].any(axis=1)
            if np.count_nonzero(both) >= MIN_MODELS and np.ptp(matrix.score[both, column]) > 0:
                replaced |= others
            else:
                measured[column] = False
        return cls(np.flatnonzero(measured & ~replaced), np.flatnonzero(replaced))


@dataclass(frozen=True)
class ReplacedBenchmarks:
    """The benchmarks that overall scores replace, as data of a fit given the abilities."""

    data: FitData
    """Blocks whose columns are positions among the replaced benchmarks."""
    measured: FitData
    """The data of the columns that the fit reads."""
    overall_of: Mapping[int, int]
    """The position among the measured columns of the overall score of each board."""

    def benchmark_blocks(self, count: int) -> tuple[BoardBlock, ...]:
        """Return the blocks of the benchmarks alone, without overall scores; replaced ones come after `count` columns."""
        own = [replace(block, columns=block.columns + count) for block in self.data.blocks]
        return (*own, *(block for block in self.measured.blocks if block.board not in self.overall_of))

    def initial(self, expected: Posterior) -> Parameters:
        """Return the parameters from which the lines start: through the means of the scores and of the abilities.

        From another start, the effects of the leaderboard would absorb the difference for many iterations.
        """
        slope = self.data.slope_prior.copy()
        intercept = np.zeros(slope.size)
        for block in self.data.blocks:
            present = 1 - block.missing
            count = np.maximum(present.sum(axis=0), 1)
            level = expected.mean[block.rows] @ present / count
            intercept[block.columns] = block.y.sum(axis=0) / count - slope[block.columns] * level
        return Parameters(
            intercept=intercept,
            slope=slope,
            noise_variance=np.maximum(NOISE_PRIOR[1] * slope**2, self.data.min_noise),
            board_variance=np.full(self.data.n_boards, BOARD_VARIANCE_PRIOR[1]),
            prior_mean=np.zeros(0),
            prior_variance=np.zeros(0),
        )

    def fit(self, start: Parameters, expected: Posterior, weight: Floats, iterations: int) -> Parameters:
        """Return the lines, noises and board variances given the abilities `expected`."""
        lines = start
        for _ in range(iterations):
            estimates = [board_estimate(block, lines) for block in self.data.blocks]
            lines = maximize_boards(self.data, lines, estimates, expected, weight)
        return lines

    def append(self, measured: Parameters, lines: Parameters) -> Parameters:
        """Return the parameters of all columns, the replaced benchmarks last.

        The noise of an overall score contains the effect of its leaderboard, which is now known by itself.
        """
        noise, board_variance = measured.noise_variance.copy(), measured.board_variance.copy()
        for board, column in self.overall_of.items():
            square = measured.slope[column] ** 2
            effect = min(float(lines.board_variance[board]), (1 - MIN_OWN_NOISE) * float(noise[column] / square))
            board_variance[board] = effect
            noise[column] -= square * effect
        return replace(
            measured,
            intercept=np.r_[measured.intercept, lines.intercept],
            slope=np.r_[measured.slope, lines.slope],
            noise_variance=np.r_[noise, lines.noise_variance],
            board_variance=board_variance,
        )


def replaced_benchmarks(
    data: FitData, measured: ScoreMatrix, matrix: ScoreMatrix, scales: Scales
) -> ReplacedBenchmarks:
    """Return the data of the replaced benchmarks.

    `data` and `measured` are those of the columns that the fit reads, `matrix` and `scales` those of the replaced ones,
    with the same models.
    """
    boards, _ = board_positions(measured.boards)
    board_of = tuple(boards.index(board) for board in matrix.boards)
    y, known_variance = scales.transform(matrix.score, matrix.standard_error)
    deviation = column_deviation(y)
    own = replace(
        data,
        blocks=split_by_board(y, known_variance, board_of, data.n_boards),
        board_of=board_of,
        slope_prior=deviation,
        min_noise=min_noise_share(board_of) * deviation**2,
    )
    # A board with replaced benchmarks has its overall score as its only measured column.
    overall_of = {board: measured.boards.index(boards[board]) for board in set(board_of)}
    return ReplacedBenchmarks(own, data, overall_of)
