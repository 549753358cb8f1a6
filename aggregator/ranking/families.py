"""Rank families and organizations across leaderboards, each by its best model on every leaderboard."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from aggregator.ranking.bootstrap import BenchmarkDraws, rank_intervals
from aggregator.ranking.normal import QUANTILE_95
from aggregator.ranking.rank_aggregation import expected_borda
from aggregator.ranking.score_matrix import ScoreMatrix

BOARDS: Mapping[str, Sequence[str]] = {
    "open_llm": ("open_llm_v2", "open_llm_v1"),
    "arena": ("arena_text_style_control", "arena_text"),
    "mteb": ("mteb_eng_v2", "mteb_multilingual_v2", "mteb_cmn_v1", "rteb_eng"),
}
"""The three leaderboards, each with its boards in order of preference: the first that lists a model of the group counts."""
MIN_BOARDS = 2
"""Fewest leaderboards for a rank."""
DRAWS = 500


def families(
    board_ranks: pl.DataFrame,
    models: pl.DataFrame,
    *,
    by: str = "family",
    boards: Mapping[str, Sequence[str]] = BOARDS,
    draws: int = DRAWS,
    seed: int = 0,
) -> pl.DataFrame:
    """Rank families (or organizations, `by="organization"`) over the leaderboards on which each has a model.

    `board_ranks` is `(model_id, board, rank[, rank_low, rank_high])`, each board's own order; `models` is
    `(model_id, <by>)`. Returns one row per group with a rank on any of the boards: `<by>, rank, rank_low, rank_high,
    boards` (how many of the three), then per leaderboard its best model and that model's rank on its board, and
    `models`, how many of the group's models were ranked.

    The rank is by expected Borda count (Himmi et al. 2023) over the within-board percentiles of the best models, among
    groups on two leaderboards or more; the others have null rank. The 90 % interval draws the leaderboards with
    replacement and moves each best model within its own rank interval, where `board_ranks` has one.
    """
    known = board_ranks.join(models.select("model_id", by).unique("model_id"), on="model_id").drop_nulls([by, "rank"])
    table = _groups(known, by, boards)
    best_columns = [part for name in boards for part in (f"best_{name}_model", f"best_{name}_rank")]
    return (
        table.join(
            _borda_ranks(table.filter(pl.col("boards") >= MIN_BOARDS), by, tuple(boards), draws, seed),
            on=by,
            how="left",
        )
        .select(by, *RANK_COLUMNS, "boards", *best_columns, pl.col("models").cast(pl.Int64))
        .sort("rank", "boards", "models", by, descending=[False, True, True, False], nulls_last=True)
    )


def organizations(
    board_ranks: pl.DataFrame,
    models: pl.DataFrame,
    *,
    boards: Mapping[str, Sequence[str]] = BOARDS,
    draws: int = DRAWS,
    seed: int = 0,
) -> pl.DataFrame:
    """Rank organizations as `families` ranks families; `models` is `(model_id, organization)`."""
    return families(board_ranks, models, by="organization", boards=boards, draws=draws, seed=seed)


RANK_COLUMNS = ("rank", "rank_low", "rank_high")


def _groups(known: pl.DataFrame, by: str, boards: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return one row per group: number of models and of leaderboards, and the columns of `_best_models` of each."""
    sized = known.with_columns(n_ranked=pl.col("rank").max().over("board"))
    listed = [name for names in boards.values() for name in names]
    table = (
        sized.filter(pl.col("board").is_in(listed))
        .group_by(by)
        .agg(pl.col("model_id").n_unique().alias("models"))
        .sort(by)
    )
    for column, names in boards.items():
        table = table.join(_best_models(sized, by, column, names), on=by, how="left")
    on_board = (pl.col(f"share_{name}").is_not_null() for name in boards)
    return table.with_columns(boards=pl.sum_horizontal(on_board).cast(pl.Int64))


def _best_models(sized: pl.DataFrame, by: str, column: str, names: Sequence[str]) -> pl.DataFrame:
    """Return each group's best model on the first board that lists one, with its percentile there and its error."""
    preference = {name: position for position, name in enumerate(names)}
    span = pl.max_horizontal(pl.col("n_ranked") - 1, 1)
    width = pl.col("rank_high") - pl.col("rank_low") if {"rank_low", "rank_high"} <= set(sized.columns) else pl.lit(0)
    return (
        sized.filter(pl.col("board").is_in(list(names)))
        .with_columns(preferred=pl.col("board").replace_strict(preference, return_dtype=pl.Int64))
        .sort("preferred", "rank", "model_id")
        .group_by(by, maintain_order=True)
        .first()
        .select(
            by,
            pl.col("model_id").alias(f"best_{column}_model"),
            pl.col("rank").cast(pl.Int64).alias(f"best_{column}_rank"),
            (1 - (pl.col("rank") - 1) / span).alias(f"share_{column}"),
            (width.fill_null(0) / (2 * QUANTILE_95) / span).alias(f"error_{column}"),
        )
    )


def _borda_ranks(groups: pl.DataFrame, by: str, columns: tuple[str, ...], draws: int, seed: int) -> pl.DataFrame:
    """Return `<by>, rank, rank_low, rank_high` of some groups by expected Borda count."""
    if groups.is_empty():
        return groups.select(by, *(pl.lit(None, dtype=pl.Int64).alias(name) for name in RANK_COLUMNS))
    shares = groups.select(pl.col(f"share_{name}").fill_null(np.nan) for name in columns).to_numpy()
    errors = groups.select(pl.col(f"error_{name}").fill_null(0.0) for name in columns).to_numpy()
    # One common board of all columns: the bootstrap then draws leaderboards.
    board_of = ("boards",) * len(columns)
    matrix = ScoreMatrix(tuple(groups[by]), columns, board_of, shares, errors, np.ones(len(columns)))
    rank = rank_intervals(*BenchmarkDraws(matrix, draws, seed).scores(expected_borda))
    return groups.select(by).with_columns(
        pl.Series(name, values, dtype=pl.Float64).cast(pl.Int64)
        for name, values in zip(RANK_COLUMNS, (rank.point, rank.low, rank.high), strict=True)
    )
