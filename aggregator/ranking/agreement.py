"""Agreement of leaderboards: rank correlations of each pair over the models that both list."""

from collections.abc import Collection, Mapping
from itertools import combinations

import numpy as np
import polars as pl

from aggregator.ranking.arrays import Floats
from aggregator.ranking.board_blocks import is_evidence
from aggregator.ranking.rank_aggregation import ColumnRanks, win_rates
from aggregator.ranking.rank_correlation import MIN_MODELS, correlate, rank_correlations
from aggregator.ranking.score_matrix import ScoreMatrix, score_matrix

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
    scores: pl.DataFrame,
    *,
    benchmarks: Collection[str] | None = None,
    min_models: int = MIN_MODELS,
    draws: int = DRAWS,
    seed: int = 0,
) -> pl.DataFrame:
    """Correlate every pair of boards and every pair of benchmarks.

    `scores` as for `rank`. The order of a board is its mean win rate, over models with scores on half of its
    benchmarks, or on three that are 15 % of them. Returns one row per pair of boards with five models in common or more, and per pair of benchmarks
    with `min_models`: `grain` (`board` or `benchmark`), `left, right, n_models, spearman, kendall` (tau-b) and the ends of their 90 % Bayesian bootstrap intervals over models.
    c benchmarks have c(c - 1)/2 pairs: with `benchmarks` only those are paired.
    """
    matrix = score_matrix(scores)
    chosen = [name for name in matrix.benchmarks if benchmarks is None or name in benchmarks]
    oriented = matrix.oriented
    columns = {name: oriented[:, matrix.benchmarks.index(name)] for name in chosen}
    rows = _pairs("board", _board_scores(matrix), MIN_MODELS, draws, seed)
    rows += _pairs("benchmark", columns, min_models, draws, seed)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def agreement_over_time(
    history: pl.DataFrame, references: pl.DataFrame, *, draws: int = DRAWS, seed: int = 0
) -> pl.DataFrame:
    """Correlate each date of a benchmark with the other boards of `references`.

    `history` is `(model_id, benchmark, published_on, score)` of boards with dated editions, more is better; `references`
    are scores as for `rank`, of the newest edition of each board. A board is not compared with itself. Columns as `agreement`, with `published_on` and `models`: `shared`
    counts the models that the date and the board have in common, `fixed` only those that every date of this pair has,
    so that new and removed models do not change it.
    """
    matrix = score_matrix(references)
    row_of = pl.DataFrame({"model_id": list(matrix.models)}).with_row_index("row")
    editions = history.drop_nulls("score").join(row_of, on="model_id").sort("benchmark", "published_on")
    others = _board_scores(matrix)
    rows: list[tuple[object, ...]] = []
    for (benchmark,), part in editions.group_by(["benchmark"], maintain_order=True):
        by_day = {
            day[0]: _edition_scores(edition, len(matrix.models))
            for day, edition in part.group_by(["published_on"], maintain_order=True)
        }
        on_every_day = ~np.isnan(np.column_stack(list(by_day.values()))).any(axis=1)
        for board, reference in others.items():
            if str(benchmark).startswith(f"{board}/"):
                continue
            for day, column in by_day.items():
                for models, kept in (("shared", column), ("fixed", np.where(on_every_day, column, np.nan))):
                    found = rank_correlations(kept, reference, draws, seed)
                    if found:
                        rows.append((day, models, "board", benchmark, board, *found))
    dated: dict[str, pl.DataType] = {"published_on": history.schema["published_on"], "models": pl.String(), **SCHEMA}
    return pl.DataFrame(rows, schema=dated, orient="row")


def _edition_scores(edition: pl.DataFrame, n_models: int) -> Floats:
    """Return the mean score of each model in one edition by its `row`, NaN where missing."""
    column = np.full(n_models, np.nan)
    mean = edition.group_by("row").agg(pl.col("score").mean())
    column[mean["row"].to_numpy()] = mean["score"].to_numpy()
    return column


def _board_scores(matrix: ScoreMatrix) -> dict[str, Floats]:
    """Return each board's mean win rates; NaN for models without enough of its scores (`is_evidence`)."""
    found, oriented = {}, matrix.oriented
    for board in dict.fromkeys(matrix.boards):
        rates = win_rates(ColumnRanks.of(oriented[:, matrix.columns_of(board)]))
        present = ~np.isnan(rates)
        covered = is_evidence(present.mean(axis=1)[:, None], (0,) * present.shape[1])[:, 0]
        mean = np.nan_to_num(rates).sum(axis=1) / np.maximum(present.sum(axis=1), 1)
        found[board] = np.where(covered, mean, np.nan)
    return found


def _pairs(
    grain: str, columns: Mapping[str, Floats], min_models: int, draws: int, seed: int
) -> list[tuple[object, ...]]:
    """Return the rows of all pairs of columns with `min_models` models in common or more."""
    present = {name: ~np.isnan(column) for name, column in columns.items()}
    rows = {name: np.flatnonzero(seen) for name, seen in present.items()}
    found = []
    for left, right in combinations(columns, 2):
        fewer, other = sorted((left, right), key=lambda name: rows[name].size)
        shared = rows[fewer][present[other][rows[fewer]]]
        if shared.size >= min_models:
            values = correlate(columns[left][shared], columns[right][shared], draws, seed)
            found += [(grain, left, right, *values)] if values else []
    return found
