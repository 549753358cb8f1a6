"""Backfill: complete, idempotent, resumable, and in the order of retrieval."""

import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aggregator.errors import LockedError
from aggregator.pipeline import boards
from aggregator.pipeline.backfill import BackfillResult, backfill
from aggregator.pipeline.fetches import complete_fetches
from aggregator.pipeline.history import record_history
from aggregator.pipeline.results import ReadResult
from aggregator.sources.plugins import Register
from aggregator.store.generations import Home
from aggregator.store.history import HistoryStore
from aggregator.store.snapshots import SnapshotStore
from tests.conftest import REPOSITORY
from tests.support.small_board import BOARD, FIRST_FETCH, FetchWriter


@pytest.fixture(autouse=True)
def _one_board(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "read_register", lambda: Register((BOARD,)))


def fill(home: Path, **options: bool) -> BackfillResult:
    (filled,), _ = backfill(home, lambda _: None, **options)
    return filled


def rows(home: Path) -> list[tuple[Any, ...]]:
    found = HistoryStore(home).load("board").rows
    return found.select(
        "raw_name",
        pl.col("published_on").cast(pl.String),
        "rank",
        "score",
        days_after_first("retrieved_at"),
        days_after_first("superseded_at"),
    ).rows()


def days_after_first(name: str) -> pl.Expr:
    return ((pl.col(name) - FIRST_FETCH.replace(tzinfo=None)).dt.total_days()).alias(name)


def store_three_fetches(home: Path) -> FetchWriter:
    writer = FetchWriter(home)
    writer.store_scores(0, "2026-10-01", a=1.0, b=2.0)
    writer.store_scores(1, "2026-10-01", a=3.0, b=2.0)
    writer.store_scores(2, "2026-10-08", a=3.0, c=4.0)
    return writer


EXPECTED = [
    ("a", "2026-10-01", 2, 1.0, 0, 1),
    ("a", "2026-10-01", 1, 3.0, 1, None),
    ("b", "2026-10-01", 1, 2.0, 0, 1),
    ("b", "2026-10-01", 2, 2.0, 1, None),
    ("a", "2026-10-08", 2, 3.0, 2, None),
    ("c", "2026-10-08", 1, 4.0, 2, None),
]


def test_every_stored_fetch_adds_an_edition_with_both_dates(tmp_path: Path) -> None:
    store_three_fetches(tmp_path)
    assert fill(tmp_path) == BackfillResult("board", 3, 3, 0, 2, date(2026, 10, 1), date(2026, 10, 8))
    assert rows(tmp_path) == EXPECTED


def test_a_second_backfill_adds_and_writes_nothing(tmp_path: Path) -> None:
    store_three_fetches(tmp_path)
    fill(tmp_path)
    files = sorted((tmp_path / "history").rglob("*.*"))
    before = [(file, file.stat().st_mtime_ns) for file in files]
    assert fill(tmp_path).added == 0
    assert [(file, file.stat().st_mtime_ns) for file in files] == before


def test_a_backfill_with_again_gives_the_same_history(tmp_path: Path) -> None:
    store_three_fetches(tmp_path)
    fill(tmp_path)
    assert fill(tmp_path, again=True).added == 3
    assert rows(tmp_path) == EXPECTED
    assert [path.name for path in (tmp_path / "history").iterdir()] == ["board"]


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("stop", [0, 1, 2])
def test_an_interrupted_backfill_continues_where_it_stopped(tmp_path: Path, stop: int, again: bool) -> None:
    store_three_fetches(tmp_path)
    if again:
        fill(tmp_path)

    class Interrupted(Exception):
        pass

    lines: list[str] = []

    def log(line: str) -> None:
        lines.append(line)
        if len(lines) > stop:
            raise Interrupted

    with pytest.raises(Interrupted):
        backfill(tmp_path, log, again=again)
    if again:
        assert rows(tmp_path) == EXPECTED, "the current history stays until the new one is complete"
    assert fill(tmp_path, again=again).added == 3 - stop
    assert rows(tmp_path) == EXPECTED


def test_a_backfill_that_is_killed_while_it_writes_continues(tmp_path: Path) -> None:
    store_three_fetches(tmp_path)
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom aggregator.store import history\nfrom aggregator.pipeline import backfill\n"
        "from aggregator.pipeline import boards\nfrom aggregator.sources.plugins import Register\n"
        "from tests.support.small_board import BOARD\nboards.read_register = lambda: Register((BOARD,))\nwrite = history.write_atomically\n"
        "left = [int(sys.argv[2])]\n"
        "def dying(path, content):\n    left[0] -= 1\n    write(path, content)\n    if left[0] == 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "history.write_atomically = dying\nbackfill.backfill(Path(sys.argv[1]), lambda line: None)\n"
    )
    for writes in (1, 2, 4, 5):
        home = tmp_path / str(writes)
        store_three_fetches(home)
        child = subprocess.run([sys.executable, "-c", code, str(home), str(writes)], cwd=REPOSITORY, check=False)  # noqa: S603 - our own code
        assert child.returncode == -signal.SIGKILL
        fill(home)
        assert rows(home) == EXPECTED


