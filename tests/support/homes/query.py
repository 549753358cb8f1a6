"""A DuckDB file with a few rows in the tables that queries and the command line read."""

from pathlib import Path

import duckdb

from aggregator import warehouse
from aggregator.warehouse import build
from aggregator.warehouse.sql_file import read_sql_files

TABLES = """
create table leaderboard as
select
    *, 1100e0 - 10 * rank as ability, if(rank is null, null, 'B') as evidence, cast(null as varchar) as copy_of,
    false as params_disputed, model_id as release_id, ['One', 'Two'][:boards] as rests_on,
    cast(null as bigint) as one_rank, cast(null as bigint) as two_rank,
    ability - 20 as ability_low, ability + 20 as ability_high, 3 * boards as benchmarks, date '2026-11-01' as newest_on,
    cast(null as double) as percentile, cast(null as bigint) as clearly_better, cast(null as bigint) as not_told_apart,
    cast(null as bigint) as clearly_worse
from (values
    ('a/first', 'First', 'llm', 1, 1, 2, 2, 'chat', 8e0, 'apache-2.0', true, 'A', false),
    ('a/second', 'Second', 'llm', 2, 1, 3, 1, 'pretrained', 70.0, 'MIT', true, 'A', false),
    ('b/third', 'Third', 'llm', 3, 3, 3, 1, 'chat', null, 'Proprietary', false, 'B', true),
    ('c/vector', 'Vector', 'embedding', 1, 1, 1, 1, 'embedding', 0.6, 'apache-2.0', true, 'C', false),
    ('d/alone', 'Alone', 'llm', null, null, null, 0, 'chat', 1.0, null, null, null, false)
) as t(model_id, name, track, rank, rank_low, rank_high, boards, kind, params_b, license, open_weights, organization, flagged);
create table models as
select
    model_id, name, track, kind, organization, params_b, cast(null as double) as active_params_b, license, open_weights, flagged,
    false as merged, release_id, cast(null as varchar) as effort, cast(null as boolean) as thinking,
    cast(null as bigint) as thinking_budget, cast(null as date) as snapshot_on, cast(null as varchar) as precision, copy_of
from leaderboard;
create table releases as
select
    release_id, name, track, rank, rank_low, rank_high, model_id, model_id as best_model_id, rank as best_rank,
    1::bigint as settings, [model_id] as models, boards, rests_on as on_boards, ability, ability_low, ability_high, evidence,
    benchmarks, newest_on, percentile, clearly_better, not_told_apart, clearly_worse
from leaderboard;
create table disputed_facts as
select 'a/first' as model_id, 'kind' as fact, 'pretrained' as value, 'chat' as other_value, 'a word in its name' as reason;
create table organization_names as select distinct organization, organization as name from leaderboard where organization is not null;
create table sources as
select * from (values
    ('board_one', 'Board One', 'One', 'one', 'one_score', false, true, 'one', 'llm', 'points', 'CC0', 0, date '2026-11-01'),
    ('board_two', 'Board Two', 'Two', 'two', 'two_score', true, true, 'two', 'llm', 'points', 'CC0', 1, date '2026-11-02')
) as t(source, title, short_title, column_prefix, score_column, has_interval, in_rank, board_group, track, score_unit, license, priority, published_on);
create table standings as
select * from (values
    ('a/first', 'board_one', 2, 505e-1, cast(null as double), cast(null as double), 'First', date '2026-11-01'),
    ('a/second', 'board_one', 1, 60.0, null, null, 'second', date '2026-11-01'),
    ('a/first', 'board_two', 1, 1200.0, 1190.0, 1210.0, 'first (2024)', date '2026-11-02')
) as t(model_id, source, rank, score, score_low, score_high, raw_name, published_on);
create table release_standings as
select
    model_id as release_id, source, model_id as default_model_id, rank as default_rank, score as default_score,
    model_id as best_model_id, rank as best_rank, score as best_score, 1::bigint as settings
from standings;
create table benchmarks as
select
    *, true as higher_is_better, 0e0 as scale_low, 1e0 as scale_high, cast(null as double) as chance, 500::bigint as n_items
from (values
    ('board_one/math', 'Math', 'accuracy', 'math'), ('board_one/code', 'Code', 'accuracy', 'coding')
) as t(benchmark, title, metric, domain);
create table scores as
select
    model_id, 'board_one' as source, benchmark, score, cast(null as double) as score_normalized,
    cast(null as double) as score_low, cast(null as double) as score_high, cast(null as bigint) as votes,
    model_id as raw_name, date '2026-11-01' as published_on, cast(null as double) as standard_error,
    cast(null as varchar) as setting, 'first_party' as measured_by, cast(null as varchar) as reference, cast(null as varchar) as same_as
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
select 'second' as raw_name, ['board_one'] as sources, 'a/second' as model_id, 'open' as state, 'near' as reason,
    ['a/first'] as candidates, 2 as gain, 1 as best_rank;
"""

