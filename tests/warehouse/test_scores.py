"""`scores` on handmade boards: which row of a model counts, which score is a copy, and what the combined rank reads."""

from collections.abc import Iterator

import duckdb
import pytest

from aggregator import warehouse
from aggregator.pipeline.score import SCORES, SCORES_WITH_SELF_REPORTED
from aggregator.warehouse.sql_file import read_sql_file

TABLES = """
create table sources as from (values
    ('origin', true, 'llm', null::date, 0), ('collection', true, 'llm', null, 1), ('old', true, 'llm', date '2024-01-01', 2),
    ('makers', true, 'llm', null, 3), ('side', false, 'llm', null, 4)
) t (source, in_rank, track, frozen_on, priority);
create table benchmarks as select *, if(benchmark = 'origin/pictures', 'vision', 'knowledge') as domain from (values
    ('origin/gpqa', true, 0.0, 100.0, 25.0, 198, 'gpqa_diamond', 'first_party'),
    ('collection/gpqa', true, 0.0, 1.0, 0.25, 198, 'gpqa_diamond', 'third_party'),
    ('old/gpqa', true, 0.0, 100.0, 25.0, 198, 'gpqa_diamond', 'first_party'),
    ('makers/gpqa', true, 0.0, 100.0, 25.0, 198, 'gpqa_diamond', 'self_reported'),
    ('side/gpqa', true, 0.0, 100.0, 25.0, 198, 'gpqa_diamond', 'first_party'),
    ('side/own', true, 0.0, 100.0, null, null, null, null),
    ('origin/pictures', true, 0.0, 100.0, null, null, null, 'first_party'),
    ('origin/errors', false, 0.0, 100.0, null, null, 'errors', 'first_party'),
    ('collection/rating', true, null, null, null, null, 'rating', 'first_party'),
    ('old/rating', true, null, null, null, null, 'rating', 'first_party')
) t (benchmark, higher_is_better, scale_low, scale_high, chance, n_items, test_set, measured_by);
create table models as select *, 'llm' as track, false as flagged, null::varchar as copy_of from (values ('m')) t (model_id);
"""


@pytest.fixture
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        yield connection


def make_scores(
    connection: duckdb.DuckDBPyConnection, *given: tuple[str, float] | tuple[str, float, str, str | None]
) -> None:
    """Make `scores` of the model `m` from benchmarks with a score and, if given, a raw name and who measured it."""
    connection.execute("""
        create or replace table input_scores (source varchar, benchmark varchar, raw_name varchar, score double,
            score_normalized double, score_low double, score_high double, votes bigint, standard_error double,
            setting varchar, measured_by varchar, reference varchar, published_on date)
    """)
    for benchmark, score, *more in given:
        raw_name, measured_by = more or ("m", None)
        connection.execute(
            "insert into input_scores (source, benchmark, raw_name, score, measured_by) values (?, ?, ?, ?, ?)",
            [benchmark.split("/")[0], benchmark, raw_name, score, measured_by],
        )
    connection.execute(
        "create or replace table aliases as select distinct source, raw_name, 'm' model_id from input_scores"
    )
    file = read_sql_file(warehouse.sql_root() / "model" / "scores.sql")
    connection.execute(f"create or replace table scores as {file.statement}")
    for check in file.checks:
        assert connection.execute(f"select * from scores where ({check}) is not true").fetchall() == []


