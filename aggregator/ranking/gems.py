"""Gems: models with a high ability for their size and few downloads or likes."""

import numpy as np
import polars as pl

from aggregator.ranking.median import median
from aggregator.ranking.optional_columns import DataType, cast_or_null
from aggregator.ranking.size_window import size_windows
from aggregator.text_columns import fill_in

MIN_BETTER_SHARE = 0.80
"""Share of the models of similar size that must be below the low end of a gem's ability."""
MAX_POPULARITY_SHARE = 0.50
"""Share of the models of similar size with fewer downloads (likes where downloads are unknown) than a gem, at most."""
MIN_BENCHMARKS = 3
"""Fewest benchmarks of a gem that one leaderboard lists (evidence B)."""
STANDINGS = {"rank": pl.Int64, "benchmarks": pl.Int64}
FACTS: dict[str, DataType] = {
    "params_b": pl.Float64,
    "downloads": pl.Int64,
    "likes": pl.Int64,
    "flagged": pl.Boolean,
    "copy_of": pl.String,
}
BASES: dict[str, DataType] = {"base_model": pl.String, "family": pl.String}

SCHEMA = {
    "model_id": pl.String,
    "params_b": pl.Float64,
    "ability": pl.Float64,
    "ability_low": pl.Float64,
    "ability_high": pl.Float64,
    "usual_ability": pl.Float64,
    "better_than": pl.Float64,
    "n_window": pl.Int64,
    "evidence": pl.String,
    "benchmarks": pl.Int64,
    "downloads": pl.Int64,
    "likes": pl.Int64,
    "reason": pl.String,
}


def gems(standings: pl.DataFrame, facts: pl.DataFrame, *, limit: int = 100) -> pl.DataFrame:
    """List strong, little-known models, those furthest above the usual ability of their size first.

    `standings` is the table of `aggregator.ranking.standings`, which may have the number of `benchmarks` of each model.
    Evidence A counts, and B with three benchmarks or more where their number is known. `facts` is `(model_id, params_b[,
    downloads, likes, flagged, copy_of, base_model, family])`; a model without a rank, flagged or copied is not a gem, nor is
    one without known downloads and likes, nor one below its base model or the root of its family: there its base is known
    for that ability. A null size, as for a disputed one, is in no window. Returns `model_id, params_b, ability,
    ability_low, ability_high, usual_ability` (median of the window), `better_than` (share of the window below the low end
    of its ability), `n_window, evidence, benchmarks, downloads, likes, reason`.
    """
    known_facts = facts.select("model_id", *cast_or_null(facts, FACTS | BASES)).unique("model_id", keep="first")
    known_standings = standings.with_columns(cast_or_null(standings, STANDINGS))
    table = (
        known_standings.filter(pl.col("evidence") != "C")
        .select("model_id", "ability", "ability_low", "ability_high", "evidence", *STANDINGS)
        .join(known_facts, on="model_id")
        .sort("model_id")
    )
    for base in BASES:
        of_base = standings.select(pl.col("model_id").alias(base), pl.col("ability").alias(f"{base}_ability"))
        table = table.join(of_base, on=base, how="left", maintain_order="left")
    found = _compare_within_windows(table).filter(
        (pl.col("better_than") >= MIN_BETTER_SHARE)
        & (pl.col("popularity_share") <= MAX_POPULARITY_SHARE)
        & pl.any_horizontal(pl.col("downloads", "likes").is_not_null())
        & ~pl.col("flagged").fill_null(value=False)
        & pl.col("copy_of").is_null()
        & ((pl.col("base_model_ability") < pl.col("ability")) | pl.col("base_model_ability").is_null())
        & ((pl.col("family_ability") <= pl.col("ability")) | pl.col("family_ability").is_null())
        & (pl.col("rank").is_not_null() | pl.lit("rank" not in standings.columns))
        & ((pl.col("evidence") == "A") | pl.col("benchmarks").fill_null(MIN_BENCHMARKS).ge(MIN_BENCHMARKS))
    )
    return (
        found.with_columns(reason=_reason())
        .sort(pl.col("ability_low") - pl.col("usual_ability"), "model_id", descending=[True, False])
        .head(limit)
        .select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    )


def _compare_within_windows(table: pl.DataFrame) -> pl.DataFrame:
    """Add `usual_ability, better_than, n_window, popularity_share` of each model's size window, NaN without a window."""
    ability, low = table["ability"].to_numpy(), table["ability_low"].to_numpy()
    size = table["params_b"].fill_null(np.nan).to_numpy()
    popularity = table.select(_popularity()).to_series().fill_null(np.nan).to_numpy().astype(np.float64)
    usual, better, count, share = (np.full(ability.size, np.nan) for _ in range(4))
    for mine, window in size_windows(size):
        usual[mine], count[mine] = median(ability[window]), window.size
        better[mine] = np.searchsorted(np.sort(ability[window]), low[mine]) / window.size
        known = np.sort(popularity[window][~np.isnan(popularity[window])])
        share[mine] = np.searchsorted(known, popularity[mine]) / known.size if known.size else np.nan
    return table.with_columns(usual_ability=usual, better_than=better, n_window=count, popularity_share=share)


def _popularity() -> pl.Expr:
    """Return downloads where the frame has any, else likes: the two are not on one scale."""
    has_downloads = pl.col("downloads").is_not_null().any()
    return pl.when(has_downloads).then(pl.col("downloads")).otherwise(pl.col("likes"))


def _reason() -> pl.Expr:
    popularity = (
        pl.when(pl.col("downloads").is_not_null())
        .then(_counted("downloads", "download"))
        .otherwise(_counted("likes", "like"))
    )
    boards = (
        pl.when(pl.col("evidence") == "A").then(pl.lit("two leaderboards or more")).otherwise(pl.lit("one leaderboard"))
    )
    benchmarks = pl.coalesce(fill_in(" and {} benchmarks", "benchmarks"), pl.lit(""))
    return fill_in(
        "at the low end of its interval above {} % of {} models of about its size, with {}, by {}{}",
        (pl.col("better_than") * 100).floor().cast(pl.Int64),
        pl.col("n_window").cast(pl.Int64),
        popularity,
        boards,
        benchmarks,
    )


def _counted(column: str, noun: str) -> pl.Expr:
    return fill_in("{} {}", column, pl.when(pl.col(column) == 1).then(pl.lit(noun)).otherwise(pl.lit(f"{noun}s")))
