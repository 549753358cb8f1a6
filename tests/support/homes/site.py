"""A home directory with one small generation, with every table that the site reads; its texts can be hostile."""

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

GENERATION = "000001-1a2b3c4d"

TABLES = """
create table sources as
select * from (values
    ('open_llm_v2', 'Open LLM Leaderboard v2', 'llm', true, 'https://huggingface.co/spaces/o/l', 'none declared', 0),
    ('arena_text_style_control', 'Arena', 'llm', true, 'https://arena.ai/leaderboard/text', 'CC-BY-4.0', 1),
    ('mteb_eng_v2', 'MTEB English', 'embedding', true, 'https://leaderboard.mteb.org', 'CC0-1.0', 2)
) as t(source, title, track, in_rank, homepage, license, priority)
cross join (select date '2026-10-01' as published_on, timestamp '2026-11-01 03:00:00' as retrieved_at, cast(null as date) as frozen_on);

create table models (
    model_id varchar, name varchar, track varchar, kind varchar, organization varchar, family varchar, base_model varchar,
    copy_of varchar, params_b double, active_params_b double, license varchar, open_weights boolean, flagged boolean,
    merged boolean, released_on date, likes bigint
);
create table leaderboard (
    model_id varchar, name varchar, track varchar, rank bigint, rank_low bigint, rank_high bigint, percentile double,
    clearly_better bigint, not_told_apart bigint, clearly_worse bigint, ability double, ability_low double, ability_high double, evidence varchar, boards bigint, open_llm_v2_rank bigint,
    open_llm_v2_score double, open_llm_v1_rank bigint, open_llm_v1_score double, arena_rank bigint, arena_rating double,
    arena_rating_low double, arena_rating_high double, mteb_rank bigint, mteb_multilingual_rank bigint,
    mteb_chinese_rank bigint, rteb_rank bigint, kind varchar, params_b double, license varchar, open_weights boolean,
    organization varchar, family varchar, base_model varchar, copy_of varchar, flagged boolean, merged boolean
);
create table standings (
    model_id varchar, source varchar, rank bigint, score double, score_low double, score_high double, win_rate double,
    raw_name varchar, published_on date
);
create table benchmarks as
select 'open_llm_v2/ifeval' as benchmark, 'open_llm_v2' as source, 'IFEval' as title, 'accuracy' as metric,
    'https://huggingface.co/x' as url, true as higher_is_better, 'instruction following' as domain, 0e0 as scale_low,
    1e0 as scale_high, 0e0 as chance, 541 as n_items;
create table scores (
    model_id varchar, source varchar, benchmark varchar, score double, score_low double, score_high double, votes bigint,
    published_on date, standard_error double, measured_by varchar default 'first_party', reference varchar, same_as varchar
);
create table releases (release_id varchar, name varchar, model_id varchar, models varchar[], settings bigint);
create table ability_draws (
    grain varchar, id varchar, track varchar, ability double, deviation double,
    board_deviation double, shared float[], draws float[]
);
create table domain_abilities (
    grain varchar, id varchar, domain varchar, ability double, deviation double, benchmarks bigint
);
create table aliases (source varchar, raw_name varchar, model_id varchar, rung varchar, confidence double, evidence varchar);
create table lineage (model_id varchar, relation varchar, parent_id varchar, source varchar, evidence varchar);
create table history (
    model_id varchar, source varchar, benchmark varchar, published_on date, rank bigint, score double, score_low double,
    score_high double, superseded_at timestamp
);
create table method_ranks (method varchar, track varchar, model_id varchar, rank bigint, rank_low bigint, rank_high bigint, score double);
create table families (
    family varchar, rank bigint, rank_low bigint, rank_high bigint, boards bigint, best_open_llm_model varchar,
    best_open_llm_rank bigint, best_arena_model varchar, best_arena_rank bigint, best_mteb_model varchar,
    best_mteb_rank bigint, models bigint
);
create table unresolved (
    raw_name varchar, sources varchar[], model_id varchar, state varchar, reason varchar, candidates varchar[],
    gain bigint, best_rank bigint
);
create table refresh_report as
select source, 'fresh' as status, 3 as rows_read, 3 as rows_accepted, 0 as rows_quarantined, 0 as rows_duplicate,
    date '2026-10-01' as published_on, timestamp '2026-11-01 03:00:00' as retrieved_at, 31 as age_days, cast(null as varchar) as message
from sources;
create table model_moves (old_id varchar, new_id varchar, moved_on date, reason varchar);
create table arena_estimates (model_id varchar, estimate double, low double, high double, reason varchar);
"""

