"""Snapshots and their provenance: what is stored, found again, and refused."""

import errno
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.errors import FetchError, StorageError
from aggregator.model import Resource, Sha256, Snapshot
from aggregator.store.files import sha256_hex
from aggregator.store.snapshots import ReplayFetcher, SnapshotStore
from tests.support.clocks import NOON


def snapshot(content: bytes = b"bytes", resource: str = "latest", day: int = 0, source: str = "arena") -> Snapshot:
    return Snapshot(
        source=source,
        resource=resource,
        url=f"https://host.example/{resource}",
        sha256=sha256_hex(content),
        size=len(content),
        retrieved_at=NOON + timedelta(days=day),
        etag='"v1"',
        last_modified="Wed, 25 Nov 2026 11:00:00 GMT",
        revision="c" * 40,
        content=content,
    )


def shards(count: int, day: int) -> list[Snapshot]:
    return [snapshot(f"{day}/{i}".encode(), f"results/train-{i:05d}-of-{count:05d}.parquet", day) for i in range(count)]


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path)


def test_bytes_are_stored_under_their_sha256_with_a_line_of_provenance(store: SnapshotStore) -> None:
    kept = store.keep(snapshot(b"bytes"))
    name = hashlib.sha256(b"bytes").hexdigest()
    assert (store.root / "snapshots" / name[:2] / name).read_bytes() == b"bytes"
    assert json.loads((store.root / "snapshots" / "provenance.jsonl").read_text()) == {
        "source": "arena",
        "resource": "latest",
        "url": "https://host.example/latest",
        "sha256": name,
        "size": 5,
        "retrieved_at": "2026-11-25T12:00:00+00:00",
        "etag": '"v1"',
        "last_modified": "Wed, 25 Nov 2026 11:00:00 GMT",
        "revision": "c" * 40,
        "status": "new",
    }
    assert (kept.content, store.read(kept)) == (b"", b"bytes")


def test_the_latest_snapshot_is_the_one_that_was_kept(store: SnapshotStore) -> None:
    store.keep(snapshot())
    assert store.latest("arena", "latest") == (snapshot(),)


def test_the_same_bytes_are_written_once_with_one_line_of_provenance_for_each_fetch(store: SnapshotStore) -> None:
    for given in (snapshot(), snapshot(day=1), replace(snapshot(day=2), content=b"")):
        store.keep(given)
    lines = [json.loads(line) for line in store.provenance.read_text().splitlines()]
    assert [line["status"] for line in lines] == ["new", "known", "not modified"]
    assert len(list(store.folder.glob("??/*"))) == 1
    assert store.latest("arena", "latest")[0].retrieved_at == NOON + timedelta(days=2)


def test_snapshots_of_other_sources_and_resources_are_not_returned(store: SnapshotStore) -> None:
    for given in (snapshot(b"1"), snapshot(b"2", "latest2"), snapshot(b"3", source="arena2")):
        store.keep(given)
    assert store.latest("arena", "latest") == (snapshot(b"1"),)
    assert store.latest("arena", "late") == ()


def test_the_latest_snapshots_are_all_shards_of_the_newest_complete_fetch(store: SnapshotStore) -> None:
    for shard in (*reversed(shards(3, 0)), *shards(4, 1), *shards(5, 2)[:4]):
        store.keep(shard)
    assert store.latest("arena", "results") == tuple(shards(4, 1))


def test_one_whole_file_replaces_an_older_fetch_in_shards(store: SnapshotStore) -> None:
    for shard in (*shards(2, 0), snapshot(b"one", "results", 1)):
        store.keep(shard)
    assert store.latest("arena", "results") == (snapshot(b"one", "results", 1),)


def test_shards_of_two_fetches_of_one_moment_are_not_mixed(store: SnapshotStore) -> None:
    for shard in (*shards(4, 0), *shards(2, 0)):
        store.keep(shard)
    assert store.latest("arena", "results") == tuple(shards(2, 0))


