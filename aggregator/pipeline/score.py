"""Compute abilities, ranks and their comparisons: the step between `sql/model/` and `sql/mart/`."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import NamedTuple, TypeAlias

import polars as pl
from threadpoolctl import threadpool_limits

from aggregator import schema
from aggregator.errors import UsageError
from aggregator.model import UNRANKED_DOMAINS, Track
from aggregator.pipeline.ability_draws import ABILITY_DRAWS, ability_draws
from aggregator.pipeline.benchmark_health import benchmark_health
from aggregator.pipeline.comparisons import agreement_table, method_orders, method_tables
from aggregator.pipeline.discoveries import gem_table, outlier_table
from aggregator.pipeline.domain_tables import DOMAIN_ABILITIES, DOMAINS, domain_table, domain_weights
from aggregator.pipeline.overall_scores import OVERALL_SCORES, measured_scores
from aggregator.pipeline.predictions import prediction_tables
from aggregator.pipeline.release_scores import PREFIX, release_scores, representatives
from aggregator.ranking import Calibration
from aggregator.ranking.ability import abilities_of, calibrated_scores
from aggregator.ranking.estimates import ESTIMATES, QUALITY, arena_estimates
from aggregator.ranking.families import families, organizations
from aggregator.ranking.further_board import further_board_deviation
from aggregator.ranking.link_shift import SCHEMA as SHIFTS
from aggregator.ranking.link_shift import link_shifts
from aggregator.ranking.standings import RANK_COLUMNS, order

Query: TypeAlias = Callable[[str], pl.DataFrame]
"""Runs one SQL query on the tables of `sql/model/`."""

_SCORES = """
select
    m.track,
    -- Flagged models and copies have an ability. They have no rank and do not affect the ranks of other models.
    m.flagged or m.copy_of is not null as is_unranked,
    s.model_id,
    s.source as board,
    s.benchmark,
    s.score,
    -- The boards publish 95 % intervals.
    coalesce(s.standard_error, (s.score_high - s.score_low) / (2 * 1.959964)) as standard_error,
    b.higher_is_better,
    b.scale_low,
    b.scale_high,
    b.chance,
    b.n_items
from scores as s
inner join benchmarks as b using (benchmark)
inner join sources as o on o.source = s.source
inner join models as m using (model_id)
where
    o.in_rank and o.track = m.track and s.same_as is null
    and coalesce(b.domain not in ({unranked}), true){more}
order by s.benchmark, s.model_id
"""

_UNRANKED = ", ".join(f"'{domain}'" for domain in sorted(UNRANKED_DOMAINS))
SCORES = _SCORES.format(unranked=_UNRANKED, more=" and s.measured_by <> 'self_reported'")
"""The scores of the combined rank: of the boards in it, measured, each result once."""

SCORES_WITH_SELF_REPORTED = _SCORES.format(unranked=_UNRANKED, more="")
"""The same with the scores that the makers of the models report."""

GROUPS = "select source, board_group from input_boards order by place"
"""The groups of boards in which a family has its best model; each has its boards in order of preference."""

PLACES = "select model_id, source as board, rank from standings order by all"

MEMBERS = "select release_id, model_id, place from release_members"

FACTS = """
-- A disputed size is no size: a model is not compared with models of that size.
select * replace (if(params_disputed, null, params_b) as params_b)
from models
order by model_id
"""

EDITIONS = """
with dated as (
    select source, source || '/overall' as overall, count(distinct benchmark) as benchmarks
    from history
    where superseded_at is null
    group by source
    having count(distinct published_on) > 1
)

