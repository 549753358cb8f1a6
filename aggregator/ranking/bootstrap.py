"""Intervals of rank and score by drawing the benchmarks of each board again."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from aggregator.ranking.alternates import Points
from aggregator.ranking.score_matrix import Cells, Floats

LEVEL = 0.90
"""Share of the draws that an interval holds."""
PERTURBED = 10
"""How often the known errors are drawn: each needs all columns ranked again."""


@dataclass(frozen=True)
class Interval:
    """Point and interval of one number per model, higher is better."""

    point: Floats
    low: Floats
    high: Floats


def draw_benchmarks(boards: tuple[str, ...], draws: int, generator: np.random.Generator) -> Floats:
    """Return benchmarks × draws: how often each benchmark is drawn, with replacement within its board."""
    times = np.zeros((len(boards), draws))
    names = np.array(boards)
    for board in dict.fromkeys(boards):
        columns = np.flatnonzero(names == board)
        times[columns] = generator.multinomial(columns.size, np.full(columns.size, 1 / columns.size), size=draws).T
    return times


def score_draws(cells: Cells, rule: Callable[[Floats], Points], draws: int, seed: int) -> Floats:
    """Return models × draws: each draw picks benchmarks again and moves scores by their known errors.

    A model that few columns saw would keep the same mean in every draw. Where the mean of k columns
    moves less than columns of one model usually scatter (pooled standard deviation / √k), the
    difference is added as normal noise, so that one column never looks certain.
    """
    generator = np.random.default_rng(seed)
    times = draw_benchmarks(cells.boards, draws, generator)
    noisy = bool((cells.error > 0).any())
    batches = np.array_split(np.arange(draws), min(PERTURBED, draws) if noisy else 1)
    blocks = []
    for batch in batches:
        shift = generator.standard_normal(cells.score.shape) * cells.error if noisy else 0.0
        blocks.append(rule(cells.oriented + shift).score(times[:, batch]))
    drawn = np.concatenate(blocks, axis=1)
    points = rule(cells.oriented)
    point = points.score(np.ones((len(cells.boards), 1)))
    drawn = np.where(np.isnan(drawn), point, drawn)
    if not points.total:
        drawn += _unseen_scatter(points, drawn)[:, None] * generator.standard_normal(drawn.shape)
    return drawn


def _unseen_scatter(points: Points, drawn: Floats) -> Floats:
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


def best_first(score: Floats) -> Floats:
    """Rank scores, highest first, ties share the least rank (1 1 3); NaN stays NaN.

    Scores are compared to twelve digits: sums of the same points in another order are a tie.
    """
    mantissa, exponent = np.frexp(-score)
    rounded = np.ldexp(np.round(mantissa, 12), exponent)
    rank: Floats = rankdata(rounded, method="min", nan_policy="omit").astype(np.float64)
    return rank


def quantiles(drawn: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the central `LEVEL` of each row, as order statistics of the draws."""
    draws = drawn.shape[1]
    low = int(np.floor((1 - LEVEL) / 2 * (draws - 1)))
    high = draws - 1 - low
    sorted_rows = np.partition(drawn, (low, high), axis=1)
    return sorted_rows[:, low], sorted_rows[:, high]


def rank_intervals(point: Floats, drawn: Floats) -> Interval:
    """Rank of each model with the interval of its rank over the draws; `low` is the best rank of the interval."""
    ranks = np.column_stack([best_first(drawn[:, draw]) for draw in range(drawn.shape[1])])
    rank = best_first(point)
    low, high = quantiles(ranks)
    return Interval(rank, np.minimum(low, rank), np.maximum(high, rank))


def score_intervals(point: Floats, drawn: Floats, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Interval:
    """Score of each model with the interval over the draws, cut to the bounds that the score can have."""
    low, high = quantiles(np.clip(drawn, *bounds) if np.isfinite(bounds).any() else drawn)
    return Interval(point, np.minimum(low, point), np.maximum(high, point))
