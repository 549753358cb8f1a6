"""The SQL of `outliers`, `broken_scores`, `outlier_models` and `gems` on a few rows."""

from collections.abc import Iterator

import duckdb
import pytest

from aggregator.warehouse.build import sql_root
from aggregator.warehouse.sql_file import read_sql_files

TABLES = """
create table models as
select
    name as model_id, 'llm' as track, 'chat' as kind, 'mit' as license, true as open_weights, false as flagged,
    false as params_disputed, cast(null as varchar) as copy_of
from (values ('strong'), ('odd'), ('damaged'), ('halves'), ('two_reasons')) as t(name);
create table benchmarks as
select name as benchmark, 'b' as source, true as higher_is_better, 20.0 as chance, 0.0 as scale_low
from (values ('b/one'), ('b/two')) as t(name);
create table input_outliers as
select
    *, 'b' as board, 'tuned' as kind_group, 0.01 as q_value, 40 as n_window, 6.0 as window_low_b, 8.0 as window_high_b,
    if(is_dated, date '2024-01-01', null) as window_first_on, if(is_dated, date '2024-06-01', null) as window_last_on,
    predicted - 5 as predicted_low, predicted + 5 as predicted_high, 0.01 as residual_q_value, 5 as other_scores,
    0 as other_boards, model_id || ' is unusual' as reason
from (values
    ('strong', 'b/one', 'high', ['size'], 90.0, 60.0, 9.0, null, null, false),
    ('odd', 'b/one', 'high', ['other_scores'], 80.0, null, null, 50.0, 4.5, false),
    ('two_reasons', 'b/one', 'high', ['size', 'other_scores'], 80.0, 60.0, 4.0, 50.0, 4.5, true),
    ('damaged', 'b/one', 'high', ['other_scores'], 80.0, null, null, 50.0, 4.2, false),
    ('damaged', 'b/two', 'low', ['size'], 22.0, 60.0, -9.0, null, null, false),
    ('halves', 'b/one', 'low', ['size'], 24.0, 60.0, -8.0, null, null, false),
    ('halves', 'b/two', 'low', ['other_scores'], 21.0, null, null, 60.0, -7.0, false)
) as t(model_id, benchmark, direction, reasons, score, usual, robust_z, predicted, residual_z, is_dated);
create table input_gems as
select
    model_id, 7.0 as params_b, 1000.0 + length(model_id) as ability, 990.0 + length(model_id) as ability_low,
    1010.0 as ability_high, 900.0 as usual_ability, 0.9 as better_than, 40 as n_window, 'B' as evidence, 6 as benchmarks,
    cast(null as bigint) as downloads, 3 as likes, 'good' as reason
from models;
"""


@pytest.fixture
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    files = {file.name: file for file in read_sql_files(sql_root())}
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        for name in ("outliers", "broken_scores", "outlier_models", "gems"):
            connection.execute(f"create table {name} as {files[name].statement}")
        yield connection


def test_broken_scores_are_models_far_below_on_two_benchmarks(tables: duckdb.DuckDBPyConnection) -> None:
    # `damaged` is far below on one benchmark only.
    assert tables.sql("select model_id, n_benchmarks, benchmarks from broken_scores").fetchall() == [
        ("halves", 2, ["b/two", "b/one"])
    ]
    assert tables.sql(
        "select kept_share from outliers where model_id = 'damaged' and direction = 'low'"
    ).fetchone() == (pytest.approx(2 / 40),)


def test_models_with_more_and_better_checked_reasons_come_first(tables: duckdb.DuckDBPyConnection) -> None:
    high = tables.sql("select model_id, reasons, place from outlier_models where direction = 'high' order by place")
    assert high.fetchall() == [
        ("two_reasons", ["other_scores", "size"], 1),
        ("odd", ["other_scores"], 2),
        ("strong", ["size"], 3),
    ]


def test_a_score_that_is_high_next_to_low_ones_only_is_left_out(tables: duckdb.DuckDBPyConnection) -> None:
    assert tables.sql("select direction, is_broken from outlier_models where model_id = 'damaged'").fetchall() == [
        ("low", False)
    ]
    assert tables.sql("select is_broken, explanations[1] from outlier_models where model_id = 'halves'").fetchall() == [
        (True, "b/one: halves is unusual")
    ]


def test_a_gem_with_unusually_good_scores_is_marked(tables: duckdb.DuckDBPyConnection) -> None:
    marked = tables.sql("select model_id from gems where has_outliers order by all").fetchall()
    assert marked == [("odd",), ("strong",), ("two_reasons",)]
