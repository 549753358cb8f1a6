"""`releases` and `release_standings` on handmade models: who represents a release, and its ranks and places."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from aggregator import warehouse
from aggregator.warehouse.sql_file import SqlFile, read_sql_file
from tests.support.command_line import sample_home

__all__ = ["sample_home"]

TABLES = """
create table sources as from (values ('one', 'One', true, 'llm', 0, 'one', date '2026-01-01'), ('two', 'Two', true, 'llm', 1, 'two', date '2025-01-01'), ('side', 'Side', false, 'llm', 2, 'side', null)) t (source, short_title, in_rank, track, priority, board_group, published_on);
create table models as
select
    *, 'llm' as track, 'chat' as kind, 'org' as organization, model_id as family, 1.0 as params_b, false as params_disputed,
    'mit' as license, true as open_weights, null::date as released_on
from (values
    ('o/best-high', 'o/best', 'high', null::boolean, null::bigint, null::date, null, false),
    ('o/best-low', 'o/best', 'low', null, null, null, null, false),
    ('o/best-thinking-32k', 'o/best', null, true, 32000, null, null, false),
    ('o/dated-2024-01-01', 'o/dated', null, null, null, date '2024-01-01', null, false),
    ('o/dated-2025-01-01', 'o/dated', null, null, null, date '2025-01-01', null, false),
    ('o/dated-preview-2026-01-01', 'o/dated', null, null, null, date '2026-01-01', null, false),
    ('o/known-2024-01-01', 'o/known', null, null, null, date '2024-01-01', null, false),
    ('o/known-2025-01-01', 'o/known', null, null, null, date '2025-01-01', null, false),
    ('o/open', 'o/open', null, null, null, null, null, false),
    ('q/open-gguf', 'o/open', null, null, null, null, 'o/open', false),
    ('o/flagged', 'o/flagged', null, null, null, null, null, true),
    ('o/unlisted', 'o/unlisted', null, null, null, null, null, false)
) t (model_id, release_id, effort, thinking, thinking_budget, snapshot_on, copy_of, flagged);
create table leaderboard as
select model_id, rank, low as rank_low, high as rank_high, boards, 'B' as evidence, 2000.0 - 10 * coalesce(rank, 50) as ability, 0.0 as ability_low, 3000.0 as ability_high
from (values
    ('o/best-high', 1, 1, 3, 1), ('o/best-low', 2, 1, 4, 1), ('o/best-thinking-32k', 3, 2, 5, 1),
    ('o/dated-2024-01-01', 4, 3, 6, 1), ('o/dated-2025-01-01', 5, 4, 8, 1), ('o/dated-preview-2026-01-01', 6, 4, 8, 1),
    ('o/known-2024-01-01', 8, 6, 9, 2), ('o/known-2025-01-01', 7, 5, 9, 1), ('o/open', 7, 6, 9, 1),
    ('q/open-gguf', null, null, null, 1), ('o/flagged', null, null, null, 1)
) t (model_id, rank, low, high, boards);
create table standings as
select *, 100.0 - rank as score from (values
    ('o/best-high', 'one', 1), ('o/best-low', 'one', 3), ('o/dated-2024-01-01', 'one', 4), ('o/dated-2025-01-01', 'one', 5),
    ('o/known-2024-01-01', 'one', 9), ('o/known-2024-01-01', 'two', 2), ('o/known-2025-01-01', 'one', 8),
    ('o/open', 'one', 7), ('q/open-gguf', 'one', 6), ('q/open-gguf', 'two', 1), ('o/flagged', 'one', 2), ('o/best-thinking-32k', 'side', 1)
) t (model_id, source, rank);
create table scores as select model_id, source, source || '/x' as benchmark, null as same_as, 'first_party' as measured_by from standings;
create table input_rank_boards as select model_id, source, len(model_id) as benchmarks from standings where source in ('one', 'two');
create table input_release_abilities as
select
    *, 0.0 as ability_low, 3000.0 as ability_high, 50.0 as percentile, 0::bigint as clearly_better, 3::bigint as not_told_apart,
    0::bigint as clearly_worse
