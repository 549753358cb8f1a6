"""Publish to a folder: completely, only newer editions, and never over other files."""

import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.dataset import checksums, folder
from aggregator.errors import PublishError, UsageError
from aggregator.pipeline.publish import publish
from aggregator.store.generations import Home
from aggregator.store.manifest import read_manifest
from tests.support.clocks import NOON
from tests.support.homes import published


def ignore(_: str) -> None:
    """Ignore a log line."""


def test_publishing_the_same_rows_again_writes_nothing(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "made" / "out"
    first = publish(home, str(target), log=ignore)
    assert first.is_new
    assert checksums.find_problems(target) == []
    inode = target.stat().st_ino
    assert not publish(home, str(target), log=ignore).is_new
    assert target.stat().st_ino == inode
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def test_a_dry_run_writes_nothing_and_returns_what_it_would_publish(home: Path, tmp_path: Path) -> None:
    result = publish(home, str(tmp_path / "out"), dry_run=True, log=ignore)
    assert result.is_new
    assert result.files == 15
    assert not (tmp_path / "out").exists()


def test_a_newer_edition_replaces_and_an_older_one_is_refused(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    old = shutil.copytree(home, tmp_path / "old", symlinks=True)
    publish(home, str(target), log=ignore)
    published.publish(Home(home, now=lambda: NOON + timedelta(days=1)), 1299.5)
    assert publish(home, str(target), log=ignore).is_new
    with pytest.raises(PublishError, match="later than ours"):
        publish(old, str(target), log=ignore)
    assert read_manifest(target)["generation"].startswith("000002")


def test_a_folder_with_other_files_is_not_replaced(home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    for place in ("mine", "mine/thesis.txt", "home"):
        with pytest.raises(UsageError, match="files that are not a dataset"):
            publish(home, str(tmp_path / place), log=ignore)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "x"


def test_a_reader_always_finds_one_complete_edition(home: Path, another: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    publish(home, str(target), log=ignore)
    hashes = {read_manifest(place)["content_hash"] for place in (target, another)}
    done, found = threading.Event(), []

    def read_repeatedly() -> None:
        while not done.is_set():
            found.append(read_manifest(target)["content_hash"])

    reader = threading.Thread(target=read_repeatedly)
    reader.start()
    second_copy = shutil.copytree(another, tmp_path / "second_copy")
    for _ in range(200):
        folder.put_in_place(second_copy, target)
    done.set()
    reader.join(10)
    assert set(found) <= hashes
    assert len(found) > 1
    assert checksums.find_problems(target) == checksums.find_problems(second_copy) == []
