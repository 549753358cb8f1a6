"""Gems: models that are strong for their size and that few people have found."""

import numpy as np
import polars as pl

from aggregator.ranking.size_window import same_size

STRONG = 0.80
"""The low end of a gem's ability is above this share of the models of about its size."""
LITTLE_KNOWN = 0.50
"""A gem has at most as many downloads (likes where downloads are unknown) as this share of them."""

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

    `standings` is the table of `aggregator.ranking.standings`; only evidence A and B count. `facts` is
    `(model_id, params_b[, downloads, likes, flagged])`; a flagged model is no gem, nor is
    one of which neither downloads nor likes are known. Returns `model_id, params_b, ability, ability_low,
    ability_high, usual_ability` (median of the window), `better_than` (share of the window below the
    low end of its ability), `n_window, downloads, likes, reason`.
    """
    columns = {"params_b": pl.Float64, "downloads": pl.Int64, "likes": pl.Int64, "flagged": pl.Boolean}
    told = facts.select(
        "model_id",
        *(
            (pl.col(name) if name in facts.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in columns.items()
        ),
    ).unique("model_id", keep="first")
    table = (
        standings.filter(pl.col("evidence") != "C")
        .select("model_id", "ability", "ability_low", "ability_high")
        .join(told, on="model_id")
        .sort("model_id")
    )
    ability, low = table["ability"].to_numpy(), table["ability_low"].to_numpy()
    size = table["params_b"].fill_null(np.nan).to_numpy()
    fame = table.select(_fame()).to_series().fill_null(np.nan).to_numpy().astype(np.float64)
    usual, better, count, known = (np.full(ability.size, np.nan) for _ in range(4))
    for mine, window in same_size(size):
        usual[mine], count[mine] = np.median(ability[window]), window.size
        better[mine] = np.searchsorted(np.sort(ability[window]), low[mine]) / window.size
        famous = np.sort(fame[window][~np.isnan(fame[window])])
        known[mine] = np.searchsorted(famous, fame[mine]) / famous.size if famous.size else np.nan
    found = table.with_columns(usual_ability=usual, better_than=better, n_window=count, known=known).filter(
        (pl.col("better_than") >= STRONG)
        & (pl.col("known") <= LITTLE_KNOWN)
        & pl.any_horizontal(pl.col("downloads", "likes").is_not_null())
        & ~pl.col("flagged").fill_null(value=False)
    )
    return (
        found.with_columns(reason=_reason())
        .sort(pl.col("ability_low") - pl.col("usual_ability"), "model_id", descending=[True, False])
        .head(limit)
        .select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    )


def _fame() -> pl.Expr:
    """Take downloads where the frame has any, else likes: the two are not on one scale."""
    has_downloads = pl.col("downloads").is_not_null().any()
    return pl.when(has_downloads).then(pl.col("downloads")).otherwise(pl.col("likes"))


def _reason() -> pl.Expr:
    fame = (
        pl.when(pl.col("downloads").is_not_null())
        .then(pl.format("{} downloads", "downloads"))
        .otherwise(pl.format("{} likes", "likes"))
    )
    return pl.format(
        "at the low end of its interval above {} % of {} models of about its size, with {}",
        (pl.col("better_than") * 100).floor().cast(pl.Int64),
        pl.col("n_window").cast(pl.Int64),
        fame,
    )