from (values
    ('o/best', 1, 1, 1, 1990.0, 'A'), ('o/dated', 2, 2, 4, 1950.0, 'B'), ('o/open', 3, 3, 4, 1930.0, 'B'),
    ('o/known', 4, 3, 4, 1920.0, 'A'), ('o/flagged', null, null, null, 1900.0, 'B')
) t (release_id, rank, rank_low, rank_high, ability, evidence);
"""


def sql_file(name: str) -> SqlFile:
    (path,) = warehouse.sql_root().rglob(f"{name}.sql")
    return read_sql_file(path)


@pytest.fixture
def small() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return the handmade tables, with `releases` and `release_standings` made from them."""
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        for name in ("release_members", "releases", "release_standings"):
            connection.execute(f"create table {name} as {sql_file(name).statement}")
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(query).fetchall()]


def test_the_default_setting_is_on_most_boards_plainest_no_preview_newest(small: duckdb.DuckDBPyConnection) -> None:
    assert dict(rows(small, "select release_id, model_id from releases")) == {
        "o/best": "o/best-low",  # one setting each, no date: the last id; thinking with a budget states two
        "o/dated": "o/dated-2025-01-01",
        "o/known": "o/known-2024-01-01",
        "o/open": "o/open",
        "o/flagged": "o/flagged",
        "o/unlisted": "o/unlisted",
    }


def test_the_best_setting_has_the_best_rank_among_models(small: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        small,
        "select release_id, best_model_id, best_rank from releases where rank is not null order by rank, release_id",
    )
    assert found == [
        ("o/best", "o/best-high", 1),
        ("o/dated", "o/dated-2024-01-01", 4),
        ("o/open", "o/open", 7),
        ("o/known", "o/known-2025-01-01", 7),
    ]


def test_the_rank_and_ability_are_those_of_the_whole_release(small: duckdb.DuckDBPyConnection) -> None:
    found = rows(small, "select release_id, rank, rank_low, rank_high, ability, evidence from releases where rank < 4")
    assert found == [
        ("o/best", 1, 1, 1, 1990.0, "A"),
        ("o/dated", 2, 2, 4, 1950.0, "B"),
        ("o/open", 3, 3, 4, 1930.0, "B"),
    ]


def test_the_members_of_a_release_stand_in_the_order_of_its_default_settings(small: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        small, "select release_id, list(model_id order by place) from release_members group by all order by all"
    )
    assert dict(found)["o/dated"] == ["o/dated-2025-01-01", "o/dated-2024-01-01", "o/dated-preview-2026-01-01"]
    # A board outside of the combined rank does not count, and a copy comes last.
    assert dict(found)["o/best"] == ["o/best-low", "o/best-high", "o/best-thinking-32k"]
    assert dict(found)["o/open"] == ["o/open", "q/open-gguf"]


def test_a_release_without_a_ranked_model_has_no_rank(small: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        small, "select release_id, rank, best_rank, best_model_id from releases where rank is null order by all"
    )
    assert found == [("o/flagged", None, None, "o/flagged"), ("o/unlisted", None, None, "o/unlisted")]


def test_boards_of_a_release_are_those_of_all_its_models_in_the_combined_rank(small: duckdb.DuckDBPyConnection) -> None:
    found = dict(rows(small, "select release_id, boards from releases"))
    assert found == {"o/best": 1, "o/dated": 1, "o/known": 2, "o/open": 2, "o/flagged": 1, "o/unlisted": 0}