SEARCH = """
alter table models add column base_model varchar;
alter table models add column is_official boolean default false;
create table if not exists model_moves (old_id varchar, new_id varchar, moved_on date, reason varchar);
"""
"""What `sql/mart/search_names.sql` needs besides `TABLES`."""
SEARCH_FILES = ("search_names", "search_words", "typed_words", "find")

UNCERTAINTY = """
update leaderboard set percentile = 100e0 / rank, clearly_better = rank - 1, not_told_apart = 1, clearly_worse = 7 where rank is not null;
update releases set percentile = 100e0 / rank, clearly_better = rank - 1, not_told_apart = 1, clearly_worse = 7 where rank is not null;
create table ability_draws as
select
    *, 12e0 as deviation, 15e0 as board_deviation, [0.0 for k in range(12)]::float[] as shared,
    [ability + (k * 37 + rank * 151) % 401 / 10.0 - 20 for k in range(200)]::float[] as draws
from (
    select 'release' as grain, release_id as id, track, ability, rank from releases where rank is not null
    union all
    select 'setting', model_id, track, ability, rank from leaderboard where rank is not null
);
-- In coding, the last model is the best; in math, all is borrowed.
create table domain_abilities as
select
    grain, id, track, domain, ability, ability - 30 as ability_low, ability + 30 as ability_high, 18e0 as deviation,
    9e0 as common_deviation, 2000 - ability as elsewhere, 20e0 as elsewhere_deviation,
    if(domain = 'math', null, place) as rank, if(domain = 'math', null, 1) as rank_low,
    if(domain = 'math', null, 9) as rank_high, if(domain = 'math', null, 50e0) as percentile,
    if(domain = 'math', 0, 4)::bigint as benchmarks, if(domain = 'math', 0, 1)::bigint as boards,
    if(domain = 'math', 1, 0.4)::double as borrowed
from (
    select d.* exclude (ability), k.domain, 2000 - d.ability as ability, rank() over (partition by d.grain, k.domain order by d.ability) as place
    from ability_draws as d
    inner join (values ('coding', 'llm'), ('math', 'llm'), ('retrieval', 'embedding')) as k(domain, track) on k.track = d.track
);
"""
"""The rank columns, draws and domains of the ranked rows, made after all other statements."""
UNCERTAINTY_FILES = ("places", "probability_better")

HOSTILE = "[red]evil[/red] \x1b[31m\x07\u202etxt.exe\u200b\r\nsecond line"
"""A name with markup, ANSI codes, a bell, a text-direction override, an invisible space and a new line."""


def write_tiny_file(home: Path, *more: str, search: bool = True) -> Path:
    """Write `home/current/metaboard.duckdb`, run the statements `more` in it, and return `home`.

    With `search`, it has the tables and macros of the search, made by the files of `sql/`.
    """
    (home / "current").mkdir(parents=True)
    with duckdb.connect(str(home / "current" / "metaboard.duckdb")) as connection:
        for statement in (TABLES, *more, UNCERTAINTY):
            connection.execute(statement)
        wanted = {*UNCERTAINTY_FILES, *(SEARCH_FILES if search else ())}
        if search:
            connection.execute(SEARCH)
        files = read_sql_files(warehouse.sql_root())
        functions = [file for file in files if file.folder == "function"]
        for file in (*functions, *(file for file in files if file.name in wanted)):
            build._create(connection, file)
    return home


