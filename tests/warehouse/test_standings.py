"""`standings` and `weighted_rank` on handmade boards: directions, rules without ranks, and weights of boards."""

from collections.abc import Iterator

import duckdb
import pytest

from aggregator import warehouse
from aggregator.warehouse.sql_file import read_sql_file

TABLES = """
create table sources as from (values
    ('up', 'score', true, 0), ('down', 'score', false, 1), ('down_interval', 'interval', false, 2), ('rates', 'win_rate', true, 3),
    ('none', 'none', true, 4)
) t (source, rank_rule, higher_is_better, priority);
create table aliases as select source, name as raw_name, name as model_id from sources, unnest(['a', 'b', 'c']) t (name);
create table input_entries as
select
    s.source, e.name as raw_name, date '2026-01-01' as published_on, null::bigint as board_rank, e.score as board_score,
    if(s.rank_rule = 'interval', e.score - 1, null) as board_score_low, if(s.rank_rule = 'interval', e.score + 1, null) as board_score_high
from sources as s, (values ('a', 1.0), ('b', 2.5), ('c', 9.0)) e (name, score);
"""

WEIGHTED = """
create table sources as from (values
    ('arena_x', 'llm', 'Arena', 'arena', 'arena', true), ('view', 'llm', 'View', 'arena_text', 'arena', false),
    ('hard', 'llm', 'Hard', 'arena_hard', 'arena_hard', true), ('v1', 'llm', 'One', 'open_v1', 'open', true),
    ('v2', 'llm', 'Two', 'open_v2', 'open', true)
) t (source, track, short_title, column_prefix, board_group, in_rank);
create table standings as from (values
    ('m', 'arena_x', 1.0), ('m', 'hard', 0.5), ('m', 'v1', 0.25), ('m', 'v2', 0.75), ('n', 'arena_x', 0.1), ('n', 'hard', 0.9), ('n', 'view', 1.0)
) t (model_id, source, win_rate);
create table leaderboard as
select *, 50.0 as percentile, 0 as clearly_better, 1 as not_told_apart, 0 as clearly_worse
from (values
    ('m', 'llm', 1, 1, 1, false, null::varchar, ['Arena', 'Hard', 'One', 'Two']), ('n', 'llm', 2, 2, 2, false, null, ['Arena'])
) t (model_id, track, rank, rank_low, rank_high, flagged, copy_of, rests_on);
"""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def places(connection: duckdb.DuckDBPyConnection, source: str) -> list[tuple[str, int, float]]:
    """Return the model, rank and win rate of each standing on one board."""
    connection.execute(TABLES)
    statement = read_sql_file(warehouse.sql_root() / "model" / "standings.sql").statement
    query = f"select model_id, rank, win_rate from ({statement}) where source = ? order by model_id"
    return [tuple(row) for row in connection.execute(query, [source]).fetchall()]


@pytest.mark.parametrize(
    ("source", "ranks"),
    [("up", [3, 2, 1]), ("rates", [3, 2, 1]), ("down", [1, 2, 3]), ("down_interval", [1, 1, 3]), ("none", [])],
)
def test_ranks_follow_the_rule_and_the_direction_of_a_board(
    connection: duckdb.DuckDBPyConnection, source: str, ranks: list[int]
) -> None:
    assert [rank for _, rank, _ in places(connection, source)] == ranks


def test_the_win_rate_of_the_best_model_is_one_in_both_directions(connection: duckdb.DuckDBPyConnection) -> None:
    assert [rate for *_, rate in places(connection, "down")] == [1.0, 0.5, 0.0]


def weighted(connection: duckdb.DuckDBPyConnection, weights: str) -> dict[str, tuple[float, float]]:
    """Return the score and the coverage of each model."""
    connection.execute(WEIGHTED)
    file = read_sql_file(warehouse.sql_root() / "macro" / "weighted_rank.sql")
    connection.execute(f"create macro weighted_rank({file.parameters}) as table {file.statement}")
    found = connection.execute(f"select model_id, score, coverage from weighted_rank({weights})").fetchall()
    return {model_id: (score, coverage) for model_id, score, coverage in found}


def test_without_weights_every_board_of_the_rank_counts_once(connection: duckdb.DuckDBPyConnection) -> None:
    # The ability of n rests on one of its boards: the other one, and the view outside of the rank, do not count.
    assert weighted(connection, "") == {"m": (0.625, 1.0), "n": (0.1, 0.25)}


def test_a_prefix_names_one_board_and_a_group_shares_its_weight(connection: duckdb.DuckDBPyConnection) -> None:
    found = weighted(connection, "map {'arena': 1, 'open': 1}")
    assert found["m"] == pytest.approx((0.75, 1.0))
    assert found["n"] == pytest.approx((0.1, 0.5))


def test_an_unknown_board_of_the_weights_is_an_error(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match="no leaderboard of the combined rank has the prefix or group arena_text"):
        weighted(connection, "map {'arena_text': 1}")
