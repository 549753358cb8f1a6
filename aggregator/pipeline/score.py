"""Compute abilities, ranks and their comparisons: the step between `sql/model/` and `sql/mart/`."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeAlias

import polars as pl
from threadpoolctl import threadpool_limits

from aggregator import schema
from aggregator.errors import UsageError
from aggregator.model import UNRANKED_DOMAINS, Track
from aggregator.pipeline.comparisons import agreement_table, method_orders, method_tables
from aggregator.pipeline.release_scores import PREFIX, release_scores, representatives
from aggregator.ranking import Calibration
from aggregator.ranking.ability import abilities as compute_abilities
from aggregator.ranking.estimates import ESTIMATES, QUALITY, arena_estimates
from aggregator.ranking.families import families, organizations
from aggregator.ranking.gems import SCHEMA as GEMS
from aggregator.ranking.gems import gems
from aggregator.ranking.link_shift import SCHEMA as SHIFTS
from aggregator.ranking.link_shift import link_shifts
from aggregator.ranking.outliers import SCHEMA as OUTLIERS
from aggregator.ranking.outliers import outliers
from aggregator.ranking.standings import order

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


RELEASE_ABILITIES: dict[str, pl.DataType] = {
    "release_id": pl.String(),
    "rank": pl.Int64(),
    "rank_low": pl.Int64(),
    "rank_high": pl.Int64(),
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
    # A track without scores has no shifts: all its boards can be switched off.
    shifts = {
        track: _or_empty(SHIFTS, partial(link_shifts, complete[track], calibration))
        for track, calibration in calibrations.items()
    }
    llm, editions = complete[Track.LLM], query(EDITIONS)
    # No part reads a result of another; most of their time numpy does not hold the interpreter's lock.
    with ThreadPoolExecutor(2) as pool:
        ordered = pool.submit(method_orders, ranked)
        compared = pool.submit(agreement_table, complete, editions)
        unusual = pool.submit(_or_empty, OUTLIERS, partial(outliers, llm, facts))
        estimated = pool.submit(_estimates, llm, facts)
        relinked = {track: calibration.relinked(shifts[track]) for track, calibration in calibrations.items()}
        both = {
            track: _abilities(tables[track], members, places, calibration) for track, calibration in relinked.items()
        }
        abilities = {track: of_models for track, (of_models, _) in both.items()}
        methods = method_tables(ordered.result(), abilities)
        estimates, quality = estimated.result()
        return {
            "abilities": pl.concat(abilities.values()),
            "release_abilities": pl.concat(of_releases for _, of_releases in both.values()),
            "rank_boards": _rank_boards(scores, calibrations),
            "families": families(places, facts, boards=groups),
            "organizations": organizations(places, facts, boards=groups),
            "agreement": compared.result(),
            "arena_estimates": estimates,
            "arena_estimate_quality": quality,
            "outliers": unusual.result(),
            "gems": _or_empty(GEMS, lambda: gems(abilities[Track.LLM], facts)),
            **methods,
            "scale_shifts": pl.concat(frame.with_columns(track=pl.lit(track.value)) for track, frame in shifts.items()),
            "calibrations": pl.DataFrame(
                [_describe(track, calibration) for track, calibration in calibrations.items()]
            ),
        }


def _rank_boards(scores: pl.DataFrame, calibrations: Mapping[Track, Calibration]) -> pl.DataFrame:
    """Return `(model_id, source)`: the boards with a score on which the ability of the model rests."""
    calibrated = {benchmark for calibration in calibrations.values() for benchmark in calibration.benchmarks}
    used = scores.filter(pl.col("benchmark").is_in(calibrated))
    return used.select("model_id", source="board").unique().sort("model_id", "source")


def _split(table: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the scores of ranked models and the scores of unranked models."""
    is_unranked = pl.col("is_unranked")
    return table.filter(~is_unranked).drop("is_unranked"), table.filter(is_unranked).drop("is_unranked")


def _abilities(
    table: pl.DataFrame, members: pl.DataFrame, places: pl.DataFrame, calibration: Calibration
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the abilities of the models (`ABILITIES`) and releases (`RELEASE_ABILITIES`) of one track.

    Unranked models have no rank.
    """
    ranked, unranked = _split(table)
    pooled = release_scores(ranked, members, places)
    chosen = representatives(ranked, members, pooled)
    try:
        found = compute_abilities(pl.concat([table.drop("is_unranked"), pooled]), calibration)
    except UsageError:
        return pl.DataFrame(schema=ABILITIES), pl.DataFrame(schema=RELEASE_ABILITIES)
    excluded = {*unranked["model_id"].to_list(), *pooled["model_id"].to_list()}
    of_models = order(found, [name for name in found.models if name not in excluded])
    of_models = of_models.filter(~pl.col("model_id").str.starts_with(PREFIX))
    of_releases = order(found, chosen["model_id"].to_list()).join(chosen, on="model_id", maintain_order="left")
    return schema.frame(ABILITIES, of_models), schema.frame(RELEASE_ABILITIES, of_releases)


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
