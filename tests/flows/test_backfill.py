"""Backfill on nights that nothing remembered: complete, idempotent, resumed, in the order of time."""

import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aggregator.errors import BusyError
from aggregator.pipeline.reading import Reading
from aggregator.store.generations import Home
from aggregator.store.history import PastStore
from aggregator.store.snapshots import SnapshotStore
from flows import backfill as module
from flows.backfill import Filled, backfill, fetches, remember
from tests.conftest import REPOSITORY
from tests.support.small_board import BOARD, NIGHT, Nights


@pytest.fixture(autouse=True)
def _one_board(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "registered", lambda: (BOARD,))


def fill(home: Path, **options: bool) -> Filled:
    (filled,), _ = backfill(home, lambda _: None, **options)
    return filled


def rows(home: Path) -> list[tuple[Any, ...]]:
    found = PastStore(home).load("board").rows
    return found.select(
        "raw_name",
        pl.col("published_on").cast(pl.String),
        "rank",
        "score",
        _night("retrieved_at"),
        _night("superseded_at"),
    ).rows()


def _night(name: str) -> pl.Expr:
    return ((pl.col(name) - NIGHT.replace(tzinfo=None)).dt.total_days()).alias(name)


def three_nights(home: Path) -> Nights:
    nights = Nights(home)
    nights.night(0, "2026-10-01", a=1.0, b=2.0)
    nights.night(1, "2026-10-01", a=3.0, b=2.0)
    nights.night(2, "2026-10-08", a=3.0, c=4.0)
    return nights


EXPECTED = [
    ("a", "2026-10-01", 2, 1.0, 0, 1),
    ("a", "2026-10-01", 1, 3.0, 1, None),
    ("b", "2026-10-01", 1, 2.0, 0, 1),
    ("b", "2026-10-01", 2, 2.0, 1, None),
    ("a", "2026-10-08", 2, 3.0, 2, None),
    ("c", "2026-10-08", 1, 4.0, 2, None),
]


def test_every_kept_night_is_one_more_edition_in_both_times(tmp_path: Path) -> None:
    three_nights(tmp_path)
    assert fill(tmp_path) == Filled("board", 3, 3, 0, 2, date(2026, 10, 1), date(2026, 10, 8))
    assert rows(tmp_path) == EXPECTED


def test_again_it_finds_nothing_to_do_and_writes_nothing(tmp_path: Path) -> None:
    three_nights(tmp_path)
    fill(tmp_path)
    files = sorted((tmp_path / "history").rglob("*.*"))
    before = [(file, file.stat().st_mtime_ns) for file in files]
    assert fill(tmp_path).added == 0
    assert [(file, file.stat().st_mtime_ns) for file in files] == before


def test_read_anew_it_comes_to_the_same(tmp_path: Path) -> None:
    three_nights(tmp_path)
    fill(tmp_path)
    assert fill(tmp_path, again=True).added == 3
    assert rows(tmp_path) == EXPECTED
    assert [path.name for path in (tmp_path / "history").iterdir()] == ["board"]


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("stop", [0, 1, 2])
def test_interrupted_it_goes_on_where_it_stopped(tmp_path: Path, stop: int, again: bool) -> None:
    three_nights(tmp_path)
    if again:
        fill(tmp_path)

    class Interrupted(Exception):
        pass

    told: list[str] = []

    def say(line: str) -> None:
        told.append(line)
        if len(told) > stop:
            raise Interrupted

    with pytest.raises(Interrupted):
        backfill(tmp_path, say, again=again)
    if again:
        assert rows(tmp_path) == EXPECTED, "the past in use stays until the new one is complete"
    assert fill(tmp_path, again=again).added == 3 - stop
    assert rows(tmp_path) == EXPECTED


def test_killed_while_it_writes_it_goes_on(tmp_path: Path) -> None:
    three_nights(tmp_path)
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom aggregator.store import history as past\nfrom flows import backfill\n"
        "from tests.support.small_board import BOARD\nbackfill.registered = lambda: (BOARD,)\nwrite = past.write_atomically\n"
        "left = [int(sys.argv[2])]\n"
        "def dying(path, content):\n    left[0] -= 1\n    write(path, content)\n    if left[0] == 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "past.write_atomically = dying\nbackfill.backfill(Path(sys.argv[1]), lambda line: None)\n"
    )
    for writes in (1, 2, 4, 5):
        home = tmp_path / str(writes)
        three_nights(home)
        child = subprocess.run([sys.executable, "-c", code, str(home), str(writes)], cwd=REPOSITORY, check=False)  # noqa: S603 - our own code
        assert child.returncode == -signal.SIGKILL
        fill(home)
        assert rows(home) == EXPECTED