def copies(connection: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    return dict(connection.execute("select benchmark, same_as from scores").fetchall())


def ranked(connection: duckdb.DuckDBPyConnection, query: str = SCORES) -> list[str]:
    return connection.sql(query).pl()["benchmark"].to_list()


def test_an_equal_score_on_the_same_test_set_is_a_copy_on_any_scale(tables: duckdb.DuckDBPyConnection) -> None:
    make_scores(tables, ("collection/gpqa", 0.762), ("origin/gpqa", 76.23), ("old/gpqa", 71.0))
    assert copies(tables) == {"collection/gpqa": "origin/gpqa", "origin/gpqa": None, "old/gpqa": None}
    assert ranked(tables) == ["old/gpqa", "origin/gpqa"]


def test_another_value_another_test_set_and_no_test_set_are_other_results(tables: duckdb.DuckDBPyConnection) -> None:
    make_scores(tables, ("origin/gpqa", 76.2), ("collection/gpqa", 0.7646), ("side/own", 76.2), ("origin/errors", 76.2))
    assert set(copies(tables).values()) == {None}


def test_scores_without_ends_are_copies_only_when_they_are_equal(tables: duckdb.DuckDBPyConnection) -> None:
    make_scores(tables, ("collection/rating", 1312.4), ("old/rating", 1312.4))
    assert copies(tables)["old/rating"] == "collection/rating"
    make_scores(tables, ("collection/rating", 1312.4), ("old/rating", 1312.5))
    assert set(copies(tables).values()) == {None}


def test_the_score_that_is_used_is_never_a_copy_and_is_in_the_rank(tables: duckdb.DuckDBPyConnection) -> None:
    values = (76.20, 76.24, 76.28, 76.32)
    names = ("side/gpqa", "old/gpqa", "makers/gpqa", "origin/gpqa")
    make_scores(tables, *zip(names, values, strict=True))
    found = copies(tables)
    assert found == {
        "side/gpqa": "origin/gpqa",
        "old/gpqa": "origin/gpqa",
        "makers/gpqa": "origin/gpqa",
        "origin/gpqa": None,
    }
    assert ranked(tables) == ["origin/gpqa"]


def test_a_copy_of_a_score_outside_the_rank_is_itself_in_the_rank(tables: duckdb.DuckDBPyConnection) -> None:
    make_scores(tables, ("side/gpqa", 76.2), ("collection/gpqa", 0.762))
    assert copies(tables) == {"side/gpqa": "collection/gpqa", "collection/gpqa": None}
    assert ranked(tables) == ["collection/gpqa"]


def test_self_reported_scores_enter_the_rank_only_when_they_are_asked_for(tables: duckdb.DuckDBPyConnection) -> None:
    make_scores(tables, ("makers/gpqa", 90.0), ("origin/gpqa", 76.2), ("collection/gpqa", 0.91, "m", "self_reported"))
    assert ranked(tables) == ["origin/gpqa"]
    assert ranked(tables, SCORES_WITH_SELF_REPORTED) == ["collection/gpqa", "makers/gpqa", "origin/gpqa"]


def test_a_measured_score_is_used_before_a_better_self_reported_one(tables: duckdb.DuckDBPyConnection) -> None:
    make_scores(tables, ("collection/gpqa", 0.91, "m (maker)", "self_reported"), ("collection/gpqa", 0.85, "m", None))
    assert tables.execute("select score, measured_by from scores").fetchall() == [(0.85, "third_party")]


def test_the_better_of_two_names_is_used_in_the_direction_of_the_benchmark(tables: duckdb.DuckDBPyConnection) -> None:
    make_scores(tables, ("origin/errors", 4.0, "a", None), ("origin/errors", 3.0, "b", None))
    assert tables.execute("select score, raw_name from scores").fetchall() == [(3.0, "b")]


def test_a_benchmark_of_another_domain_is_in_no_rank(tables: duckdb.DuckDBPyConnection) -> None:
    make_scores(tables, ("origin/gpqa", 76.2), ("origin/pictures", 90.0))
    assert ranked(tables) == ["origin/gpqa"]
    assert ranked(tables, SCORES_WITH_SELF_REPORTED) == ["origin/gpqa"]


def test_the_newest_edition_has_the_result_that_is_used(tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute("insert into sources values ('older', true, 'llm', date '2023-01-01', -1)")
    tables.execute(
        "insert into benchmarks values ('older/gpqa', true, 0, 100, 25, 198, 'gpqa_diamond', 'first_party', null)"
    )
    make_scores(tables, ("older/gpqa", 76.2), ("old/gpqa", 76.2))
    assert copies(tables) == {"older/gpqa": "old/gpqa", "old/gpqa": None}
