"""`rank`: rank the models of a frame of scores by a method of choice."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

import numpy as np
import polars as pl

from aggregator.errors import UsageError
from aggregator.ranking import bradley_terry, rank_aggregation
from aggregator.ranking.arrays import Floats
from aggregator.ranking.bootstrap import BenchmarkDraws, rank_intervals, resample_benchmarks, score_intervals
from aggregator.ranking.calibrate import calibrate
from aggregator.ranking.connectivity import require_one_scale, warn_if_unlinked
from aggregator.ranking.rank_aggregation import ColumnRanks, Points
from aggregator.ranking.score_matrix import ScoreMatrix, score_matrix
from aggregator.ranking.standings import ALL_GRADES, standings

Method = Literal["ability", "mean_win_rate", "mteb_borda", "expected_borda", "bradley_terry", "weighted"]
METHODS: tuple[str, ...] = get_args(Method)
BOUNDS = {"mean_win_rate": (0.0, 1.0), "weighted": (0.0, 1.0)}
"""Range of the score, for methods whose score is a share."""
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

    Returns one row per model, best first: `model_id, rank, rank_low, rank_high, score, score_low, score_high,
    coverage`. Ties share the least rank (1, 1, 3); `rank_low` is the best and `rank_high` the worst rank of the 90 %
    interval; `coverage` is the share of the frame's benchmarks with a score of the model. Units of `score`:

    ============== ==============================================================================
    ability        latent ability, mean 1000 and standard deviation 100 over the models of the frame
    mean_win_rate  share of the other models beaten, 0 to 1 (HELM)
    mteb_borda     points, summed over benchmarks (MTEB)
    expected_borda points, summed over benchmarks (Himmi et al. 2023)
    bradley_terry  strength, geometric mean 1 (the scale of evalica)
    weighted       weighted share of the other models beaten, 0 to 1; `weights` as in `spread_weights`
    ============== ==============================================================================

    A model that a method cannot score (no other model in its columns, or no weight) has null rank and score.
    Raises `UsageError` for an unknown method, a malformed frame or bad weights, and `UnlinkedError` from `ability`
    and `bradley_terry` when no model links two groups of benchmarks; the other methods are defined on such frames and
    warn (`UnlinkedWarning`).
    """
    if method not in METHODS:
        raise UsageError(f"no method `{method}`", hint=f"Methods: {', '.join(METHODS)}.")
    if weights is not None and method != "weighted":
        raise UsageError(f"`weights` belong to the method `weighted`, not `{method}`")
    if method == "ability":
        return _rank_by_ability(scores, draws, seed)
    matrix = score_matrix(scores)
    if method == "bradley_terry":
        return _rank_table(matrix, *_bradley_terry_scores(matrix, draws, seed))
    return _rank_by_rule(matrix, method, BenchmarkDraws(matrix, draws, seed), weights)


def rank_by_each(
    matrix: ScoreMatrix, methods: Sequence[Method], *, draws: int = DRAWS, seed: int = 0
) -> dict[str, pl.DataFrame]:
    """Return the table of `rank` for each of some methods with a rule; all rules get the same draws."""
    drawn = BenchmarkDraws(matrix, draws, seed)
    return {method: _rank_by_rule(matrix, method, drawn, None) for method in methods}


def point_scores(matrix: ScoreMatrix, method: Method, weights: Mapping[str, float] | None = None) -> Floats:
    """Return the score of each model by one method other than `ability`, without intervals; NaN where it has none."""
    if method == "bradley_terry":
        require_one_scale(matrix.present, matrix.benchmarks)
        return np.exp(bradley_terry.log_strengths(matrix))
    return _rule(matrix, method, weights)(ColumnRanks.of(matrix.oriented)).total()


def _rank_by_ability(scores: pl.DataFrame, draws: int, seed: int) -> pl.DataFrame:
    table = standings(scores, calibrate(scores, draws=draws, seed=seed), grades=ALL_GRADES)
    names = {"ability": "score", "ability_low": "score_low", "ability_high": "score_high"}
    return table.rename(names).select("model_id", "rank", "rank_low", "rank_high", *names.values(), "coverage")


def _rule(matrix: ScoreMatrix, method: str, weights: Mapping[str, float] | None) -> Callable[[ColumnRanks], Points]:
    """Return the aggregation rule: a function from the ranks within the columns to points."""
    if method == "weighted":
        cell_weights = rank_aggregation.spread_weights(matrix, weights)
        return lambda ranks: rank_aggregation.weighted_win_rate(ranks, cell_weights)
    rules: dict[str, Callable[[ColumnRanks], Points]] = {
        "mean_win_rate": rank_aggregation.mean_win_rate,
        "mteb_borda": rank_aggregation.mteb_borda,
        "expected_borda": rank_aggregation.expected_borda,
    }
    return rules[method]


def _rank_by_rule(
    matrix: ScoreMatrix, method: str, drawn: BenchmarkDraws, weights: Mapping[str, float] | None
) -> pl.DataFrame:
    """Return the columns of `rank` by a rule of `aggregator.ranking.rank_aggregation`."""
    warn_if_unlinked(matrix.present, matrix.benchmarks, method)
    return _rank_table(matrix, *drawn.scores(_rule(matrix, method, weights)), BOUNDS.get(method))


def _bradley_terry_scores(matrix: ScoreMatrix, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Return strengths and their draws (models × draws).

    The bootstrap is linearised: a draw moves the log strengths by the influence of the benchmarks that it draws again
    (nonparametric delta method, Davison & Hinkley 1997). Normal noise is added where the draws vary less than the
    standard error.
    """
    require_one_scale(matrix.present, matrix.benchmarks)
    fitted = bradley_terry.fit_strengths(matrix)
    generator = np.random.default_rng(seed)
    drawn = fitted.influence @ (resample_benchmarks(matrix.boards, draws, generator) - 1)
    missing = np.sqrt(np.maximum(fitted.standard_error**2 - drawn.var(axis=1), 0.0))
    drawn += missing[:, None] * generator.standard_normal(drawn.shape)
    return np.exp(fitted.log), np.exp(fitted.log[:, None] + drawn)


def _rank_table(
    matrix: ScoreMatrix, point: Floats, drawn: Floats, bounds: tuple[float, float] | None = None
) -> pl.DataFrame:
    """Return the columns of `rank`; a model without a score has nulls in all but its coverage."""
    rank = rank_intervals(point, drawn)
    score = score_intervals(point, drawn, bounds or (-np.inf, np.inf))
    columns = {
        "rank": rank.point,
        "rank_low": rank.low,
        "rank_high": rank.high,
        "score": score.point,
        "score_low": score.low,
        "score_high": score.high,
    }
    known = pl.col("score").is_not_null()
    return (
        pl.DataFrame({"model_id": pl.Series(matrix.models, dtype=pl.String), **columns, "coverage": matrix.coverage})
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .with_columns(pl.when(known).then(pl.col(name)).alias(name) for name in columns)
        .with_columns(pl.col("rank", "rank_low", "rank_high").cast(pl.Int64))
        .sort("rank", "model_id", nulls_last=True)
    )