def with_hostile_model(home: Path) -> Path:
    """Write the file with a best model that has a hostile name, id, licence and evidence."""
    return write_tiny_file(
        home,
        f"insert into leaderboard select $hostile$x/{HOSTILE}$hostile$, $hostile${HOSTILE}$hostile$, 'llm', 1, 1, 1, 1, 'chat', 1.0,"
        f" $hostile${HOSTILE}$hostile$, true, 'X', false, 2000.0, 'A', null, false, $hostile$x/{HOSTILE}$hostile$, [$hostile${HOSTILE}$hostile$],"
        " null, null, 1980.0, 2020.0, 1, null, null, null, null, null",
        "insert into models select model_id, name, track, kind, organization, params_b, null, license, open_weights, flagged, false,"
        " release_id, null, null, null, null, null, null from leaderboard where model_id like 'x/%'",
        "insert into releases select release_id, name, track, rank, rank_low, rank_high, model_id, model_id, rank, 1, [model_id], boards, rests_on,"
        " ability, ability_low, ability_high, evidence, 1, null, null, null, null, null from leaderboard where model_id like 'x/%'",
        f"insert into aliases select 'board_one', name, model_id, 'own', 1.0, $hostile${HOSTILE}$hostile$ from models where model_id like 'x/%'",
        "insert into standings select model_id, 'board_one', 3, 1.0, null, null, name, date '2026-11-01' from models where model_id like 'x/%'",
    )


WITH_SETTINGS = """
insert into leaderboard values
    ('a/second-high', 'Second high', 'llm', 4, 3, 5, 1, 'pretrained', 70.0, 'MIT', true, 'A', false, 1060.0, 'B', null, false, 'a/second', [], null, null, 1040.0, 1080.0, 3, null, null, null, null, null),
    ('q/second-gguf', 'Second GGUF', 'llm', null, null, null, 1, 'pretrained', 70.0, 'MIT', true, 'Q', false, 1050.0, 'B', 'a/second', false, 'a/second', [], null, null, 1040.0, 1080.0, 3, null, null, null, null, null),
    ('e/last', 'Last', 'llm', 5, 3, 5, 1, 'chat', 1.0, 'MIT', true, 'E', false, 1040.0, 'B', null, false, 'e/last', [], null, null, 1020.0, 1060.0, 3, null, null, null, null, null);
insert into models
select
    model_id, name, track, kind, organization, params_b, null, license, open_weights, flagged, false, release_id,
    if(model_id = 'a/second-high', 'high', null), null, null, null, if(copy_of is null, null, 'gguf'), copy_of
from leaderboard where model_id in ('a/second-high', 'q/second-gguf', 'e/last');
insert into standings values
    ('a/second-high', 'board_one', 3, 40.0, null, null, 'second (high)', date '2026-11-01'),
    ('a/second-high', 'board_two', 2, 1100.0, null, null, 'second high', date '2026-11-02'),
    ('q/second-gguf', 'board_one', 4, 30.0, null, null, 'second gguf', date '2026-11-01'),
    ('e/last', 'board_one', 5, 20.0, null, null, 'last', date '2026-11-01');
delete from releases where release_id = 'a/second';
insert into releases values
    ('a/second', 'second', 'llm', 2, 1, 3, 'a/second', 'a/second', 2, 3, ['a/second', 'a/second-high', 'q/second-gguf'], 2, ['One', 'Two'], 1080.0, 1060.0, 1100.0, 'B', 6, date '2026-11-02', null, null, null, null),
    ('e/last', 'last', 'llm', 3, 2, 3, 'e/last', 'e/last', 5, 1, ['e/last'], 1, ['One'], 1040.0, 1020.0, 1060.0, 'B', 3, date '2026-11-01', null, null, null, null);
delete from release_standings where release_id = 'a/second';
insert into release_standings values
    ('a/second', 'board_one', 'a/second', 1, 60.0, 'a/second', 1, 60.0, 3),
    ('a/second', 'board_two', 'a/second-high', 2, 1100.0, 'a/second-high', 2, 1100.0, 1),
    ('e/last', 'board_one', 'e/last', 5, 20.0, 'e/last', 5, 20.0, 1);
create table method_ranks as from (values
    ('mean_win_rate', 'llm', 'a/first', 3, 2, 4, 0.5),
    ('mean_win_rate', 'llm', 'a/second', 4, 3, 5, 0.4),
    ('mean_win_rate', 'llm', 'a/second-high', 1, 1, 2, 0.9),
    ('mean_win_rate', 'llm', 'e/last', 5, 4, 5, 0.1)
) as t(method, track, model_id, rank, rank_low, rank_high, score);
"""
"""Statements for `write_tiny_file`: a setting of `a/second` and a copy of it, and a release after them."""
