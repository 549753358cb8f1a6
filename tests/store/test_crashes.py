"""Crash safety of the home directory: failed disk calls, and kills at every named step."""

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
from tests.support.homes.two_files import new_home, publish, read_letter, write_files


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


CALLS = ("fsync", "write", "mkdir", "rename", "replace", "symlink")


def fail_disk_call(number: int, error: int, patch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Make the `number`-th call that changes the disk fail; return a function that says whether it was reached."""
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


def publish_error(home: Home) -> str:
    """Publish, and return the message of the error, or an empty string on success."""
    try:
        publish(home, "b")
    except MetaboardError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_after_any_failed_write_a_reader_sees_one_whole_generation(home: Home, error: int) -> None:
    home = replace(home, kept=100)
    publish(home, "a")
    failures = 0
    for number in range(1, 60):
        with pytest.MonkeyPatch.context() as patch:
            was_reached = fail_disk_call(number, error, patch)
            error_text = publish_error(home)
            failures += bool(error_text)
            current = home.current
            assert current is not None
            if error_text:
                assert ("000001" in current.id) == ("still current" in error_text or "cannot lock" in error_text)
            if not was_reached():
                break
        assert read_letter(home) in ("a", "b")
        home.rollback("000001-aaaaaaaa")
    assert failures >= 8, "each step of publishing failed once"
    publish(home, "c")
    assert (read_letter(home), list((home.root / "build").iterdir())) == ("c", [])


def test_all_files_are_on_disk_before_the_current_link_moves(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[int | str] = []
    fsync, replace_file = os.fsync, os.replace

    def record_fsync(handle: int) -> None:
        events.append(os.fstat(handle).st_ino)
        fsync(handle)

    def record_replace(source: Path, target: Path) -> None:
        events.append(Path(target).name)
        replace_file(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    path = publish(home).path
    before, after = events[: events.index("current")], events[events.index("current") :]
    needed = {entry.stat().st_ino for entry in (path, path.parent, *path.rglob("*"))}
    assert needed <= set(before)
    assert home.root.stat().st_ino in after


REFRESH = """
import sys
from pathlib import Path
from aggregator.store.generations import Home
from aggregator.store.snapshots import SnapshotStore
from tests.support.homes.two_files import manifest, write_files
from tests.store.test_snapshots import snapshot
home = Home(Path(sys.argv[1]), kept=3)
with home.lock():
    SnapshotStore(home.root).keep(snapshot(b"new"))
    with home.build() as build:
        write_files(build, "b")
        home.publish(build, manifest("b"))
"""


def start_python(code: str, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - runs this interpreter with the code above
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
    process = start_python(REFRESH, str(home.root), **{KILL_AT: step})
    _, errors = process.communicate(timeout=30)
    assert process.returncode == (0 if step == "nowhere" else -signal.SIGKILL), errors
    assert read_letter(home) == sees
    with home.lock():
        assert list(home.root.glob(".current-*")) == []
        assert not (home.root / "build").exists() or not list((home.root / "build").iterdir())
        assert len(home.ledger()) == events, "the ledger lists what was published"
        assert len(home.generations()) == events, "unpublished generations are removed"
    publish(home, "c")
    assert read_letter(home) == "c"


def test_leftovers_of_a_crash_are_removed_and_other_files_stay(home: Home) -> None:
    publish(home, "a")
    (home.root / "build" / "abandoned").mkdir()
    write_files(home.root / "build" / "abandoned", "x")
    (home.root / ".current-123").symlink_to("generations/nowhere")
    (home.root / "snapshots" / "ab").mkdir(parents=True)
    (home.root / "snapshots" / "ab" / ".x-1.part").write_text("half")
    (home.root / "notes.txt").write_text("mine")
    with home.lock():
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
