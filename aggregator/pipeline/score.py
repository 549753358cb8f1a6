"""Compute abilities, ranks and their comparisons: the step between `sql/model/` and `sql/mart/`."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import polars as pl
from threadpoolctl import threadpool_limits

from aggregator import schema
from aggregator.errors import UsageError
from aggregator.model import Track
from aggregator.pipeline.comparisons import agreement_table, method_tables
from aggregator.ranking import Calibration, score, standings
from aggregator.ranking.estimates import ESTIMATES, QUALITY, arena_estimates
from aggregator.ranking.families import families, organizations
from aggregator.ranking.gems import SCHEMA as GEMS
from aggregator.ranking.gems import gems
from aggregator.ranking.link_shift import link_shifts
from aggregator.ranking.outliers import SCHEMA as OUTLIERS
from aggregator.ranking.outliers import outliers

Query: TypeAlias = Callable[[str], pl.DataFrame]
"""Runs one SQL query on the tables of `sql/model/`."""

SCORES = """
select
    m.track,
    -- Flagged models and copies have an ability. They have no rank and do not affect the ranks of other models.
    m.flagged or m.copy_of is not null as is_unranked,
    s.model_id,
    s.source as board,
    s.benchmark,
    s.score,
    -- The boards publish 95 % intervals.
    (s.score_high - s.score_low) / (2 * 1.959964) as standard_error,
    b.higher_is_better,
    b.scale_low,
    b.scale_high,
    b.chance
from scores as s
inner join benchmarks as b using (benchmark)
inner join sources as o on o.source = s.source
inner join models as m using (model_id)
where o.in_rank and o.track = m.track
order by s.benchmark, s.model_id
"""

PLACES = "select model_id, source as board, rank from standings order by all"

FACTS = """
-- A disputed size is no size: a model is not compared with models of that size.
select * replace (if(params_disputed, null, params_b) as params_b)
from models
order by model_id
"""

EDITIONS = """
select model_id, benchmark, published_on, score
from history
where benchmark = 'arena_text/overall' and superseded_at is null
order by all
"""

ABILITIES: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "rank": pl.Int64(),
    "rank_low": pl.Int64(),
    "rank_high": pl.Int64(),
    "tie_group": pl.Int64(),
    "ability": pl.Float64(),
    "ability_low": pl.Float64(),
    "ability_high": pl.Float64(),
    "evidence": pl.String(),
    "coverage": pl.Float64(),
}


def combine(query: Query, calibrations: Mapping[Track, Calibration]) -> dict[str, pl.DataFrame]:
    """Return the inputs of `sql/mart/`; the SQL reads each as `input_<name>`."""
    # The matrices are small: several BLAS threads are slower than one.
    with threadpool_limits(limits=1, user_api="blas"):
        return _combine(query, calibrations)


def _combine(query: Query, calibrations: Mapping[Track, Calibration]) -> dict[str, pl.DataFrame]:
    scores, facts, places = query(SCORES), query(FACTS), query(PLACES)
    tables = {track: scores.filter(pl.col("track") == track.value).drop("track") for track in Track}
    complete = {track: table.drop("is_unranked") for track, table in tables.items()}
    ranked = {track: _split(table)[0] for track, table in tables.items()}
    shifts = {track: link_shifts(complete[track], calibration) for track, calibration in calibrations.items()}
    relinked = {track: calibration.relinked(shifts[track]) for track, calibration in calibrations.items()}
    abilities = {track: _abilities(tables[track], calibration) for track, calibration in relinked.items()}
    llm = complete[Track.LLM]
    estimates, quality = _estimates(llm, facts)
    return {
        "abilities": pl.concat(abilities.values()),
        "families": families(places, facts),
        "organizations": organizations(places, facts),
        "agreement": agreement_table(complete, query(EDITIONS)),
        "arena_estimates": estimates,
        "arena_estimate_quality": quality,
        "outliers": _or_empty(OUTLIERS, lambda: outliers(llm, facts)),
        "gems": _or_empty(GEMS, lambda: gems(abilities[Track.LLM], facts)),
        **method_tables(ranked, abilities),
        "scale_shifts": pl.concat(frame.with_columns(track=pl.lit(track.value)) for track, frame in shifts.items()),
        "calibrations": pl.DataFrame([_describe(track, calibration) for track, calibration in calibrations.items()]),
    }


def _split(table: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the scores of ranked models and the scores of unranked models."""
    is_unranked = pl.col("is_unranked")
    return table.filter(~is_unranked).drop("is_unranked"), table.filter(is_unranked).drop("is_unranked")


def _abilities(table: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    """Return the abilities of one track (`ABILITIES`); unranked models have no rank."""
    ranked, unranked = _split(table)
    with_rank = _or_empty(ABILITIES, lambda: standings(ranked, calibration))
    return pl.concat([with_rank, _or_empty(ABILITIES, lambda: score(unranked, calibration))])


def _or_empty(
    columns: Mapping[str, pl.DataType | type[pl.DataType]], compute: Callable[[], pl.DataFrame]
) -> pl.DataFrame:
    """Return the computed table, or an empty one when the current boards are too few for it."""
    types = pl.Schema(columns)
    try:
        return schema.frame(types, compute())
    except UsageError:
        return schema.frame(types)


def _estimates(llm: pl.DataFrame, facts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the estimated Arena ratings and the quality of the estimates."""
    try:
        found = arena_estimates(llm, facts)
    except UsageError:
        return pl.DataFrame(schema=ESTIMATES), pl.DataFrame(schema=QUALITY)
    return found.estimates, found.quality


def _describe(track: Track, calibration: Calibration) -> dict[str, object]:
    return {
        "track": track.value,
        "n_models": calibration.n_models,
        "n_cohort": len(calibration.cohort),
        "n_draws": len(calibration.draws),
        "benchmarks": list(calibration.benchmarks),
        "data_hash": calibration.data_hash,
    }
