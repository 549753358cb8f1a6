"""The changes between two editions: their SQL on small editions, the Atom feed, and the command."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import duckdb
import pytest

from aggregator.dataset import feed
from aggregator.warehouse import sql_root
from aggregator.warehouse.sql_file import read_sql_file
from tests.support.command_line import Metaboard
from tests.support.homes.query import HOSTILE

ATOM = "http://www.w3.org/2005/Atom"
"""XML namespace of the feed."""

STATEMENT = read_sql_file(sql_root() / "mart" / "changes.sql").statement
Value = tuple[str, str, int, float | None, float | None, int, int | None]
"""Model, day of October, rank, score, half width, day first retrieved, day superseded."""


def compute_changes(*editions: Value, benchmark: str = "board/overall") -> list[tuple[Any, ...]]:
    """Return (event, model, rank_before, rank_after) for a board with `editions`."""
    with duckdb.connect() as connection:
        connection.execute("create table sources as select 'board' as source")
        connection.execute(
            "create table history (model_id text, source text, benchmark text, published_on date, rank bigint, score double,"
            " score_low double, score_high double, votes bigint, raw_name text, retrieved_at timestamp, superseded_at timestamp)"
        )
        for model, day, rank, score, half, seen, gone in editions:
            low = None if half is None or score is None else score - half
            high = None if half is None or score is None else score + half
            row = (
                model, "board", benchmark, f"2026-10-{day}", rank, score, low, high, None, model,
                f"2026-11-{seen:02} 03:17:00", None if gone is None else f"2026-11-{gone:02} 03:17:00",
            )  # fmt: skip
            connection.execute("insert into history values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        found = connection.execute(STATEMENT)
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [(row["event"], row["model_id"], row["rank_before"], row["rank_after"]) for row in rows]


def edition(day: str, retrieved: int, half: float | None = None, **scores: float) -> list[Value]:
    order = sorted(scores.values(), reverse=True)
    return [(model, day, order.index(score) + 1, score, half, retrieved, None) for model, score in scores.items()]


def test_one_edition_changes_nothing() -> None:
    assert compute_changes(*edition("01", 1, a=1.0, b=2.0)) == []


def test_new_and_gone_compare_the_last_two_dates_only() -> None:
    first = edition("01", 1, z=9.0, a=1.0)
    second, third = edition("08", 2, a=1.0, b=2.0), edition("15", 3, a=1.0, c=3.0)
    assert compute_changes(*first, *second, *third) == [("gone", "b", 1, None), ("new", "c", None, 1)]


def test_without_intervals_a_score_change_that_changes_the_rank_is_a_move() -> None:
    before, after = edition("01", 1, a=3.0, b=2.0, c=1.0), edition("08", 2, a=1.5, b=2.0, c=1.0)
    assert compute_changes(*before, *after) == [("moved", "a", 1, 2)], "b rose only because a fell"


def test_a_rank_lost_to_a_new_model_is_not_a_move() -> None:
    assert compute_changes(*edition("01", 1, a=2.0, b=1.0), *edition("08", 2, n=3.0, a=2.0, b=1.0)) == [
        ("new", "n", None, 1)
    ]


@pytest.mark.parametrize(("shift", "moves"), [(14.0, False), (15.0, True)])
def test_with_intervals_a_move_is_larger_than_both_intervals(shift: float, moves: bool) -> None:
    others = {"b": 1190.0, "c": 1180.0, "d": 1170.0}
    before = edition("01", 1, 10.0, a=1200.0, **others)
    after = edition("08", 2, 10.0, a=1200.0 - shift, **others)
    # sqrt(10² + 10²) = 14.1
    assert (("moved", "a", 1, 2) in compute_changes(*before, *after)) is moves


def test_a_drift_of_the_whole_scale_is_not_a_move() -> None:
    before = edition("01", 1, 1.0, a=1200.0, b=1190.0, c=1180.0, d=1181.0)
    after = edition("08", 2, 1.0, a=1300.0, b=1290.0, c=1281.0, d=1280.9)
    assert compute_changes(*before, *after) == []


def test_a_board_that_keeps_its_date_is_compared_with_its_rows_before_the_last_change() -> None:
    same: list[Value] = [("a", "01", 1, 2.0, None, 1, None)]
    corrected: list[Value] = [("b", "01", 2, 1.0, None, 1, 3), ("b", "01", 1, 5.0, None, 3, None)]
    moved_down: list[Value] = [("c", "01", 3, 0.5, None, 1, 3), ("d", "01", 3, 0.7, None, 3, None)]
    assert compute_changes(*same, *corrected, *moved_down) == [
        ("gone", "c", 3, None),
        ("moved", "b", 2, 1),
        ("new", "d", None, 3),
    ]


def test_a_board_without_scores_is_compared_by_rank_among_the_models_of_both_editions() -> None:
    before: list[Value] = [(model, "01", rank, None, None, 1, None) for rank, model in enumerate("abcd", 1)]
    after: list[Value] = [(model, "08", rank, None, None, 2, None) for rank, model in enumerate("nabdc", 1)]
    # b is one rank lower only because n is new; d keeps its rank.
    assert compute_changes(*before, *after) == [("moved", "c", 3, 5), ("new", "n", None, 1)]


def test_only_the_overall_benchmark_counts() -> None:
    two = [*edition("01", 1, a=1.0), *edition("08", 2, b=1.0)]
    assert compute_changes(*two, benchmark="board/coding") == []


AT = datetime(2026, 11, 2, 3, 17)  # noqa: DTZ001 - the tables have UTC without zone


def change(**facts: object) -> dict[str, object]:
    return {
        "source": "board", "title": "Board", "event": "moved", "model_id": "a/b", "name": "B", "previous_on": "2026-10-01",
        "published_on": "2026-10-08", "rank_before": 3, "rank_after": 1, "score_before": 1.0, "score_after": 2.0,
        "shift": 1.0, "noise": 0.5, "raw_name": "b", "retrieved_at": AT, **facts,
    }  # fmt: skip


def entries(changes: Sequence[dict[str, object]]) -> list[dict[str | None, str | None]]:
    root = ET.fromstring(feed.render_feed(list(changes)))  # noqa: S314 - our own feed
    space = {"a": ATOM}
    for needed in ("a:id", "a:title", "a:updated", "a:author/a:name"):
        assert root.findtext(needed, namespaces=space)
    return [{child.tag.rpartition("}")[2]: child.text for child in entry} for entry in root.findall("a:entry", space)]


def test_the_feed_has_an_entry_with_a_permanent_id_for_every_change() -> None:
    first = entries([change(), change(model_id="a/c", event="new", rank_before=None, score_before=None)])
    again = entries([change(retrieved_at=AT.replace(day=9))])
    assert [entry["title"] for entry in first] == [
        "B moved on Board from place 3 to 1",
        "B is new on Board, at place 1",
    ]
    assert first[0]["updated"] == "2026-11-02T03:17:00+00:00"
    assert again[0]["id"] == first[0]["id"]
    assert len({entry["id"] for entry in first}) == 2


def test_a_hostile_name_is_text_in_the_feed() -> None:
    (entry,) = entries([change(name=HOSTILE, title="<b>&amp;</b>")])
    title = entry["title"] or ""
    assert "\x1b" not in title
    assert "<b>&amp;</b>" in title


def test_the_command_prints_the_changes_and_writes_the_feed(
    metaboard: Metaboard, sample_home: Path, tmp_path: Path
) -> None:
    found = metaboard("changes", "--json", "--home", sample_home).rows
    assert {str(row["event"]) for row in found} >= {"new"}
    written = metaboard("changes", "--atom", tmp_path / "feed.xml", "--home", sample_home)
    assert written.code == 0
    assert len(ET.parse(tmp_path / "feed.xml").getroot().findall(f"{{{ATOM}}}entry")) == len(found)  # noqa: S314 - our own feed


def test_an_unwritable_feed_is_a_one_line_error(metaboard: Metaboard, sample_home: Path) -> None:
    ended = metaboard("changes", "--atom", "/proc/none/feed.xml", "--home", sample_home)
    assert ended.code == 1
    assert "cannot write /proc/none/feed.xml" in ended.err
