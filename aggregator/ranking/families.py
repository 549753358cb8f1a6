"""Where the boards meet: lineages and organisations, each by its best model on every board."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from aggregator.ranking import alternates, bootstrap
from aggregator.ranking.score_matrix import Cells

BOARDS: Mapping[str, Sequence[str]] = {
    "open_llm": ("open_llm_v2", "open_llm_v1"),
    "arena": ("arena_text_style_control", "arena_text"),
    "mteb": ("mteb_eng_v2", "mteb_multilingual_v2", "mteb_cmn_v1", "rteb_eng"),
}
"""The three columns, and the boards that fill each: the first board on which the family has a model."""
TWO_SIDED = 3.2897072539029444
"""Width of a 90 % interval in standard deviations."""
DRAWS = 500


def families(
    places: pl.DataFrame,
    models: pl.DataFrame,
    *,
    by: str = "family",
    boards: Mapping[str, Sequence[str]] = BOARDS,
    draws: int = DRAWS,
    seed: int = 0,
) -> pl.DataFrame:
    """Rank lineages (or organisations, `by="organization"`) over the boards on which each has a model.

    `places` is `(model_id, board, rank[, rank_low, rank_high])`, each board's own order; `models` is
    `(model_id, <by>)`. Returns one row per group with a place on any of the boards: `<by>, rank,
    rank_low, rank_high, boards` (how many of the three), then per column its best model and that
    model's rank on its board, and `models`, how many of the group's models were ranked.

    The rank is by expected Borda (Himmi et al. 2023) over the within-board percentiles of the best
    models, among groups on two boards or more; the others have null rank. The 90 % interval draws
    the boards again with replacement and moves each best model within its own rank interval, where
    `places` has one.
    """
    known = places.join(models.select("model_id", by).unique("model_id"), on="model_id").drop_nulls([by, "rank"])
    sized = known.with_columns(n_ranked=pl.col("rank").max().over("board"))
    best = [_best(sized, by, column, names) for column, names in boards.items()]
    listed = [name for names in boards.values() for name in names]
    table = (
        sized.filter(pl.col("board").is_in(listed))
        .group_by(by)
        .agg(pl.col("model_id").n_unique().alias("models"))
        .sort(by)
    )
    for frame in best:
        table = table.join(frame, on=by, how="left")
    table = table.with_columns(
        boards=pl.sum_horizontal(pl.col(f"share_{name}").is_not_null() for name in boards).cast(pl.Int64)
    )
    table = _ranked(table, by, tuple(boards), draws, seed)
    shown = [part for name in boards for part in (f"best_{name}_model", f"best_{name}_rank")]
    return table.select(by, "rank", "rank_low", "rank_high", "boards", *shown, pl.col("models").cast(pl.Int64)).sort(
        "rank", "boards", "models", by, descending=[False, True, True, False], nulls_last=True
    )


def organizations(
    places: pl.DataFrame,
    models: pl.DataFrame,
    *,
    boards: Mapping[str, Sequence[str]] = BOARDS,
    draws: int = DRAWS,
    seed: int = 0,
) -> pl.DataFrame:
    """Rank organisations as `families` ranks lineages; `models` is `(model_id, organization)`."""
    return families(places, models, by="organization", boards=boards, draws=draws, seed=seed)


def _best(places: pl.DataFrame, by: str, column: str, names: Sequence[str]) -> pl.DataFrame:
    """Best model of each group on the first board that lists one, with its percentile there and that one's error."""
    preference = {name: position for position, name in enumerate(names)}
    span = pl.max_horizontal(pl.col("n_ranked") - 1, 1)
    width = pl.col("rank_high") - pl.col("rank_low") if {"rank_low", "rank_high"} <= set(places.columns) else pl.lit(0)
    return (
        places.filter(pl.col("board").is_in(list(names)))
        .with_columns(preferred=pl.col("board").replace_strict(preference, return_dtype=pl.Int64))
        .sort("preferred", "rank", "model_id")
        .group_by(by, maintain_order=True)
        .first()
        .select(
            by,
            pl.col("model_id").alias(f"best_{column}_model"),
            pl.col("rank").cast(pl.Int64).alias(f"best_{column}_rank"),
            (1 - (pl.col("rank") - 1) / span).alias(f"share_{column}"),
            (width.fill_null(0) / TWO_SIDED / span).alias(f"error_{column}"),
        )
    )


def _ranked(table: pl.DataFrame, by: str, columns: tuple[str, ...], draws: int, seed: int) -> pl.DataFrame:
    joined = table.filter(pl.col("boards") >= 2)
    if joined.is_empty():
        return table.with_columns(
            pl.lit(None, dtype=pl.Int64).alias(name) for name in ("rank", "rank_low", "rank_high")
        )
    shares = joined.select(pl.col(f"share_{name}").fill_null(np.nan) for name in columns).to_numpy()
    errors = joined.select(pl.col(f"error_{name}").fill_null(0.0) for name in columns).to_numpy()
    # One board each to the resampling, so that it draws boards and not the benchmarks of one.
    cells = Cells(tuple(joined[by]), columns, ("boards",) * len(columns), shares, errors, np.ones(len(columns)))
    point = alternates.expected_borda(cells.oriented).score(np.ones((len(columns), 1)))[:, 0]
    drawn = bootstrap.score_draws(cells, alternates.expected_borda, draws, seed)
    rank = bootstrap.rank_intervals(point, drawn)
    ranks = joined.select(by).with_columns(
        pl.Series(name, values, dtype=pl.Float64).cast(pl.Int64)
        for name, values in (("rank", rank.point), ("rank_low", rank.low), ("rank_high", rank.high))
    )
    return table.join(ranks, on=by, how="left")