def test_a_board_has_the_default_and_the_best_setting_there(small: duckdb.DuckDBPyConnection) -> None:
    query = """
    select release_id, source, default_model_id, default_rank, best_model_id, best_rank, best_score, settings
    from release_standings order by release_id, source
    """
    assert rows(small, query) == [
        ("o/best", "one", "o/best-low", 3, "o/best-high", 1, 99.0, 2),
        ("o/best", "side", "o/best-thinking-32k", 1, "o/best-thinking-32k", 1, 99.0, 1),
        ("o/dated", "one", "o/dated-2025-01-01", 5, "o/dated-2024-01-01", 4, 96.0, 2),
        ("o/flagged", "one", "o/flagged", 2, "o/flagged", 2, 98.0, 1),
        ("o/known", "one", "o/known-2024-01-01", 9, "o/known-2025-01-01", 8, 92.0, 2),
        ("o/known", "two", "o/known-2024-01-01", 2, "o/known-2024-01-01", 2, 98.0, 1),
        # The copy stands above its original on `one`, and is not the best setting there; on `two` it is alone.
        ("o/open", "one", "o/open", 7, "o/open", 7, 93.0, 2),
        ("o/open", "two", "q/open-gguf", 1, "q/open-gguf", 1, 99.0, 1),
    ]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (
            "releases",
            "update releases set models = models || ['o/unlisted'], settings = settings + 1 where release_id = 'o/open'",
        ),
        ("releases", "update releases set model_id = 'o/open' where release_id = 'o/best'"),
        ("releases", "update releases set best_rank = 9 where release_id = 'o/best'"),
        ("releases", "update releases set rank = null where release_id = 'o/best'"),
        ("releases", "update models set release_id = 'o/dated' where model_id = 'o/open'"),
        ("release_standings", "update release_standings set best_rank = default_rank + 1 where release_id = 'o/best'"),
        (
            "release_standings",
            "update release_standings set default_model_id = 'o/best-high' where release_id = 'o/best' and source = 'one'",
        ),
        ("release_standings", "update release_standings set best_model_id = 'o/open' where release_id = 'o/best'"),
    ],
)
def test_the_checks_of_the_files_find_a_wrong_row(small: duckdb.DuckDBPyConnection, table: str, change: str) -> None:
    assert failing_checks(small, table) == 0
    small.execute(change)
    assert failing_checks(small, table) > 0


def failing_checks(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    failing = [f"select 1 from {table} where ({check}) is not true" for check in sql_file(table).checks]
    return sum(bool(rows(connection, query)) for query in failing)


def test_the_macro_top_lists_releases_or_settings(sample_home: Path) -> None:
    with duckdb.connect(str(sample_home / "current" / warehouse.DATABASE), read_only=True) as connection:
        by_release = rows(connection, "select rank, model_id from top(1000)")
        assert by_release == rows(
            connection,
            "select rank, model_id from releases where track = 'llm' and rank is not null order by rank, model_id limit 1000",
        )
        by_setting = rows(connection, "select rank, model_id from top(1000, grain := 'setting')")
        assert by_setting == rows(
            connection,
            "select rank, model_id from leaderboard where track = 'llm' and rank is not null order by rank, model_id limit 1000",
        )
        with pytest.raises(duckdb.Error, match="release or setting"):
            connection.execute("from top(grain := 'family')").fetchall()


def test_the_boards_of_a_release_are_named_in_the_order_of_the_register(small: duckdb.DuckDBPyConnection) -> None:
    found = dict(rows(small, "select release_id, on_boards from releases"))
    assert found["o/open"] == ["One", "Two"]
    assert found["o/unlisted"] == []


def test_the_benchmarks_of_a_release_are_those_of_the_setting_that_represents_it_on_each_board(
    small: duckdb.DuckDBPyConnection,
) -> None:
    # The handmade count of benchmarks of a model is the length of its id; a copy counts only where nothing else is listed.
    found = rows(small, "select release_id, benchmarks, newest_on::varchar from releases where boards > 0 order by all")
    assert {name: (count, day) for name, count, day in found} == {
        "o/best": (len("o/best-low"), "2026-01-01"),
        "o/dated": (len("o/dated-2025-01-01"), "2026-01-01"),
        "o/flagged": (len("o/flagged"), "2026-01-01"),
        "o/known": (2 * len("o/known-2024-01-01"), "2026-01-01"),
        "o/open": (len("o/open") + len("q/open-gguf"), "2026-01-01"),
    }
