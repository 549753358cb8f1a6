"""Estimates of the Arena ratings of unrated chat models from their Open LLM Leaderboard scores.

This is one case of `predict` with a method of its own: most such models are on one board only. From these scores alone,
a regression on size and date too has a mean error of 26 points on the recorded boards, and the factor model of 33.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking import gaussian_process
from aggregator.ranking.arrays import Floats
from aggregator.ranking.interval import LEVEL
from aggregator.ranking.optional_columns import cast_or_null
from aggregator.ranking.scales import benchmark_metadata
from aggregator.ranking.score_matrix import clean_scores
from aggregator.text_columns import fill_in

BOARD = "open_llm_v2"
TARGET = "arena_text_style_control/overall"
MIN_LINKED = 20
"""Fewest models with scores on both boards for any estimate."""
CHAT_KINDS = ("chat",)
RANGE_MARGIN = 0.1
"""How far beyond the range of the linked models a value may be, as a share of that range."""
MIN_SHARE = 0.02
"""Least distance of a share from 0 and 1 before the logit."""
DAYS_PER_YEAR = 365.25
FLAGS = {"chat_template": pl.Boolean, "merged": pl.Boolean, "flagged": pl.Boolean}

ESTIMATES = {
    "model_id": pl.String,
    "estimate": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "reason": pl.String,
}
QUALITY = {
    "n_models": pl.Int64,
    "mean_absolute_error": pl.Float64,
    "r2": pl.Float64,
    "coverage_90": pl.Float64,
    "mean_width_90": pl.Float64,
}


@dataclass(frozen=True)
class Estimates:
    """Estimated ratings and their quality."""

    estimates: pl.DataFrame
    """`model_id, estimate, low, high, reason`: one row per model of the board without a rating. `reason` is why there
    is no estimate, null where there is one."""
    quality: pl.DataFrame
    """One row, by nested leave-one-out over the linked models: `n_models, mean_absolute_error, r2, coverage_90,
    mean_width_90`, in rating points."""


def arena_estimates(
    scores: pl.DataFrame, facts: pl.DataFrame, *, board: str = BOARD, target: str = TARGET, level: float = LEVEL
) -> Estimates:
    """Estimate the rating `target` of models with all scores of `board` and no rating.

    `scores` as for `rank`, with the six benchmarks of the Open LLM Leaderboard v2 (0-1 or 0-100) and the target; without
    a column `chance`, the chance of a benchmark is 0.
    `facts` is `(model_id, kind, params_b, released_on[, chat_template, merged, flagged])`, kinds as in
    `aggregator.model.Kind`. Only chat models that are not merges, and inside the range of the linked models (those
    with scores on both) in every score, in size and in date, get an estimate, with an interval of probability `level`.
    Raises `UsageError` when fewer than twenty models are linked.
    """
    long = clean_scores(scores)
    rated = long.filter(benchmark=target).group_by("model_id").agg(pl.col("score").mean().alias("rating"))
    wide = _features(long.filter(board=board), facts).join(rated, on="model_id", how="left")
    linked = wide.filter(pl.col("rating").is_not_null() & pl.col("complete"))
    if linked.height < MIN_LINKED:
        raise UsageError(
            f"only {linked.height} models have both {board} scores and `{target}`: too few for a regression"
        )
    names = [name for name in wide.columns if name.startswith("x_")]
    columns, ratings = linked.select(names).to_numpy(), linked["rating"].to_numpy()
    unrated = _with_reasons(wide.filter(pl.col("rating").is_null()), linked, names)
    usable = unrated.filter(pl.col("reason").is_null())
    process = gaussian_process.fit(columns, ratings)
    found = gaussian_process.jackknife_plus(process, usable.select(names).to_numpy(), level)
    predicted = usable.select("model_id").with_columns(estimate=found.point, low=found.low, high=found.high)
    estimates = unrated.select("model_id", "reason").join(predicted, on="model_id", how="left").select(list(ESTIMATES))
    ordered = estimates.sort("estimate", "model_id", descending=[True, False], nulls_last=True)
    return Estimates(ordered, _quality(columns, ratings))


def _features(scores: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Return the facts with the regression columns `x_*`: logit of each score, log size, release year, chat template.

    `complete` is true where no column is missing.
    """
    flags = [flag.fill_null(value=False) for flag in cast_or_null(facts, FLAGS)]
    known_facts = facts.select("model_id", "kind", "params_b", "released_on", *flags)
    return (
        _score_logits(scores)
        .join(known_facts.unique("model_id", keep="first"), on="model_id", how="left")
        .with_columns(
            x_size=pl.when(pl.col("params_b") > 0).then(pl.col("params_b")).log(),
            # A date is stored as days.
            x_date=pl.col("released_on").cast(pl.Date).cast(pl.Int32) / DAYS_PER_YEAR,
            x_chat_template=pl.col("chat_template").cast(pl.Float64),
        )
        .with_columns(complete=pl.all_horizontal(pl.col("^x_.*$").is_not_null()))
        .sort("model_id")
    )


