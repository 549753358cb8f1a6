import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator.errors import MetaboardError
from aggregator.store.files import KILL_AT
from aggregator.store.generations import Home
from tests.conftest import REPOSITORY
from tests.support.homes.marked import fill, make, publish, seen


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make(tmp_path)


CALLS = ("fsync", "write", "mkdir", "rename", "replace", "symlink")


def failing(number: int, error: int, patch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Let the `number`-th change to the disk fail; returns whether it came to that."""
    done = {"calls": 0}

    def wrap(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            done["calls"] += 1
            if done["calls"] == number:
                raise OSError(error, os.strerror(error))
            return call(*arguments, **named)

        return wrapped

    for call in CALLS:
        patch.setattr(os, call, wrap(getattr(os, call)))
    return lambda: done["calls"] >= number


def failure_of(home: Home) -> str:
    """Publish, and return what was said of it when it failed."""
    try:
        publish(home, "b")
    except MetaboardError as told:
        return str(told)
    return ""


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_whichever_write_fails_a_reader_sees_one_whole_generation(home: Home, error: int) -> None:
    home = replace(home, kept=100)
    publish(home, "a")
    failures = 0
    for number in range(1, 60):
        with pytest.MonkeyPatch.context() as patch:
            came_to_it = failing(number, error, patch)
            error_text = failure_of(home)
            failures += bool(error_text)
            current = home.current
            assert current is not None
            if error_text:
                assert ("000001" in current.id) == ("still current" in error_text or "cannot hold" in error_text)
            if not came_to_it():
                break
        assert seen(home) in ("a", "b")
        home.rollback("000001-aaaaaaaa")
    assert failures >= 8, "each step of publishing was made to fail"
    publish(home, "c")
    assert (seen(home), list((home.root / "build").iterdir())) == ("c", [])


def test_everything_is_on_the_disk_before_the_pointer_moves(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[int | str] = []
    fsync, replacing = os.fsync, os.replace

    def note(handle: int) -> None:
        events.append(os.fstat(handle).st_ino)
        fsync(handle)

    def swap(source: Path, target: Path) -> None:
        events.append(Path(target).name)
        replacing(source, target)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(os, "replace", swap)
    path = publish(home).path
    before, after = events[: events.index("current")], events[events.index("current") :]
    needed = {place.stat().st_ino for place in (path, path.parent, *path.rglob("*"))}
    assert needed <= set(before)
    assert home.root.stat().st_ino in after


CHILD = """
import sys
from pathlib import Path
from aggregator.store.generations import Home
from aggregator.store.snapshots import SnapshotStore
from tests.support.homes.marked import fill, manifest
from tests.store.test_snapshots import snapshot
home = Home(Path(sys.argv[1]), kept=3)
with home.lease():
    SnapshotStore(home.root).keep(snapshot(b"new"))
    with home.build() as build:
        fill(build, "b")
        home.publish(build, manifest("b"))
"""


def child(code: str, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )


@pytest.mark.parametrize(
    ("step", "sees", "events"),
    [
        ("keep", "a", 1),
        ("build", "a", 1),
        ("fsync", "a", 1),
        ("rename", "a", 1),
        ("swap", "a", 1),
        ("ledger", "b", 2),
        ("nowhere", "b", 2),
    ],
)
def test_a_kill_at_any_step_leaves_a_whole_generation_and_the_next_run_cleans_up(
    home: Home, step: str, sees: str, events: int
) -> None:
    publish(home, "a")
    process = child(CHILD, str(home.root), **{KILL_AT: step})
    _, trouble = process.communicate(timeout=30)
    assert process.returncode == (0 if step == "nowhere" else -signal.SIGKILL), trouble
    assert seen(home) == sees
    with home.lease():
        assert list(home.root.glob(".current-*")) == []
        assert not (home.root / "build").exists() or not list((home.root / "build").iterdir())
        assert len(home.ledger()) == events, "the ledger says what was published"
        assert len(home.generations()) == events, "what was never published is gone"
    publish(home, "c")
    assert seen(home) == "c"


def test_what_a_crash_left_is_swept_and_what_others_put_there_stays(home: Home) -> None:
    publish(home, "a")
    (home.root / "build" / "abandoned").mkdir()
    fill(home.root / "build" / "abandoned", "x")
    (home.root / ".current-123").symlink_to("generations/nowhere")
    (home.root / "snapshots" / "ab").mkdir(parents=True)
    (home.root / "snapshots" / "ab" / ".x-1.part").write_text("half")
    (home.root / "notes.txt").write_text("mine")
    with home.lease():
        names = sorted(str(path.relative_to(home.root)) for path in home.root.rglob("*") if "000001" not in str(path))
    assert names == [
        "current",
        "generations",
        "lease.json",
        "lease.lock",
        "ledger.jsonl",
        "notes.txt",
        "snapshots",
        "snapshots/ab",
    ]
