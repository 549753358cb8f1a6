"""Bootstrap over benchmarks (Efron 1979), and the intervals of ranks and scores over the draws."""

from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata

from aggregator.ranking.arrays import Floats
from aggregator.ranking.interval import Interval, central_quantiles
from aggregator.ranking.rank_aggregation import ColumnRanks, Points, average_ranks
from aggregator.ranking.score_matrix import ScoreMatrix

ERROR_DRAWS = 10
"""Draws of the known errors, shared by all draws of the benchmarks: each one ranks every column again."""


def resample_benchmarks(boards: tuple[str, ...], draws: int, generator: np.random.Generator) -> Floats:
    """Return benchmarks × draws: how often each benchmark is drawn, with replacement within its board.

    `boards` is the board of each benchmark.
    """
    counts = np.zeros((len(boards), draws))
    names = np.array(boards)
    for board in dict.fromkeys(boards):
        columns = np.flatnonzero(names == board)
        counts[columns] = generator.multinomial(columns.size, np.full(columns.size, 1 / columns.size), size=draws).T
    return counts


class BenchmarkDraws:
    """Draws of the benchmarks and of the known errors of one table, shared by all rules that are applied to it.

    Only the columns with known errors are ranked again in a draw, and only the models of these columns get other points.
    """

    def __init__(self, matrix: ScoreMatrix, draws: int, seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self.ranks = ColumnRanks.of(matrix.oriented)
        self._counts = resample_benchmarks(matrix.boards, draws, self._generator)
        self._moved = _with_errors(matrix, self.ranks, min(ERROR_DRAWS, draws), self._generator)
        self._deviates = self._generator.standard_normal((len(matrix.models), draws))

    def scores(self, rule: Callable[[ColumnRanks], Points]) -> tuple[Floats, Floats]:
        """Return the score of each model by `rule`, and its draws (models × draws).

        A draw has other benchmarks, drawn with replacement within their boards, and scores moved by their known errors.
        A model with few columns would keep the same mean in every draw. Where the mean of k columns varies less than
        the pooled standard deviation of the columns of one model / √k, the difference is added as normal noise.
        """
        points = rule(self.ranks)
        point, drawn = points.total(), points.score(self._counts)
        for batch, moved in zip(
            np.array_split(np.arange(drawn.shape[1]), max(len(self._moved), 1)), self._moved, strict=False
        ):
            drawn[moved.rows[:, None], batch] = rule(moved).score(self._counts[:, batch])
        drawn = np.where(np.isnan(drawn), point[:, None], drawn)
        if not points.is_sum:
            drawn += _missing_deviation(points, drawn)[:, None] * self._deviates
        return point, drawn


def _with_errors(
    matrix: ScoreMatrix, ranks: ColumnRanks, draws: int, generator: np.random.Generator
) -> list[ColumnRanks]:
    """Return the ranks of the models with known errors, with the scores moved by their errors in each draw."""
    known = (matrix.standard_error > 0) & matrix.present
    columns = np.flatnonzero(known.any(axis=0))
    rows = np.flatnonzero(matrix.present[:, columns].any(axis=1))
    if not rows.size:
        return []
    oriented, error = matrix.oriented[:, columns], np.where(known, matrix.standard_error, 0.0)[:, columns]
    drawn = []
    for _ in range(draws):
        moved = oriented.copy()
        moved[rows] += error[rows] * generator.standard_normal((rows.size, columns.size))
        rank = ranks.rank[rows]
        rank[:, columns] = average_ranks(moved)[rows]
        drawn.append(ColumnRanks(rank, ranks.seen, ranks.n_models, rows))
    return drawn


def _missing_deviation(points: Points, drawn: Floats) -> Floats:
    """Return the standard deviation per model that the draws lack against the pooled one of the table."""
    used = points.weight > 0
    count = used.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cell = np.where(used, points.value / points.weight, np.nan)
        mean = np.nansum(cell, axis=1) / count
    several = count > 1
    if not several.any():
        return np.zeros(count.size)
    squares = np.where(used, (cell - mean[:, None]) ** 2, 0.0).sum(axis=1)
    pooled = squares[several].sum() / (count[several] - 1).sum()
    gap: Floats = np.maximum(pooled / np.maximum(count, 1) - drawn.var(axis=1), 0.0)
    return np.sqrt(np.where(count > 0, gap, 0.0))


def rank_descending(score: Floats) -> Floats:
    """Rank scores along the first axis, highest first; ties share the least rank (1 1 3); NaN stays NaN.

    Scores are compared to twelve digits: sums of the same points in another order are a tie.
    """
    mantissa, exponent = np.frexp(-score)
    rounded = np.ldexp(np.round(mantissa, 12), exponent)
    rank: Floats = rankdata(rounded, method="min", axis=0, nan_policy="omit").astype(np.float64)
    return rank


def rank_intervals(point: Floats, drawn: Floats) -> Interval:
    """Return the rank of each model's score with its interval over the draws; `low` is the best rank."""
    return Interval.around(rank_descending(point), *central_quantiles(rank_descending(drawn)))


def score_intervals(point: Floats, drawn: Floats, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Interval:
    """Return the score of each model with its interval over the draws, cut to the possible range `bounds`."""
    cut = np.clip(drawn, *bounds) if np.isfinite(bounds).any() else drawn
    return Interval.around(point, *central_quantiles(cut))
