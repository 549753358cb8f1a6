"""A DuckDB file with a few rows in the tables that queries and the command line read."""

from pathlib import Path

import duckdb

TABLES = """
create table leaderboard as
select *, 1100.0 - 10 * rank as ability, if(rank is null, null, 'B') as evidence, cast(null as varchar) as copy_of from (values
    ('a/first', 'First', 'llm', 1, 1, 2, 2, 1, 'chat', 8e0, 'apache-2.0', true, 'A', false),
    ('a/second', 'Second', 'llm', 2, 1, 3, 1, 1, 'pretrained', 70.0, 'MIT', true, 'A', false),
    ('b/third', 'Third', 'llm', 3, 3, 3, 1, 2, 'chat', null, 'Proprietary', false, 'B', true),
    ('c/vector', 'Vector', 'embedding', 1, 1, 1, 1, 3, 'embedding', 0.6, 'apache-2.0', true, 'C', false),
    ('d/alone', 'Alone', 'llm', null, null, null, 0, null, 'chat', 1.0, null, null, null, false)
) as t(model_id, name, track, rank, rank_low, rank_high, boards, tie_group, kind, params_b, license, open_weights, organization, flagged);
create table models as
select model_id, name, track, kind, organization, params_b, cast(null as double) as active_params_b, license, open_weights, flagged, false as merged
from leaderboard;
create table sources as
select * from (values
    ('board_one', 'Board One', 'llm', 'points', 'CC0', 0, date '2026-11-01'),
    ('board_two', 'Board Two', 'llm', 'points', 'CC0', 1, date '2026-11-02')
) as t(source, title, track, score_unit, license, priority, published_on);
create table standings as
select * from (values
    ('a/first', 'board_one', 2, 505e-1, cast(null as double), cast(null as double), 'First', date '2026-11-01'),
    ('a/second', 'board_one', 1, 60.0, null, null, 'second', date '2026-11-01'),
    ('a/first', 'board_two', 1, 1200.0, 1190.0, 1210.0, 'first (2024)', date '2026-11-02')
) as t(model_id, source, rank, score, score_low, score_high, raw_name, published_on);
create table benchmarks as
select * from (values ('board_one/math', 'Math', 'accuracy'), ('board_one/code', 'Code', 'accuracy')) as t(benchmark, title, metric);
create table scores as
select
    model_id, 'board_one' as source, benchmark, score, cast(null as double) as score_normalized,
    cast(null as double) as score_low, cast(null as double) as score_high, cast(null as bigint) as votes,
    model_id as raw_name, date '2026-11-01' as published_on
from (values
    ('a/first', 'board_one/math', 5e-1), ('a/second', 'board_one/math', 6e-1), ('a/first', 'board_one/code', 7e-1)
) as t(model_id, benchmark, score);
create table aliases as
select * from (values
    ('board_one', 'First', 'a/first', 'own', 1.0, 'alone'),
    ('board_two', 'first (2024)', 'a/first', 'curated', 0.9, 'as its card says'),
    ('board_one', 'shared', 'a/first', 'own', 1.0, 'alone'),
    ('board_two', 'shared', 'a/second', 'own', 1.0, 'alone'),
    ('board_one', 'second', 'a/second', 'own', 1.0, 'alone'),
    ('board_one', 'Third', 'b/third', 'own', 1.0, 'alone')
) as t(source, raw_name, model_id, rung, confidence, evidence);
create table lineage as
select 'a/second' as model_id, 'finetune_of' as relation, 'a/first' as parent_id, 'board_one' as source, 'its card' as evidence;
create table history as
select *, cast(null as timestamp) as superseded_at from (values
    ('a/first', 'board_two', 'board_two/overall', 5, date '2026-09-01'),
    ('a/first', 'board_two', 'board_two/overall', 2, date '2026-10-01'),
    ('a/first', 'board_two', 'board_two/overall', 3, date '2026-11-01')
) as t(model_id, source, benchmark, rank, published_on);
create table refresh_report as
select * from (values
    ('board_one', 'fresh', 3, cast(null as varchar)),
    ('board_lost', 'refused', 0, 'board_lost: x.parquet: column `score` missing')
) as t(source, status, rows_accepted, message);
create table unresolved as
select 'board_one' as source, 'second' as raw_name, 'a/second' as model_id, 'near' as reason, ['a/first'] as candidates, 1 as best_rank;
create macro find(words) as table select * from leaderboard where contains(lower(model_id), lower(words)) order by rank nulls last, model_id;
"""

HOSTILE = "[red]evil[/red] \x1b[31m\x07\u202etxt.exe\u200b\r\nsecond line"
"""A name with markup, ANSI codes, a bell, a text-direction override, an invisible space and a new line."""


def write_tiny_file(home: Path, *more: str) -> Path:
    """Write `home/current/metaboard.duckdb`, run the statements `more` in it, and return `home`."""
    (home / "current").mkdir(parents=True)
    with duckdb.connect(str(home / "current" / "metaboard.duckdb")) as connection:
        for statement in (TABLES, *more):
            connection.execute(statement)
    return home


def with_hostile_model(home: Path) -> Path:
    """Write the file with a best model that has a hostile name, id, licence and evidence."""
    return write_tiny_file(
        home,
        f"insert into leaderboard select $hostile$x/{HOSTILE}$hostile$, $hostile${HOSTILE}$hostile$, 'llm', 1, 1, 1, 1, 0, 'chat', 1.0,"
        f" $hostile${HOSTILE}$hostile$, true, 'X', false, 2000.0, 'A', null",
        "insert into models select model_id, name, track, kind, organization, params_b, null, license, open_weights, flagged, false"
        " from leaderboard where model_id like 'x/%'",
        f"insert into aliases select 'board_one', name, model_id, 'own', 1.0, $hostile${HOSTILE}$hostile$ from models where model_id like 'x/%'",
        "insert into standings select model_id, 'board_one', 3, 1.0, null, null, name, date '2026-11-01' from models where model_id like 'x/%'",
    )
