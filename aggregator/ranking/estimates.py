"""Where a chat model might stand on the Arena, told from its Open LLM scores. Always an estimate, never a rating."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking import regression
from aggregator.ranking.bootstrap import LEVEL
from aggregator.ranking.scales import KNOWN
from aggregator.ranking.score_matrix import Floats, tidy

BOARD = "open_llm_v2"
TARGET = "arena_text_style_control/overall"
LEAST_LINKED = 20
"""Fewest models on both boards for estimates to be made at all."""
CHAT_KINDS = ("chat",)
SLACK = 0.1
"""How far beyond the linked models a value may lie, as a share of their range."""
LEAST_SHARE = 0.02
DAYS = 365.25
FACTS = ("model_id", "kind", "params_b", "released_on", "chat_template", "merged", "flagged")

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
    """What was estimated and how good estimates are."""

    estimates: pl.DataFrame
    """`model_id, estimate, low, high, reason`: one row per model of the board without a rating. `reason` says
    why there is no estimate, null where there is one."""
    quality: pl.DataFrame
    """One row, by nested leave-one-out over the linked models: `n_models, mean_absolute_error, r2,
    coverage_90, mean_width_90`, in rating points."""


def arena_estimates(
    scores: pl.DataFrame, facts: pl.DataFrame, *, board: str = BOARD, target: str = TARGET
) -> Estimates:
    """Estimate the rating `target` of models that have all scores of `board` and no rating.

    `scores` as for `rank`, with the six benchmarks of the Open LLM Leaderboard v2 (0-1 or 0-100) and the
    target. `facts` is `(model_id, kind, params_b, released_on[, chat_template, merged, flagged])`,
    kinds as in `aggregator.model.Kind`. Only chat models that are no merges and lie inside the
    range of the linked models in every score, in size and in date get an estimate.
    Raises `UsageError` when fewer than twenty models are on both.
    """
    long = tidy(scores)
    rated = long.filter(benchmark=target).group_by("model_id").agg(pl.col("score").mean().alias("rating"))
    wide = _features(long.filter(board=board), facts).join(rated, on="model_id", how="left")
    linked = wide.filter(pl.col("rating").is_not_null() & pl.col("complete"))
    if linked.height < LEAST_LINKED:
        raise UsageError(f"only {linked.height} models have both {board} scores and `{target}`: too few to learn from")
    names = [name for name in wide.columns if name.startswith("x_")]
    columns, ratings = linked.select(names).to_numpy(), linked["rating"].to_numpy()
    asked = _with_reasons(wide.filter(pl.col("rating").is_null()), linked, names)
    given = asked.filter(pl.col("reason").is_null())
    model = regression.fit(columns, ratings)
    found = regression.jackknife_plus(model, given.select(names).to_numpy(), LEVEL)
    answers = given.select("model_id").with_columns(estimate=found.estimate, low=found.low, high=found.high)
    estimates = asked.select("model_id", "reason").join(answers, on="model_id", how="left").select(list(ESTIMATES))
    ordered = estimates.sort("estimate", "model_id", descending=[True, False], nulls_last=True)
    return Estimates(ordered, _quality(columns, ratings))


def _features(scores: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Scores as logits of the share after chance, log size, release date in years, chat template."""
    mean = scores.group_by("model_id", "benchmark").agg(pl.col("score").mean())
    top = mean["score"].max()
    scale = 100.0 if isinstance(top, float) and top > 1.5 else 1.0
    wide = mean.pivot(on="benchmark", index="model_id", values="score", sort_columns=True)
    benchmarks = wide.columns[1:]
    shares = [_share(name, scale).alias(f"x_{name.rsplit('/', 1)[-1]}") for name in benchmarks]
    told = facts.with_columns(
        (pl.col(name) if name in facts.columns else pl.lit(None)).cast(pl.Boolean).fill_null(value=False).alias(name)
        for name in ("chat_template", "merged", "flagged")
    )
    return (
        wide.select("model_id", *shares)
        .join(told.select(FACTS).unique("model_id", keep="first"), on="model_id", how="left")
        .with_columns(
            x_size=pl.when(pl.col("params_b") > 0).then(pl.col("params_b")).log(),
            x_date=pl.col("released_on").cast(pl.Date).dt.epoch("d") / DAYS,
            x_chat_template=pl.col("chat_template").cast(pl.Float64),
        )
        .with_columns(complete=pl.all_horizontal(pl.col("^x_.*$").is_not_null()))
        .sort("model_id")
    )


def _share(name: str, scale: float) -> pl.Expr:
    chance, _ = KNOWN.get(name, (0.0, 0))
    share = ((pl.col(name) / scale - chance) / (1 - chance)).clip(LEAST_SHARE, 1 - LEAST_SHARE)
    return (share / (1 - share)).log()


def _with_reasons(asked: pl.DataFrame, linked: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Add `reason`: the first thing that speaks against an estimate, null where nothing does."""
    reason = pl.coalesce(
        pl.when(pl.col("kind").is_null()).then(pl.lit("its kind is not known")),
        pl.when(pl.col("flagged")).then(pl.lit("the board flagged it")),
        pl.when(pl.col("merged") | (pl.col("kind") == "merge")).then(
            pl.lit("a merge: none is rated, so nothing is known of how merges compare")
        ),
        pl.when(~pl.col("kind").is_in(CHAT_KINDS)).then(
            pl.format("not a chat model but {}", pl.col("kind").str.replace_all("_", " "))
        ),
        pl.when(pl.col("x_size").is_null()).then(pl.lit("its size is not known")),
        pl.when(pl.col("x_date").is_null()).then(pl.lit("its release date is not known")),
        pl.when(~pl.col("complete")).then(pl.lit("a score is missing")),
        *(_outside(linked, name) for name in names),
    )
    return asked.with_columns(reason=reason)


def _outside(linked: pl.DataFrame, name: str) -> pl.Expr:
    column = linked[name].to_numpy()
    low, high = float(column.min()), float(column.max())
    slack = SLACK * (high - low)
    label = {"x_size": "size", "x_date": "release date", "x_chat_template": "use of a chat template"}.get(
        name, f"{name.removeprefix('x_')} score"
    )
    return pl.coalesce(
        pl.when(pl.col(name) < low - slack).then(pl.lit(f"its {label} is below that of every rated model")),
        pl.when(pl.col(name) > high + slack).then(pl.lit(f"its {label} is above that of every rated model")),
    )


def _quality(columns: Floats, ratings: Floats) -> pl.DataFrame:
    """Leave each linked model out of everything (grid, weights, intervals) and predict it."""
    count = ratings.size
    estimate, low, high = np.empty(count), np.empty(count), np.empty(count)
    for row in range(count):
        rest = np.arange(count) != row
        model = regression.fit(columns[rest], ratings[rest])
        found = regression.jackknife_plus(model, columns[row : row + 1], LEVEL)
        estimate[row], low[row], high[row] = found.estimate[0], found.low[0], found.high[0]
    miss = estimate - ratings
    values = (
        count,
        float(np.abs(miss).mean()),
        float(1 - (miss**2).sum() / ((ratings - ratings.mean()) ** 2).sum()),
        float(((low <= ratings) & (ratings <= high)).mean()),
        float((high - low).mean()),
    )
    return pl.DataFrame([values], schema=QUALITY, orient="row")