@pytest.mark.parametrize("lost", [1, 30, 200])
def test_an_incomplete_last_line_loses_only_that_line(store: SnapshotStore, lost: int) -> None:
    store.keep(snapshot(b"1"))
    store.keep(snapshot(b"2", day=1))
    whole = store.provenance.read_bytes()
    store.provenance.write_bytes(whole[:-lost])
    assert store.latest("arena", "latest") == (snapshot(b"1" if lost > 1 else b"2", day=0 if lost > 1 else 1),)
    store.keep(snapshot(b"3", day=2))
    assert store.latest("arena", "latest") == (snapshot(b"3", day=2),)
    assert len(store.history("arena", "latest")) == (2 if lost > 1 else 3)


@pytest.mark.parametrize(
    "line", [b"[]", b"3", b'{"source": "arena"}', b'{"source":"arena","resource":5}', b"\xff\xfe", b"\0"]
)
def test_an_invalid_line_of_provenance_is_skipped(store: SnapshotStore, line: bytes) -> None:
    store.keep(snapshot())
    with store.provenance.open("ab") as file:
        file.write(line + b"\n")
    assert store.latest("arena", "latest") == (snapshot(),)


def test_bytes_that_changed_on_disk_are_refused_and_can_be_stored_again(store: SnapshotStore) -> None:
    kept = store.keep(snapshot())
    store.path(kept).write_bytes(b"tampe")
    with pytest.raises(StorageError, match=f"{kept.sha256}: the bytes of arena/latest changed"):
        store.read(kept)
    assert store.latest("arena", "latest") == ()
    store.keep(snapshot())
    assert store.read(kept) == b"bytes"


def test_a_not_modified_answer_fails_when_the_stored_bytes_are_missing_or_changed(store: SnapshotStore) -> None:
    kept = store.keep(snapshot())
    store.path(kept).write_bytes(b"tampe")
    for _ in ("changed", "missing"):
        with pytest.raises(StorageError, match="arena/latest"):
            store.keep(kept)


def test_missing_or_truncated_bytes_are_not_the_latest_snapshot(store: SnapshotStore) -> None:
    store.keep(snapshot(b"old"))
    new = store.keep(snapshot(b"new bytes", day=1))
    store.path(new).write_bytes(b"new")
    assert store.latest("arena", "latest") == (snapshot(b"old"),)
    store.path(new).unlink()
    with pytest.raises(StorageError, match="cannot read the bytes of arena/latest"):
        store.read(new)


def test_keeping_a_snapshot_again_replaces_damaged_bytes(store: SnapshotStore) -> None:
    kept = store.keep(snapshot())
    store.path(kept).write_bytes(b"tampe")
    store.keep(snapshot(day=1))
    assert store.read(kept) == b"bytes"


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc/passwd", "A" * 64, ""])
def test_bytes_are_never_stored_under_a_wrong_sha256(store: SnapshotStore, sha256: str) -> None:
    with pytest.raises(StorageError, match="sha256"):
        store.keep(replace(snapshot(), sha256=Sha256(sha256)))
    assert not list(store.root.rglob("*"))


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_is_reported_and_leaves_earlier_snapshots_unchanged(
    store: SnapshotStore, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.keep(snapshot(b"before"))
    with monkeypatch.context() as patch:
        patch.setattr(os, call, _full)
        with pytest.raises(StorageError, match=r"cannot keep arena/latest.*No space left") as full:
            store.keep(snapshot(b"after", day=1))
    assert "Earlier snapshots are unchanged" in full.value.hint
    assert not list(store.folder.rglob("*.part"))
    assert store.latest("arena", "latest") == (snapshot(b"before"),)
    store.keep(snapshot(b"after", day=1))
    assert store.latest("arena", "latest") == (snapshot(b"after", day=1),)


def _full(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_threads_that_append_at_the_same_time_write_whole_lines(store: SnapshotStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store.keep, [snapshot(b"same", f"r{i}") for i in range(64)]))
    assert all(store.latest("arena", f"r{i}") for i in range(64))
    assert len(store.provenance.read_text().splitlines()) == 64


def test_a_replay_returns_the_newest_snapshot_or_fails_without_one(store: SnapshotStore) -> None:
    wanted = Resource("latest", "path", "https://host.example/latest", 100)
    with pytest.raises(FetchError, match=r"no bytes are kept"):
        ReplayFetcher(store).fetch("arena", wanted)
    store.keep(snapshot(b"1"))
    store.keep(snapshot(b"2", day=1))
    assert ReplayFetcher(store).fetch("arena", wanted) == (snapshot(b"2", day=1),)