select h.model_id, h.benchmark, h.published_on, if(b.higher_is_better, h.score, -h.score) as score
from history as h
inner join dated as d using (source)
left join benchmarks as b using (benchmark)
where h.superseded_at is null and (h.benchmark = d.overall or d.benchmarks = 1)
order by all
"""
"""The overall scores of every date of each board with dated editions; more is better."""

ABILITIES: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    **RANK_COLUMNS,
    "ability": pl.Float64(),
    "ability_low": pl.Float64(),
    "ability_high": pl.Float64(),
    "evidence": pl.String(),
    "coverage": pl.Float64(),
}


RELEASE_ABILITIES: dict[str, pl.DataType] = {
    "release_id": pl.String(),
    **RANK_COLUMNS,
    "ability": pl.Float64(),
    "ability_low": pl.Float64(),
    "ability_high": pl.Float64(),
    "evidence": pl.String(),
}
"""One row per release with a score, from the scores of all its settings (`release_scores`)."""


def combine(
    query: Query, calibrations: Mapping[Track, Calibration], *, include_self_reported: bool = False
) -> dict[str, pl.DataFrame]:
    """Return the inputs of `sql/mart/`; the SQL reads each as `input_<name>`.

    Scores that the makers of the models report enter only with `include_self_reported`.
    """
    scores = query(SCORES_WITH_SELF_REPORTED if include_self_reported else SCORES)
    # The matrices are small: several BLAS threads are slower than one.
    with threadpool_limits(limits=1, user_api="blas"):
        return _combine(scores, query, calibrations)


def _combine(scores: pl.DataFrame, query: Query, calibrations: Mapping[Track, Calibration]) -> dict[str, pl.DataFrame]:
    facts, places, members = query(FACTS), query(PLACES), query(MEMBERS)
    listed = query(GROUPS)
    groups = {
        str(group): listed.filter(board_group=group)["source"].to_list()
        for group in listed["board_group"].unique(maintain_order=True)
    }
    tables = {track: scores.filter(pl.col("track") == track.value).drop("track") for track in Track}
    complete = {track: table.drop("is_unranked") for track, table in tables.items()}
    ranked = {track: _split(table)[0] for track, table in tables.items()}
    measured = measured_scores(tables, query(OVERALL_SCORES))
    # A track without scores has no shifts: all its boards can be switched off.
    shifts = {
        track: _or_empty(SHIFTS, partial(link_shifts, measured[track], calibration))
        for track, calibration in calibrations.items()
    }
    llm, editions, domain_of = complete[Track.LLM], query(EDITIONS), dict(query(DOMAINS).iter_rows())
    relinked = {track: calibration.relinked(shifts[track]) for track, calibration in calibrations.items()}
    # No part reads a result of another; most of their time numpy does not hold the interpreter's lock.
    with ThreadPoolExecutor(2) as pool:
        ordered = pool.submit(method_orders, ranked)
        compared = pool.submit(agreement_table, complete, editions)
        unusual = pool.submit(outlier_table, complete, facts, relinked)
        estimated = pool.submit(_estimates, llm, facts)
        predicted = pool.submit(prediction_tables, measured[Track.LLM])
        found = {
            track: _abilities(track, measured[track], members, places, calibration=calibration, domain_of=domain_of)
            for track, calibration in relinked.items()
        }
        abilities = {track: parts.of_models for track, parts in found.items()}
        methods = method_tables(ordered.result(), abilities)
        estimates, quality = estimated.result()
        rank_boards = _rank_boards(scores, calibrations)
        return {
            "abilities": pl.concat(abilities.values()),
            "release_abilities": pl.concat(parts.of_releases for parts in found.values()),
            "ability_draws": pl.concat(parts.draws for parts in found.values()),
            "domain_abilities": pl.concat(parts.by_domain for parts in found.values()),
            "domain_weights": pl.concat(domain_weights(t, c, domain_of) for t, c in calibrations.items()),
            "rank_boards": rank_boards,
            "families": families(places, facts, boards=groups),
            "organizations": organizations(places, facts, boards=groups),
            "agreement": compared.result(),
            "arena_estimates": estimates,
            "arena_estimate_quality": quality,
            "predictions": predicted.result().predictions,
            "prediction_quality": predicted.result().quality,
            "outliers": unusual.result(),
            "gems": gem_table(abilities[Track.LLM], facts, rank_boards),
            **methods,
            "scale_shifts": pl.concat(frame.with_columns(track=pl.lit(track.value)) for track, frame in shifts.items()),
            "benchmark_health": benchmark_health(measured, facts, relinked),
            "calibrations": schema.frame(CALIBRATIONS, [_describe(t, c) for t, c in calibrations.items()]),
        }


def _rank_boards(scores: pl.DataFrame, calibrations: Mapping[Track, Calibration]) -> pl.DataFrame:
    """Return `(model_id, source, benchmarks)`: the boards with scores on which the ability of the model rests, and how many."""
    used = pl.concat(calibration.counting(scores) for calibration in calibrations.values())
    counts = used.group_by("model_id", source="board").agg(benchmarks=pl.col("benchmark").n_unique().cast(pl.Int64))
    return counts.sort("model_id", "source")


def _split(table: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the scores of ranked models and the scores of unranked models."""
    is_unranked = pl.col("is_unranked")
    return table.filter(~is_unranked).drop("is_unranked"), table.filter(is_unranked).drop("is_unranked")