Model = tuple[str, str, str, str]
"""Id, name, organization and licence of a model."""
PLAIN_MODELS: tuple[Model, ...] = (
    ("a/first-7B", "first-7B", "a", "apache-2.0"),
    ("a/second-7B", "second-7B", "a", "apache-2.0"),
    ("b/third", "The Third", "b", "MIT"),
)


def write_home(home: Path, models: Sequence[Model] = PLAIN_MODELS, *, homepage: str | None = None) -> Path:
    """Write a home directory whose current generation has these models, best first; return `home`."""
    generation = home / "generations" / GENERATION
    generation.mkdir(parents=True)
    (home / "current").symlink_to(generation)
    manifest = {
        "generation": GENERATION,
        "created_at": "2026-11-01T03:00:00+00:00",
        "content_hash": "1a2b3c4d" * 8,
        "sources": {"open_llm_v2": {"status": "fresh"}},
        "files": [{"path": "data/leaderboard.parquet", "rows": len(models)}],
    }
    (generation / "manifest.json").write_text(json.dumps(manifest))
    with duckdb.connect(str(generation / "metaboard.duckdb")) as connection:
        connection.execute(TABLES)
        for place, model in enumerate(models, start=1):
            _add(connection, place, model)
        if homepage is not None:
            connection.execute("update sources set homepage = ?, title = ?", [homepage, homepage])
    return home


def _add(connection: duckdb.DuckDBPyConnection, place: int, model: Model) -> None:
    model_id, name, organization, license_name = model
    values = {
        "model_id": model_id,
        "name": name,
        "organization": organization,
        "license": license_name,
        "place": place,
        "ability": 1300 - 20 * place,
    }
    for statement in INSERTS.split(";"):
        named = {key: value for key, value in values.items() if f"${key}" in statement}
        connection.execute(statement, named)


INSERTS = """
insert into models by name select $model_id as model_id, $name as name, 'llm' as track, 'chat' as kind, $organization as organization, $model_id as family, 7.0 as params_b,
    $license as license, true as open_weights,
    false as flagged, false as merged;
insert into leaderboard by name select $model_id as model_id, $name as name, 'llm' as track, $place as rank,
    greatest(1, $place - 1) as rank_low, $place + 1 as rank_high, 100 / $place as percentile, $place - 1 as clearly_better,
    1 as not_told_apart, 0 as clearly_worse,
    $ability::double as ability,
    $ability - 30 as ability_low,
    $ability + 30 as ability_high, 'A' as evidence, 2 as boards, $place as open_llm_v2_rank,
    $place as arena_rank, 1200.0 -
    $place as arena_rating, 40.0 - $place as open_llm_v2_score, 'chat' as kind, 7.0 as params_b,
    $license as license, true as open_weights, $organization as organization,
    false as flagged, false as merged;
insert into standings by name select $model_id as model_id, 'open_llm_v2' as source, $place as rank, 40.0 as score,
    1 / $place as win_rate, $name as raw_name, date '2026-10-01' as published_on;
insert into scores by name select $model_id as model_id, 'open_llm_v2' as source, 'open_llm_v2/ifeval' as benchmark,
    0.9 - 0.02 * $place as score, date '2026-10-01' as published_on;
insert into releases select $model_id, $name, $model_id, [$model_id], 1;
insert into ability_draws select unnest(['release', 'setting']), $model_id, 'llm', $ability, 20.0, 15.0, [0.0 for k in range(12)],
    [round($ability + 25 * sin(k * 7 + $place), 1) for k in range(200)];
insert into domain_abilities select unnest(['release', 'setting']), $model_id, 'math', $ability + 5, 30.0, 1;
insert into aliases select 'open_llm_v2', $name, $model_id, 'own', 0.8, $license;
insert into model_moves select 'former ' || $model_id, $model_id, date '2026-10-01', $license;
insert into lineage select $model_id, 'finetune_of', $model_id, 'open_llm_v2', $name;
insert into history by name select $model_id as model_id, 'open_llm_v2' as source, 'open_llm_v2/overall' as benchmark,
    d as published_on, $place as rank, 40.0 as score
    from (values (date '2026-09-01'), (date '2026-10-01')) as t(d);
insert into method_ranks select 'mean_win_rate', 'llm', $model_id, $place, null, null, 0.5;
insert into families by name select $model_id as family, $place as rank, $place as rank_low, $place as rank_high, 2 as boards,
    $model_id as best_arena_model, 1 as best_arena_rank, 1 as models;
insert into unresolved
    select $name, ['open_llm_v2'], $model_id, 'open', $license, [$model_id, $organization], 7, $place;
insert into arena_estimates select $model_id, null, null, null, $license
"""