def test_a_fetch_that_does_not_parse_is_refused_once_and_never_read_again(tmp_path: Path) -> None:
    writer = store_three_fetches(tmp_path)
    writer.store_table(3, b"<!doctype html>")
    writer.store_scores(4, "2026-10-08", a=3.0, c=4.0)
    lines: list[str] = []
    (filled,), _ = backfill(tmp_path, lines.append)
    assert (filled.added, filled.refused) == (4, 1)
    assert any(line.startswith("board: skipped the fetch of") and "board: table: is not JSON" in line for line in lines)
    assert rows(tmp_path) == EXPECTED
    assert fill(tmp_path) == BackfillResult("board", 5, 0, 0, 2, date(2026, 10, 1), date(2026, 10, 8))


def test_an_interrupted_fetch_does_not_count(tmp_path: Path) -> None:
    writer = FetchWriter(tmp_path)
    writer.store_file("table", b'{"day": "2026-10-01", "scores": {"z": 1}}', FIRST_FETCH - timedelta(days=1))
    store_three_fetches(tmp_path)
    assert [fetch.at.day for fetch in complete_fetches(BOARD, SnapshotStore(tmp_path))] == [1, 2, 3]


def test_the_parts_of_a_split_file_form_one_fetch_after_another_split(tmp_path: Path) -> None:
    writer = FetchWriter(tmp_path)
    writer.store_file("table/x-00000-of-00003", b"old", FIRST_FETCH)
    for part in ("table/x-00000-of-00002", "table/x-00001-of-00002", "note"):
        writer.store_file(part, part.encode(), FIRST_FETCH + timedelta(days=1))
    (fetch,) = complete_fetches(BOARD, SnapshotStore(tmp_path))
    assert [one.resource for one in fetch.snapshots] == ["table/x-00000-of-00002", "table/x-00001-of-00002", "note"]


def test_repeated_bytes_add_nothing_but_old_bytes_that_return_do(tmp_path: Path) -> None:
    writer = FetchWriter(tmp_path)
    for number, score in enumerate([1.0, 1.0, 2.0, 1.0]):
        writer.store_scores(number, "2026-10-01", a=score)
    assert fill(tmp_path).added == 3
    assert [(row[3], row[4], row[5]) for row in rows(tmp_path)] == [(1.0, 0, 2), (2.0, 2, 3), (1.0, 3, None)]


def test_an_older_fetch_that_is_found_later_is_inserted_in_order(tmp_path: Path) -> None:
    writer = FetchWriter(tmp_path)
    writer.store_scores(1, "2026-10-01", a=3.0, b=2.0)
    writer.store_scores(2, "2026-10-08", a=3.0, c=4.0)
    fill(tmp_path)
    writer.store_scores(0, "2026-10-01", a=1.0, b=2.0)
    fill(tmp_path)
    assert rows(tmp_path) == EXPECTED


def test_the_history_keeps_editions_whose_bytes_are_lost(tmp_path: Path) -> None:
    writer = store_three_fetches(tmp_path)
    fill(tmp_path)
    for snapshot in complete_fetches(BOARD, SnapshotStore(tmp_path))[0].snapshots[:1]:
        SnapshotStore(tmp_path).path(snapshot).unlink()
    writer.store_scores(-1, "2026-09-30", a=1.0)
    assert fill(tmp_path).added == 0
    assert rows(tmp_path) == EXPECTED


def test_a_refresh_adds_its_own_fetch_and_not_a_refused_one(tmp_path: Path) -> None:
    writer = FetchWriter(tmp_path)
    table = writer.store_scores(0, "2026-10-01", a=1.0)
    store = SnapshotStore(tmp_path)
    parsed = BOARD.parse({one.resource: store.read(one) for one in table})
    first = record_history(tmp_path, [ReadResult(BOARD, "fresh", table, parsed, fetched=table)])
    assert first.rows["raw_name"].to_list() == ["a"]
    refused = writer.store_scores(1, "2026-10-08", a=100.0)
    second = record_history(tmp_path, [ReadResult(BOARD, "kept", table, parsed, fetched=refused)])
    assert second.rows.equals(first.rows)
    assert fill(tmp_path).added == 0


def test_a_backfill_does_not_start_while_another_process_holds_the_lock(tmp_path: Path) -> None:
    store_three_fetches(tmp_path)
    with Home(tmp_path).lock(), pytest.raises(LockedError):
        backfill(tmp_path, lambda _: None)
