"""What the boards tell of each other: correlations over the models that two of them share."""

from collections.abc import Collection, Mapping
from itertools import combinations

import numpy as np
import polars as pl
from scipy.stats import kendalltau, rankdata

from aggregator.ranking.alternates import win_rates
from aggregator.ranking.bootstrap import LEVEL
from aggregator.ranking.latent import Index
from aggregator.ranking.score_matrix import Bools, Cells, Floats, cells

LEAST_SHARED = 5
"""Pairs with fewer models in common are left out."""
MOST_DRAWN = 500
COVERED = 0.5
"""Share of a board's benchmarks that must have seen a model for its place there."""
DRAWS = 200

SCHEMA: dict[str, pl.DataType] = {
    "grain": pl.String(),
    "left": pl.String(),
    "right": pl.String(),
    "n_models": pl.Int64(),
    "spearman": pl.Float64(),
    "spearman_low": pl.Float64(),
    "spearman_high": pl.Float64(),
    "kendall": pl.Float64(),
    "kendall_low": pl.Float64(),
    "kendall_high": pl.Float64(),
}


def agreement(
    scores: pl.DataFrame, *, benchmarks: Collection[str] | None = None, draws: int = DRAWS, seed: int = 0
) -> pl.DataFrame:
    """Correlate every pair of boards and every pair of benchmarks.

    `scores` as for `rank`. A board's order is its mean win rate, over models that half of its
    benchmarks saw. Returns one row per pair with five shared models or more: `grain`
    (`board` or `benchmark`), `left, right, n_models, spearman, kendall` and the ends of
    their 90 % Bayesian bootstrap intervals over models. Kendall is tau-b. A frame of c benchmarks has
    c(c - 1)/2 pairs at about 3 ms: give `benchmarks` to pair some of them only.
    """
    table = cells(scores)
    asked = [name for name in table.benchmarks if benchmarks is None or name in benchmarks]
    columns = {name: table.oriented[:, table.benchmarks.index(name)] for name in asked}
    rows = _pairs("board", _boards(table), draws, seed) + _pairs("benchmark", columns, draws, seed)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def agreement_over_time(
    history: pl.DataFrame, references: pl.DataFrame, *, draws: int = DRAWS, seed: int = 0
) -> pl.DataFrame:
    """Correlate each date of a benchmark with the boards of `references`.

    `history` is `(model_id, benchmark, published_on, score)` of boards that keep their past;
    `references` are scores as for `rank` of boards that have stopped. Columns as `agreement` with
    `published_on` and `models`: `shared` counts the models that the date shares with the board,
    `fixed` only those that every date of this pair shares, so that a change there is not a change
    of who is on the board.
    """
    table = cells(references)
    boards = _boards(table)
    place = pl.DataFrame({"model_id": list(table.models)}).with_row_index("row")
    past = history.drop_nulls("score").join(place, on="model_id")
    rows = []
    for (benchmark,), part in past.sort("benchmark", "published_on").group_by(["benchmark"], maintain_order=True):
        days = {
            day[0]: _column(edition, len(table.models))
            for day, edition in part.group_by(["published_on"], maintain_order=True)
        }
        always = ~np.isnan(np.column_stack(list(days.values()))).any(axis=1)
        for board, reference in boards.items():
            for day, column in days.items():
                for models, kept in (("shared", column), ("fixed", np.where(always, column, np.nan))):
                    found = _pair(kept, reference, draws, seed)
                    if found:
                        rows.append((day, models, "board", benchmark, board, *found))
    dated: dict[str, pl.DataType] = {"published_on": history.schema["published_on"], "models": pl.String(), **SCHEMA}
    return pl.DataFrame(rows, schema=dated, orient="row")


def _column(edition: pl.DataFrame, n_models: int) -> Floats:
    column = np.full(n_models, np.nan)
    mean = edition.group_by("row").agg(pl.col("score").mean())
    column[mean["row"].to_numpy()] = mean["score"].to_numpy()
    return column


