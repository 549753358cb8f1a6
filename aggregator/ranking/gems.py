"""Gems: models with a high ability for their size and few downloads or likes."""

import numpy as np
import polars as pl

from aggregator.ranking.median import median
from aggregator.ranking.optional_columns import cast_or_null
from aggregator.ranking.size_window import size_windows
from aggregator.text_columns import fill_in

MIN_BETTER_SHARE = 0.80
"""Share of the models of similar size that must be below the low end of a gem's ability."""
MAX_POPULARITY_SHARE = 0.50
"""Share of the models of similar size with fewer downloads (likes where downloads are unknown) than a gem, at most."""
FACTS = {"params_b": pl.Float64, "downloads": pl.Int64, "likes": pl.Int64, "flagged": pl.Boolean}

SCHEMA = {
    "model_id": pl.String,
    "params_b": pl.Float64,
    "ability": pl.Float64,
    "ability_low": pl.Float64,
    "ability_high": pl.Float64,
    "usual_ability": pl.Float64,
    "better_than": pl.Float64,
    "n_window": pl.Int64,
    "downloads": pl.Int64,
    "likes": pl.Int64,
    "reason": pl.String,
}


def gems(standings: pl.DataFrame, facts: pl.DataFrame, *, limit: int = 100) -> pl.DataFrame:
    """List strong, little-known models, those furthest above the usual ability of their size first.

    `standings` is the table of `aggregator.ranking.standings`; only evidence A and B count. `facts` is `(model_id,
    params_b[, downloads, likes, flagged])`; a flagged model is not a gem, nor is one without known downloads and
    likes. Returns `model_id, params_b, ability, ability_low, ability_high, usual_ability` (median of the window),
    `better_than` (share of the window below the low end of its ability), `n_window, downloads, likes, reason`.
    """
    known_facts = facts.select("model_id", *cast_or_null(facts, FACTS)).unique("model_id", keep="first")
    table = (
        standings.filter(pl.col("evidence") != "C")
        .select("model_id", "ability", "ability_low", "ability_high")
        .join(known_facts, on="model_id")
        .sort("model_id")
    )
    found = _compare_within_windows(table).filter(
        (pl.col("better_than") >= MIN_BETTER_SHARE)
        & (pl.col("popularity_share") <= MAX_POPULARITY_SHARE)
        & pl.any_horizontal(pl.col("downloads", "likes").is_not_null())
        & ~pl.col("flagged").fill_null(value=False)
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
        .then(fill_in("{} downloads", "downloads"))
        .otherwise(fill_in("{} likes", "likes"))
    )
    return fill_in(
        "at the low end of its interval above {} % of {} models of about its size, with {}",
        (pl.col("better_than") * 100).floor().cast(pl.Int64),
        pl.col("n_window").cast(pl.Int64),
        popularity,
    )
