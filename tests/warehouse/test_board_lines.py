"""Lines of a SQL file that stand for one line per leaderboard or per group of leaderboards."""

from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from aggregator import warehouse
from aggregator.errors import SqlError
from aggregator.model import MeasuredBy, RankRule
from aggregator.warehouse import build
from aggregator.warehouse.board_lines import board_groups, write_out
from aggregator.warehouse.sql_file import read_sql_file, read_sql_files
from tests.support.small_board import BOARD

PLAIN = replace(BOARD, id="plain", title="Plain Board", short_title="Plain")
RATED = replace(PLAIN, id="rated_2024", title="Rated", column="rated", score_name="rating", has_interval=True)
LOWER = replace(PLAIN, id="odd-id", title="Two\nlines | 'x'", higher_is_better=False)
UNRANKED = replace(PLAIN, id="unranked", rank_rule=RankRule.NONE)
BOARDS = (PLAIN, RATED, LOWER, UNRANKED)

WIDE = """-- One row per model.
-- grain: model_id
-- reads: input_places
-- columns:
--   model_id | the model
--   {rank} | the rank on {title}: {order}
--   {score} | its score: {unit}
--   {low} | the lower end
-- checks:
--   {rank} >= 1
--   {low} <= {score}
select
    model_id,
    max(rank) filter (where source = {source}) as {rank},
    max(score) filter (where source = {source}) as {score},
    max(score_low) filter (where source = {source}) as {low},
from input_places
group by model_id
"""


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    (tmp_path / "mart").mkdir()
    path = tmp_path / "mart" / "wide.sql"
    path.write_text(WIDE, encoding="utf-8")
    return path


def test_each_ranked_board_gets_its_columns_and_only_one_with_intervals_gets_their_ends(wide: Path) -> None:
    file = read_sql_file(wide, BOARDS)
    assert list(file.columns) == [
        "model_id",
        *("plain_rank", "plain_score"),
        *("rated_rank", "rated_rating", "rated_rating_low"),
        *("odd-id_rank", "odd-id_score"),
    ]
    assert file.checks == (
        '"plain_rank" >= 1',
        '"rated_rank" >= 1',
        '"rated_rating_low" <= "rated_rating"',
        '"odd-id_rank" >= 1',
    )


def test_descriptions_are_plain_text_on_one_line_and_name_the_direction(wide: Path) -> None:
    columns = read_sql_file(wide, BOARDS).columns
    assert columns["plain_rank"] == "the rank on Plain Board: by score"
    assert columns["odd-id_rank"] == "the rank on Two lines | 'x': by score"
    assert columns["odd-id_score"].endswith("; lower is better")


def test_the_written_table_is_built_with_comments_and_checks(
    wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "sql_root", lambda: wide.parent.parent)
    places = pl.DataFrame(
        {"model_id": ["m"] * 3, "source": ["plain", "rated_2024", "odd-id"], "rank": [1, 2, 3]}
        | {"score": [0.5, 10.0, 0.1], "score_low": [None, 9.0, None]}
    )
    with warehouse.open_builder(tmp_path, BOARDS) as builder:
        builder.make("mart", {"places": places})
        made = builder.frame("from wide").to_dicts()
    assert made == [
        {
            "model_id": "m",
            "plain_rank": 1,
            "plain_score": 0.5,
            "rated_rank": 2,
            "rated_rating": 10.0,
            "rated_rating_low": 9.0,
            "odd-id_rank": 3,
            "odd-id_score": 0.1,
        }
    ]


def test_two_boards_with_one_column_fail_with_the_name_of_the_column(wide: Path) -> None:
    with pytest.raises(SqlError, match="two leaderboards have the column plain_rank, plain_score"):
        read_sql_file(wide, [PLAIN, replace(RATED, column="Plain", score_name="score", has_interval=False)])


def test_without_boards_only_the_other_columns_stay(wide: Path) -> None:
    file = read_sql_file(wide)
    assert list(file.columns) == ["model_id"]
    with duckdb.connect() as connection:
        connection.execute("create table input_places as select 'm' as model_id")
        assert connection.execute(file.statement).fetchall() == [("m",)]


def test_groups_have_the_boards_of_the_rank_first_and_leave_out_self_reported_ones() -> None:
    second_view = replace(PLAIN, id="view", group="plain", in_rank=False)
    reported = replace(RATED, measured_by=MeasuredBy.SELF_REPORTED)
    alone = replace(LOWER, in_rank=False)
    groups = board_groups([second_view, PLAIN, reported, alone, UNRANKED])
    assert {group: [source.id for source in members] for group, members in groups.items()} == {
        "plain": ["plain", "view"]
    }
    line = "--   {best_model} | its best model on {boards}"
    assert write_out(line, [second_view, PLAIN]) == "--   best_plain_model | its best model on Plain, Plain"


def test_every_file_is_complete_for_any_boards() -> None:
    for file in read_sql_files(warehouse.sql_root(), BOARDS):
        assert "{" not in "".join([*file.columns, *file.columns.values(), *file.checks]), file.name
