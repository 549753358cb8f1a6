"""`rank`: one frame in, one order out, by the method a person asks for."""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking import alternates, bootstrap, bradley_terry
from aggregator.ranking.alternates import Points
from aggregator.ranking.calibrate import calibrate
from aggregator.ranking.connectivity import require_one_scale, warn_if_unlinked
from aggregator.ranking.intervals import standings
from aggregator.ranking.score_matrix import Cells, Floats, cells

Method = Literal["ability", "mean_win_rate", "mteb_borda", "expected_borda", "bradley_terry", "weighted"]
METHODS: tuple[str, ...] = get_args(Method)
FRACTIONS = ("mean_win_rate", "weighted")
"""Methods whose score is a share."""
DRAWS = 500


def rank(
    scores: pl.DataFrame,
    method: Method = "ability",
    weights: Mapping[str, float] | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> pl.DataFrame:
    """Rank the models of a frame `(model_id, board, benchmark, score[, standard_error, higher_is_better])`.

    Returns one row per model, best first: `model_id, rank, rank_low, rank_high, score, score_low,
    score_high, coverage`. Ties share the least rank (1, 1, 3); `rank_low` is the best and
    `rank_high` the worst rank of the 90 % interval; `coverage` is the share of the frame's
    benchmarks that saw the model. Units of `score`:

    ============== ==============================================================================
    ability        latent ability, mean 1000 and standard deviation 100 over the models of the frame
    mean_win_rate  share of the other models beaten, 0 to 1 (HELM)
    mteb_borda     points, summed over benchmarks (MTEB)
    expected_borda points, summed over benchmarks (Himmi et al. 2023)
    bradley_terry  strength, geometric mean 1 (evalica's scale)
    weighted       weighted share of the other models beaten, 0 to 1; `weights` as in `column_weights`
    ============== ==============================================================================

    A model that a rule cannot score (it met nobody, or has no weight) has null rank and score.
    Raises `UsageError` for another method, a malformed frame or bad weights, and `UnlinkedError`
    from `ability` and `bradley_terry` when no model links two groups of benchmarks; the other
    rules are defined on such frames and warn (`UnlinkedWarning`).
    """
    if method not in METHODS:
        raise UsageError(f"no method `{method}`", hint=f"Methods: {', '.join(METHODS)}.")
    if weights is not None and method != "weighted":
        raise UsageError(f"`weights` belong to the method `weighted`, not `{method}`")
    if method == "ability":
        return _by_ability(scores, draws, seed)
    table = cells(scores)
    point, drawn = (
        _bradley_terry(table, draws, seed)
        if method == "bradley_terry"
        else _by_points(table, method, weights, draws, seed)
    )
    return _ranked(table, point, drawn, (0.0, 1.0) if method in FRACTIONS else (-np.inf, np.inf))


def point_scores(table: Cells, method: Method, weights: Mapping[str, float] | None = None) -> Floats:
    """Return the score of each model by one of the alternates, NaN where it has none, without intervals."""
    if method == "bradley_terry":
        require_one_scale(table.present, table.benchmarks)
        return np.exp(bradley_terry.log_strengths(table))
    return _rule(table, method, weights)(table.oriented).score(np.ones((len(table.benchmarks), 1)))[:, 0]


def _by_ability(scores: pl.DataFrame, draws: int, seed: int) -> pl.DataFrame:
    table = standings(scores, calibrate(scores, draws=draws, seed=seed), grades=("A", "B", "C"))
    names = {"ability": "score", "ability_low": "score_low", "ability_high": "score_high"}
    return table.rename(names).select("model_id", "rank", "rank_low", "rank_high", *names.values(), "coverage")


def _rule(table: Cells, method: str, weights: Mapping[str, float] | None) -> Callable[[Floats], Points]:
    if method == "weighted":
        spread = alternates.column_weights(table, weights)
        return lambda oriented: alternates.weighted(oriented, spread)
    rules: dict[str, Callable[[Floats], Points]] = {
        "mean_win_rate": alternates.mean_win_rate,
        "mteb_borda": alternates.mteb_borda,
        "expected_borda": alternates.expected_borda,
    }
    return rules[method]


def _by_points(
    table: Cells, method: str, weights: Mapping[str, float] | None, draws: int, seed: int
) -> tuple[Floats, Floats]:
    warn_if_unlinked(table.present, table.benchmarks, method)
    rule = _rule(table, method, weights)
    point = rule(table.oriented).score(np.ones((len(table.benchmarks), 1)))[:, 0]
    return point, bootstrap.score_draws(table, rule, draws, seed)


def _bradley_terry(table: Cells, draws: int, seed: int) -> tuple[Floats, Floats]:
    require_one_scale(table.present, table.benchmarks)
    fitted = bradley_terry.strengths(table)
    generator = np.random.default_rng(seed)
    drawn = fitted.influence @ (bootstrap.draw_benchmarks(table.boards, draws, generator) - 1)
    hidden = np.sqrt(np.maximum(fitted.spread**2 - drawn.var(axis=1), 0.0))
    drawn += hidden[:, None] * generator.standard_normal(drawn.shape)
    return np.exp(fitted.log), np.exp(fitted.log[:, None] + drawn)


def _ranked(table: Cells, point: Floats, drawn: Floats, bounds: tuple[float, float]) -> pl.DataFrame:
    rank = bootstrap.rank_intervals(point, drawn)
    score = bootstrap.score_intervals(point, drawn, bounds)
    columns = {
        "rank": rank.point,
        "rank_low": rank.low,
        "rank_high": rank.high,
        "score": score.point,
        "score_low": score.low,
        "score_high": score.high,
        "coverage": table.coverage,
    }
    ranks = pl.col("rank", "rank_low", "rank_high").cast(pl.Int64)
    frame = pl.DataFrame({"model_id": pl.Series(table.models, dtype=pl.String), **columns})
    return (
        frame.with_columns(pl.col(pl.Float64).fill_nan(None))
        .with_columns(
            pl.when(pl.col("score").is_not_null()).then(pl.col(name)).alias(name)
            for name in columns
            if name != "coverage"
        )
        .with_columns(ranks)
        .sort("rank", "model_id", nulls_last=True)
    )