def _boards(table: Cells) -> dict[str, Floats]:
    """Return the mean win rate on each board of the models that half of its benchmarks saw, NaN for the others."""
    found = {}
    for board in dict.fromkeys(table.boards):
        rates = win_rates(table.oriented[:, table.columns_of(board)])
        there = ~np.isnan(rates)
        covered = there.mean(axis=1) >= COVERED
        mean = np.nan_to_num(rates).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        found[board] = np.where(covered, mean, np.nan)
    return found


def _pairs(grain: str, columns: Mapping[str, Floats], draws: int, seed: int) -> list[tuple[object, ...]]:
    found = (
        (left, right, _pair(columns[left], columns[right], draws, seed)) for left, right in combinations(columns, 2)
    )
    return [(grain, left, right, *values) for left, right, values in found if values]


def _pair(left: Floats, right: Floats, draws: int, seed: int) -> tuple[float, ...] | None:
    shared = ~(np.isnan(left) | np.isnan(right))
    one, other = left[shared], right[shared]
    if one.size < LEAST_SHARED or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    generator = np.random.default_rng(seed)
    return (one.size, *_spearman(one, other, draws, generator), *_kendall(one, other, draws, generator))


def _spearman(one: Floats, other: Floats, draws: int, generator: np.random.Generator) -> tuple[float, float, float]:
    """Return point and interval; the draws weigh the ranks of the whole set, which differs from ranking again by O(1/n)."""
    ranks = np.column_stack([rankdata(one), rankdata(other)])
    point = float(_weighted_correlation(ranks, np.ones((1, one.size)))[0])
    some = _sample(one.size, generator)
    times = np.vstack([np.ones(some.size), generator.standard_exponential((draws, some.size))])
    drawn = _weighted_correlation(ranks[some], times)
    moved = (drawn[1:] - drawn[0]) * np.sqrt(some.size / one.size)
    return (point, *_ends(np.clip(point + moved, -1.0, 1.0), point))


def _sample(n_models: int, generator: np.random.Generator) -> Index:
    """Return the models that the draws look at; an interval from m of n models is narrowed by √(m/n)."""
    return generator.choice(n_models, min(n_models, MOST_DRAWN), replace=False).astype(np.intp)


def _weighted_correlation(pair: Floats, times: Floats) -> Floats:
    total = times.sum(axis=1)
    x, y = pair[:, 0] - pair[:, 0].mean(), pair[:, 1] - pair[:, 1].mean()
    mean_x, mean_y = times @ x / total, times @ y / total
    covariance = times @ (x * y) / total - mean_x * mean_y
    variance_x, variance_y = times @ x**2 / total - mean_x**2, times @ y**2 / total - mean_y**2
    flat: Bools = (variance_x <= 1e-12) | (variance_y <= 1e-12)
    correlation: Floats = np.where(flat, np.nan, covariance / np.sqrt(np.where(flat, 1.0, variance_x * variance_y)))
    return np.clip(correlation, -1.0, 1.0)


def _kendall(one: Floats, other: Floats, draws: int, generator: np.random.Generator) -> tuple[float, float, float]:
    """Return tau-b and its interval.

    The draws weigh each model's own share in tau (the projection of the U-statistic, Hoeffding 1948).
    """
    point = float(kendalltau(one, other).statistic)
    some = _sample(one.size, generator)
    x, y = np.sign(one[some, None] - one[some]), np.sign(other[some, None] - other[some])
    scale = np.sqrt(np.count_nonzero(x) * np.count_nonzero(y)) / some.size
    own = (x * y).sum(axis=1) / max(scale, 1.0)
    times = generator.standard_exponential((draws, some.size))
    moved = 2 * (times @ (own - own.mean())) / times.sum(axis=1) * np.sqrt(some.size / one.size)
    return (point, *_ends(np.clip(point + moved, -1.0, 1.0), point))


def _ends(drawn: Floats, point: float) -> tuple[float, float]:
    known = drawn[np.isfinite(drawn)]
    if not known.size:
        return point, point
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return min(float(low), point), max(float(high), point)