class _TrackAbilities(NamedTuple):
    """Abilities of one track."""

    of_models: pl.DataFrame
    """`ABILITIES`."""
    of_releases: pl.DataFrame
    """`RELEASE_ABILITIES`."""
    draws: pl.DataFrame
    """`ABILITY_DRAWS` of the ranked releases and models."""
    by_domain: pl.DataFrame
    """`DOMAIN_ABILITIES` of the same."""


def _abilities(
    track: Track,
    table: pl.DataFrame,
    members: pl.DataFrame,
    places: pl.DataFrame,
    *,
    calibration: Calibration,
    domain_of: Mapping[str, str | None],
) -> _TrackAbilities:
    """Return the abilities of the models and releases of one track; unranked models have no rank."""
    ranked, unranked = _split(table)
    pooled = release_scores(ranked, members, places)
    chosen = representatives(ranked, members, pooled)
    try:
        scored = calibrated_scores(pl.concat([table.drop("is_unranked"), pooled]), calibration)
    except UsageError:
        empty = (ABILITIES, RELEASE_ABILITIES, ABILITY_DRAWS, DOMAIN_ABILITIES)
        return _TrackAbilities(*(schema.frame(columns) for columns in empty))
    found = abilities_of(scored, calibration)
    excluded = {*unranked["model_id"].to_list(), *pooled["model_id"].to_list()}
    of_models = order(found, [name for name in found.models if name not in excluded])
    of_models = of_models.filter(~pl.col("model_id").str.starts_with(PREFIX))
    of_releases = order(found, chosen["model_id"].to_list()).join(chosen, on="model_id", maintain_order="left")
    grains = {
        "release": of_releases.drop_nulls("rank").select("model_id", id="release_id"),
        "setting": of_models.drop_nulls("rank").select("model_id", id="model_id"),
    }
    further = further_board_deviation(calibration)
    draws = pl.concat(
        ability_draws(found, ids, grain=grain, track=track.value, board_deviation=further)
        for grain, ids in grains.items()
    )
    by_domain = domain_table(track, grains, found, scored=scored, calibration=calibration, domain_of=domain_of)
    models, releases = schema.frame(ABILITIES, of_models), schema.frame(RELEASE_ABILITIES, of_releases)
    return _TrackAbilities(models, releases, draws, by_domain)


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


CALIBRATIONS: dict[str, pl.DataType] = {
    "track": pl.String(),
    "name": pl.String(),
    "dated": pl.Date(),
    "n_models": pl.Int64(),
    "n_cohort": pl.Int64(),
    "n_draws": pl.Int64(),
    "benchmarks": pl.List(pl.String()),
    "added_benchmarks": pl.List(pl.String()),
    "data_hash": pl.String(),
}


def _describe(track: Track, calibration: Calibration) -> dict[str, object]:
    layers = zip(calibration.benchmarks, calibration.layer_of, strict=True)
    return {
        "track": track.value,
        "name": calibration.name or None,
        "dated": date.fromisoformat(calibration.dated) if calibration.dated else None,
        "n_models": calibration.n_models,
        "n_cohort": len(calibration.cohort),
        "n_draws": len(calibration.draws),
        "benchmarks": list(calibration.benchmarks),
        "added_benchmarks": [benchmark for benchmark, layer in layers if layer],
        "data_hash": calibration.data_hash,
    }