def _score_logits(scores: pl.DataFrame) -> pl.DataFrame:
    """Return `model_id` and `x_<name>` per benchmark: the logit of the share above chance."""
    mean = scores.group_by("model_id", "benchmark").agg(pl.col("score").mean())
    top = mean["score"].max()
    scale = 100.0 if isinstance(top, float) and top > 1.5 else 1.0
    wide = mean.pivot(on="benchmark", index="model_id", values="score", sort_columns=True)
    names = tuple(wide.columns[1:])
    chances = np.nan_to_num(benchmark_metadata(scores, names)["chance"]) / scale
    logits = [
        _logit(name, scale, float(chance)).alias(f"x_{name.rsplit('/', 1)[-1]}")
        for name, chance in zip(names, chances, strict=True)
    ]
    return wide.select("model_id", *logits)


def _logit(name: str, scale: float, chance: float) -> pl.Expr:
    share = ((pl.col(name) / scale - chance) / (1 - chance)).clip(MIN_SHARE, 1 - MIN_SHARE)
    return (share / (1 - share)).log()


def _with_reasons(unrated: pl.DataFrame, linked: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Add `reason`: the first reason against an estimate, null where there is none."""
    reason = pl.coalesce(
        pl.when(pl.col("kind").is_null()).then(pl.lit("its kind is not known")),
        pl.when(pl.col("flagged")).then(pl.lit("the board flagged it")),
        pl.when(pl.col("merged") | (pl.col("kind") == "merge")).then(
            pl.lit("a merge: none is rated, so nothing is known of how merges compare")
        ),
        pl.when(~pl.col("kind").is_in(CHAT_KINDS)).then(
            fill_in("not a chat model but {}", pl.col("kind").str.replace_all("_", " "))
        ),
        pl.when(pl.col("x_size").is_null()).then(pl.lit("its size is not known")),
        pl.when(pl.col("x_date").is_null()).then(pl.lit("its release date is not known")),
        pl.when(~pl.col("complete")).then(pl.lit("a score is missing")),
        *(_out_of_range(linked, name) for name in names),
    )
    return unrated.with_columns(reason=reason)


def _out_of_range(linked: pl.DataFrame, name: str) -> pl.Expr:
    """Return the reason where a column is outside the range of the linked models, else null."""
    column = linked[name].to_numpy()
    low, high = float(column.min()), float(column.max())
    margin = RANGE_MARGIN * (high - low)
    label = {"x_size": "size", "x_date": "release date", "x_chat_template": "use of a chat template"}.get(
        name, f"{name.removeprefix('x_')} score"
    )
    return pl.coalesce(
        pl.when(pl.col(name) < low - margin).then(pl.lit(f"its {label} is below that of every rated model")),
        pl.when(pl.col(name) > high + margin).then(pl.lit(f"its {label} is above that of every rated model")),
    )


def _quality(columns: Floats, ratings: Floats) -> pl.DataFrame:
    """Return the error of each linked model's prediction without it (grid, weights and intervals included)."""
    count = ratings.size
    rest = np.array([np.delete(np.arange(count), row) for row in range(count)])
    # One stack of fits, each without one row.
    process = gaussian_process.fit(columns[rest], ratings[rest])
    found = gaussian_process.jackknife_plus(process, columns[:, None, :], LEVEL)
    estimate, low, high = found.point[:, 0], found.low[:, 0], found.high[:, 0]
    residual = estimate - ratings
    values = (
        count,
        float(np.abs(residual).mean()),
        float(1 - (residual**2).sum() / ((ratings - ratings.mean()) ** 2).sum()),
        float(((low <= ratings) & (ratings <= high)).mean()),
        float((high - low).mean()),
    )
    return pl.DataFrame([values], schema=QUALITY, orient="row")
