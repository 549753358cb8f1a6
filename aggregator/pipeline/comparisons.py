"""Compare boards, benchmarks and ranking methods: the tables `agreement`, `method_ranks` and `method_agreement`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from aggregator import schema
from aggregator.model import Track
from aggregator.ranking import Method
from aggregator.ranking.agreement import agreement, agreement_over_time
from aggregator.ranking.arrays import Floats
from aggregator.ranking.connectivity import UnlinkedError
from aggregator.ranking.method_agreement import ALTERNATES, compare_points
from aggregator.ranking.method_agreement import SCHEMA as METHOD_AGREEMENT
from aggregator.ranking.methods import point_scores, rank_by_each
from aggregator.ranking.score_matrix import ScoreMatrix, score_matrix

METHODS: tuple[Method, ...] = ("mean_win_rate", "mteb_borda", "expected_borda")
"""The methods whose whole order is published. The Bradley–Terry order is computed on request; only its agreement is published."""

METHOD_DRAWS = 100
"""Bootstrap draws for the rank intervals of the other methods."""

MIN_BENCHMARK_MODELS = 20
"""Fewest models in common for a pair of benchmarks: with fewer, the intervals of most pairs hold nearly every value."""

DATE_DRAWS = 100
"""Bootstrap draws for the agreement of one dated edition."""

AGREEMENT: dict[str, pl.DataType] = {
    "grain": pl.String(),
    "left_name": pl.String(),
    "right_name": pl.String(),
    "published_on": pl.Date(),
    "shared": pl.String(),
    "n_models": pl.Int64(),
    **{f"{name}{end}": pl.Float64() for name in ("spearman", "kendall") for end in ("", "_low", "_high")},
}


def agreement_table(scores: Mapping[Track, pl.DataFrame], editions: pl.DataFrame) -> pl.DataFrame:
    """Return the agreement (`AGREEMENT`) of boards, of LLM benchmarks, and of each dated edition with the other boards.

    `editions` has the overall scores of every date of the boards with dated editions.
    """
    llm = scores[Track.LLM]
    benchmarks = {Track.LLM: _main_benchmarks(llm), Track.EMBEDDING: list[str]()}
    # All boards of a track can be switched off.
    found = [
        agreement(table, benchmarks=benchmarks[track], min_models=MIN_BENCHMARK_MODELS)
        for track, table in scores.items()
        if table.height
    ]
    if editions.height:
        over_time = (
            agreement_over_time(editions, table, draws=DATE_DRAWS) for table in scores.values() if table.height
        )
        found += [frame.with_columns(grain=pl.lit("date")) for frame in over_time]
    return pl.concat([schema.frame(AGREEMENT), *(schema.frame(AGREEMENT, _rename(frame)) for frame in found)])


def _rename(frame: pl.DataFrame) -> pl.DataFrame:
    """Return an agreement with the column names of `AGREEMENT`; one without a date has 1970-01-01."""
    return frame.rename({"left": "left_name", "right": "right_name"}).with_columns(
        shared=pl.col("models") if "models" in frame.columns else pl.lit("shared"),
        published_on=pl.col("published_on") if "published_on" in frame.columns else pl.lit(date(1970, 1, 1)),
    )


def _main_benchmarks(llm: pl.DataFrame) -> list[str]:
    """Return all benchmarks without the categories of boards with an overall score: these share its votes."""
    names = llm["benchmark"].unique().sort().to_list()
    whole = {name.rsplit("/", 1)[0] for name in names if name.endswith("/overall")}
    return [name for name in names if name.rsplit("/", 1)[0] not in whole or name.endswith("/overall")]


@dataclass(frozen=True)
class MethodOrders:
    """What the methods other than the ability say about one track."""

    matrix: ScoreMatrix
    orders: Mapping[str, pl.DataFrame]
    """The table of `rank` of each method whose order is published."""
    points: Mapping[Method, Floats]
    """The score of each model of the matrix by each method that is compared with the ability."""


def method_orders(scores: Mapping[Track, pl.DataFrame]) -> dict[Track, MethodOrders]:
    """Return the orders by each method, for the tracks with scores; `scores` has the ranked models only."""
    matrices = {track: score_matrix(table) for track, table in scores.items() if not table.is_empty()}
    return {
        track: MethodOrders(matrix, rank_by_each(matrix, METHODS, draws=METHOD_DRAWS), _points(matrix))
        for track, matrix in matrices.items()
    }


def _points(matrix: ScoreMatrix) -> dict[Method, Floats]:
    """Return the scores by each method, without Bradley–Terry when no model links the boards."""
    try:
        return {method: point_scores(matrix, method) for method in ALTERNATES}
    except UnlinkedError:
        return {method: point_scores(matrix, method) for method in (*METHODS, "weighted")}


def method_tables(
    methods: Mapping[Track, MethodOrders], abilities: Mapping[Track, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Return `method_ranks`, the order by each method, and `method_agreement`, its distance from the ability's order."""
    ranks = []
    agreements = [pl.DataFrame(schema=METHOD_AGREEMENT).with_columns(track=pl.lit(None, dtype=pl.String))]
    for track, found in abilities.items():
        ability = found.filter(pl.col("rank").is_not_null())
        ranks.append(_method_ranks(track, "ability", ability.with_columns(score="ability")))
        # No board of the track, or none of those in the calibration.
        if track not in methods or ability.is_empty():
            continue
        others = methods[track]
        ranks += [_method_ranks(track, method, order) for method, order in others.orders.items()]
        compared = compare_points(others.matrix, others.points, ability)
        agreements.append(compared.with_columns(track=pl.lit(track.value)))
    return {"method_ranks": pl.concat(ranks), "method_agreement": pl.concat(agreements, how="diagonal")}


def _method_ranks(track: Track, method: str, order: pl.DataFrame) -> pl.DataFrame:
    return order.drop_nulls("rank").select(
        method=pl.lit(method),
        track=pl.lit(track.value),
        model_id="model_id",
        rank=pl.col("rank").cast(pl.Int64),
        rank_low=pl.col("rank_low").cast(pl.Int64),
        rank_high=pl.col("rank_high").cast(pl.Int64),
        score="score",
        coverage="coverage",
    )
