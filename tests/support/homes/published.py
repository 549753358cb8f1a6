"""Home directories with small real generations: a DuckDB file with comments and a macro, Parquet files, a manifest."""

from datetime import timedelta
from pathlib import Path

import duckdb

from aggregator import warehouse
from aggregator.store.generations import Generation, Home
from tests.support.clocks import NOON

ROWS = """
create table sources as from (values
    ('open_llm_v2', 'Open LLM Leaderboard v2', 'llm', 'none declared', 'Fourrier, Habib: Open LLM Leaderboard v2. Hugging Face, 2024.', 'https://huggingface.co/open-llm', date '2025-03-13', date '2025-03-20', 0, 'open_llm_v2', 'open_llm'),
    ('arena_text_style_control', 'Chatbot Arena', 'llm', 'CC-BY-4.0', 'Chiang, Zheng et al.: Chatbot Arena: An Open Platform. ICML, 2024.', 'https://arena.ai', null, date '2026-10-02', 1, 'arena', 'arena')
) t (source, title, track, license, citation, homepage, frozen_on, published_on, priority, column_prefix, board_group);
create table standings as from (values
    ('a/one', 'open_llm_v2', 1, 42.125::double, null::double, null::double),
    ('a/one', 'arena_text_style_control', 1, 1401.375, 1390.25, 1410.75),
    ('b/two', 'arena_text_style_control', 2, {rating}, 1290.25, 1310.75)
) t (model_id, source, rank, score, score_low, score_high);
create table leaderboard as from (values
    ('a/one', '=cmd|''/c calc''!A0', 'llm', 1, 42.125::double, 1, 1401.375::double, ['x', 'y']),
    ('b/two', 'zwei – 二', 'llm', null, null, 2, {rating}, null),
    ('c/three', '-3', 'embedding', null, null, null, -0.1, [])
) t (model_id, name, track, open_llm_v2_rank, open_llm_v2_score, arena_rank, arena_rating, tags);
create table scores as from (values
    ('a/one', 'open_llm_v2/ifeval', 86.5::double), ('a/one', 'arena_text_style_control/overall', 1401.375), (null, null, null)
) t (model_id, benchmark, score);
create table refresh_report as from (values
    ('open_llm_v2', 'fresh', ['x/y: open_llm_v2/ifeval 86.5 → 3']), ('arena_text_style_control', 'kept', ['b/two: overall 1234.5 → gone'])
) t (source, status, worst);
create macro top(n := 20) as table select * from leaderboard order by arena_rank nulls last limit n;
comment on table leaderboard is 'One row per model | with <b>every</b> rank.';
comment on column leaderboard.model_id is 'the model''s identity';
comment on macro table top is 'The best `n` models.';
"""


def new_home(directory: Path, day: int = 0) -> Home:
    return Home(directory / "home", now=lambda: NOON + timedelta(days=day))


def publish(home: Home, rating: float = 1301.625, extra: str = "") -> Generation:
    """Publish a generation; another `rating` gives other rows."""
    with home.lock(), home.build() as build:
        database = build / warehouse.DATABASE
        with duckdb.connect(
            str(database), config={"storage_compatibility_version": warehouse.STORAGE_VERSION}
        ) as connection:
            connection.execute(ROWS.format(rating=rating) + extra)
            names = [row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()]
            written = [warehouse.export_table(connection, build, name) for name in sorted(names)]
        manifest = {
            "schema_version": "1.0.0",
            "content_hash": warehouse.content_hash(written, exclude=frozenset({"refresh_report"})),
            "inputs_hash": "0" * 64,
            "sources": {"open_llm_v2": {"status": "fresh", "files": [{"sha256": "1" * 64}]}},
            "files": [{"path": table.path, "rows": table.rows} for table in written],
        }
        return home.publish(build, manifest)
