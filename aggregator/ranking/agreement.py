"""What the boards tell of each other: correlations over the models that two of them share."""

from collections.abc import Collection, Mapping
from itertools import combinations

import numpy as np
import polars as pl
from scipy.stats import kendalltau, rankdata

from aggregator.ranking.alternates import win_rates
from aggregator.ranking.frames import Bools, Cells, Floats, cells
from aggregator.ranking.latent import Index
from aggregator.ranking.resampling import LEVEL

LEAST_SHARED = 5
"""Pairs with fewer models in common are left out."""
MOST_DRAWN = 500
DRAWS = 200

SCHEMA = {
    "grain": pl.String,
    "left": pl.String,
    "right": pl.String,
    "n_models": pl.Int64,
    "spearman": pl.Float64,
    "spearman_low": pl.Float64,
    "spearman_high": pl.Float64,
    "kendall": pl.Float64,
    "kendall_low": pl.Float64,
    "kendall_high": pl.Float64,
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
    columns = {name: column for name, column in _columns(table).items() if benchmarks is None or name in benchmarks}
    rows = _pairs("board", _boards(table), draws, seed) + _pairs("benchmark", columns, draws, seed)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def agreement_over_time(
    history: pl.DataFrame, references: pl.DataFrame, *, draws: int = DRAWS, seed: int = 0
) -> pl.DataFrame:
    """Correlate each date of one benchmark with the boards of `references`.

    `history` is `(model_id, benchmark, published_on, score)` of a board that keeps its past;
    `references` are scores as for `rank` of boards that have stopped. Columns as `agreement` with
    `published_on` and the model set: `shared` counts the models that the date shares with the
    board, `fixed` only those that every date of this pair shares, so that a change there is not a
    change of who is on the board.
    """
    boards = _boards(cells(references))
    rows = []
    for (benchmark,), past in history.drop_nulls("score").group_by(["benchmark"], maintain_order=True):
        dates = {
            day: dict(part.group_by("model_id").agg(pl.col("score").mean()).iter_rows())
            for (day,), part in past.group_by(["published_on"], maintain_order=True)
        }
        for board, reference in boards.items():
            always = set(reference).intersection(*dates.values())
            for day, column in sorted(dates.items(), key=lambda item: str(item[0])):
                for models, keep in (("shared", None), ("fixed", always)):
                    found = _pair(column, reference, draws, seed, keep)
                    if found:
                        rows.append((day, models, "board", benchmark, board, *found))
    schema = {"published_on": history.schema["published_on"], "models": pl.String, **SCHEMA}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _boards(table: Cells) -> dict[str, Mapping[str, float]]:
    found: dict[str, Mapping[str, float]] = {}
    for board in dict.fromkeys(table.boards):
        columns = table.columns_of(board)
        rates = win_rates(table.oriented[:, columns])
        covered = (~np.isnan(rates)).mean(axis=1) >= 0.5
        if covered.any():
            mean = np.nanmean(rates[covered], axis=1)
            names = [table.models[row] for row in np.flatnonzero(covered)]
            found[board] = dict(zip(names, mean.tolist(), strict=True))
    return found


def _columns(table: Cells) -> dict[str, Mapping[str, float]]:
    return {
        name: {table.models[row]: float(table.oriented[row, column]) for row in np.flatnonzero(table.present[:, column])}
        for column, name in enumerate(table.benchmarks)
    }


def _pairs(grain: str, columns: Mapping[str, Mapping[str, float]], draws: int, seed: int) -> list[tuple[object, ...]]:
    found = ((left, right, _pair(columns[left], columns[right], draws, seed)) for left, right in combinations(columns, 2))
    return [(grain, left, right, *values) for left, right, values in found if values]


def _pair(
    left: Mapping[str, float], right: Mapping[str, float], draws: int, seed: int, keep: set[str] | None = None
) -> tuple[float, ...] | None:
    shared = sorted(set(left) & set(right) if keep is None else keep & set(left) & set(right))
    if len(shared) < LEAST_SHARED:
        return None
    one, other = np.array([left[m] for m in shared]), np.array([right[m] for m in shared])
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    generator = np.random.default_rng(seed)
    return (len(shared), *_spearman(one, other, draws, generator), *_kendall(one, other, draws, generator))


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