def test_a_night_that_is_no_board_is_passed_over_once_and_for_all(tmp_path: Path) -> None:
    nights = three_nights(tmp_path)
    nights.bytes(3, b"<!doctype html>")
    nights.night(4, "2026-10-08", a=3.0, c=4.0)
    told: list[str] = []
    (filled,), _ = backfill(tmp_path, told.append)
    assert (filled.added, filled.refused) == (4, 1)
    assert any("is passed over: board: table: is not JSON" in line for line in told)
    assert rows(tmp_path) == EXPECTED
    assert fill(tmp_path) == Filled("board", 5, 0, 0, 2, date(2026, 10, 1), date(2026, 10, 8))


def test_a_fetch_that_a_crash_cut_short_is_no_fetch(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.keep("table", b'{"day": "2026-10-01", "scores": {"z": 1}}', NIGHT - timedelta(days=1))
    three_nights(tmp_path)
    assert [fetch.at.day for fetch in fetches(BOARD, SnapshotStore(tmp_path))] == [1, 2, 3]


def test_the_parts_of_a_file_belong_together_however_it_was_cut_before(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.keep("table/x-00000-of-00003", b"old", NIGHT)
    for part in ("table/x-00000-of-00002", "table/x-00001-of-00002", "note"):
        nights.keep(part, part.encode(), NIGHT + timedelta(days=1))
    (fetch,) = fetches(BOARD, SnapshotStore(tmp_path))
    assert [one.resource for one in fetch.snapshots] == ["table/x-00000-of-00002", "table/x-00001-of-00002", "note"]


def test_the_same_bytes_again_are_no_news_but_old_bytes_that_come_back_are(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    for number, score in enumerate([1.0, 1.0, 2.0, 1.0]):
        nights.night(number, "2026-10-01", a=score)
    assert fill(tmp_path).added == 3
    assert [(row[3], row[4], row[5]) for row in rows(tmp_path)] == [(1.0, 0, 2), (2.0, 2, 3), (1.0, 3, None)]


def test_an_older_night_that_is_found_later_takes_its_place_in_time(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.night(1, "2026-10-01", a=3.0, b=2.0)
    nights.night(2, "2026-10-08", a=3.0, c=4.0)
    fill(tmp_path)
    nights.night(0, "2026-10-01", a=1.0, b=2.0)
    fill(tmp_path)
    assert rows(tmp_path) == EXPECTED


def test_lost_bytes_lose_nothing_that_was_added(tmp_path: Path) -> None:
    nights = three_nights(tmp_path)
    fill(tmp_path)
    for snapshot in fetches(BOARD, SnapshotStore(tmp_path))[0].snapshots[:1]:
        SnapshotStore(tmp_path).path(snapshot).unlink()
    nights.night(-1, "2026-09-30", a=1.0)
    assert fill(tmp_path).added == 0
    assert rows(tmp_path) == EXPECTED


def test_a_refresh_remembers_its_own_night_and_a_refused_one_is_never_taken(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    table = nights.night(0, "2026-10-01", a=1.0)
    store = SnapshotStore(tmp_path)

    def reading(status: str, snapshots: Any) -> Reading:
        return Reading(BOARD, status, snapshots, BOARD.parse({one.resource: store.read(one) for one in snapshots}))

    first = remember(tmp_path, [reading("fresh", table)])
    assert first.rows["raw_name"].to_list() == ["a"]
    nights.night(1, "2026-10-08", a=100.0)
    second = remember(tmp_path, [reading("kept", table)])
    assert second.rows.equals(first.rows)
    assert fill(tmp_path, again=True).added == 1
    assert [row[3] for row in rows(tmp_path)] == [1.0], "what the gates kept out stays out"


def test_while_a_refresh_holds_the_home_it_does_not_begin(tmp_path: Path) -> None:
    three_nights(tmp_path)
    with Home(tmp_path).lease(), pytest.raises(BusyError):
        backfill(tmp_path, lambda _: None)
