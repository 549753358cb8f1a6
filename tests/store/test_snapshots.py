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
from aggregator.store.files import digest
from aggregator.store.snapshots import Replay, SnapshotStore
from tests.support.clocks import NOON


def snapshot(content: bytes = b"bytes", resource: str = "latest", day: int = 0, source: str = "arena") -> Snapshot:
    return Snapshot(
        source=source,
        resource=resource,
        url=f"https://host.example/{resource}",
        sha256=digest(content),
        size=len(content),
        retrieved_at=NOON + timedelta(days=day),
        etag='"v1"',
        last_modified="Wed, 25 Nov 2026 11:00:00 GMT",
        revision="c" * 40,
        content=content,
    )


def parts(count: int, day: int) -> list[Snapshot]:
    return [snapshot(f"{day}/{i}".encode(), f"results/train-{i:05d}-of-{count:05d}.parquet", day) for i in range(count)]


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path)


def test_bytes_are_kept_under_their_sha256_with_a_line_of_provenance(store: SnapshotStore) -> None:
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


def test_what_is_read_back_is_what_was_kept(store: SnapshotStore) -> None:
    store.keep(snapshot())
    assert store.latest("arena", "latest") == (snapshot(),)


def test_the_same_bytes_are_written_once_and_told_apart_in_the_provenance(store: SnapshotStore) -> None:
    for given in (snapshot(), snapshot(day=1), replace(snapshot(day=2), content=b"")):
        store.keep(given)
    lines = [json.loads(line) for line in store.provenance.read_text().splitlines()]
    assert [line["status"] for line in lines] == ["new", "known", "not modified"]
    assert len(list(store.folder.glob("??/*"))) == 1
    assert store.latest("arena", "latest")[0].retrieved_at == NOON + timedelta(days=2)


def test_sources_and_resources_are_kept_apart(store: SnapshotStore) -> None:
    for given in (snapshot(b"1"), snapshot(b"2", "latest2"), snapshot(b"3", source="arena2")):
        store.keep(given)
    assert store.latest("arena", "latest") == (snapshot(b"1"),)
    assert store.latest("arena", "late") == ()


def test_all_parts_of_the_newest_whole_fetch_are_the_latest(store: SnapshotStore) -> None:
    for part in (*reversed(parts(3, 0)), *parts(4, 1), *parts(5, 2)[:4]):
        store.keep(part)
    assert store.latest("arena", "results") == tuple(parts(4, 1))


def test_a_file_that_is_no_longer_split_is_the_latest(store: SnapshotStore) -> None:
    for part in (*parts(2, 0), snapshot(b"one", "results", 1)):
        store.keep(part)
    assert store.latest("arena", "results") == (snapshot(b"one", "results", 1),)


def test_two_splittings_of_one_moment_are_not_mixed(store: SnapshotStore) -> None:
    for part in (*parts(4, 0), *parts(2, 0)):
        store.keep(part)
    assert store.latest("arena", "results") == tuple(parts(2, 0))


@pytest.mark.parametrize("torn", [1, 30, 200])
def test_a_torn_last_line_costs_that_line_and_nothing_after_it(store: SnapshotStore, torn: int) -> None:
    store.keep(snapshot(b"1"))
    store.keep(snapshot(b"2", day=1))
    whole = store.provenance.read_bytes()
    store.provenance.write_bytes(whole[:-torn])
    assert store.latest("arena", "latest") == (snapshot(b"1" if torn > 1 else b"2", day=0 if torn > 1 else 1),)
    store.keep(snapshot(b"3", day=2))
    assert store.latest("arena", "latest") == (snapshot(b"3", day=2),)
    assert len(store.history("arena", "latest")) == (2 if torn > 1 else 3)


@pytest.mark.parametrize(
    "line", [b"[]", b"3", b'{"source": "arena"}', b'{"source":"arena","resource":5}', b"\xff\xfe", b"\0"]
)
def test_a_line_that_is_none_of_ours_is_passed_over(store: SnapshotStore, line: bytes) -> None:
    store.keep(snapshot())
    with store.provenance.open("ab") as file:
        file.write(line + b"\n")
    assert store.latest("arena", "latest") == (snapshot(),)


def test_bytes_that_changed_on_disk_are_refused_by_name_and_fetched_anew(store: SnapshotStore) -> None:
    kept = store.keep(snapshot())
    store.path(kept).write_bytes(b"tampe")
    with pytest.raises(StorageError, match=f"{kept.sha256}: the kept bytes of arena/latest changed"):
        store.read(kept)
    assert store.latest("arena", "latest") == ()
    store.keep(snapshot())
    assert store.read(kept) == b"bytes"


def test_a_host_cannot_vouch_for_bytes_that_are_gone_or_changed(store: SnapshotStore) -> None:
    kept = store.keep(snapshot())
    store.path(kept).write_bytes(b"tampe")
    for _ in ("changed", "gone"):
        with pytest.raises(StorageError, match="arena/latest"):
            store.keep(kept)


def test_missing_or_shortened_bytes_are_not_the_latest(store: SnapshotStore) -> None:
    store.keep(snapshot(b"old"))
    new = store.keep(snapshot(b"new bytes", day=1))
    store.path(new).write_bytes(b"new")
    assert store.latest("arena", "latest") == (snapshot(b"old"),)
    store.path(new).unlink()
    with pytest.raises(StorageError, match="cannot read the kept bytes of arena/latest"):
        store.read(new)


def test_damaged_bytes_are_healed_by_the_next_keep(store: SnapshotStore) -> None:
    kept = store.keep(snapshot())
    store.path(kept).write_bytes(b"tampe")
    store.keep(snapshot(day=1))
    assert store.read(kept) == b"bytes"


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc/passwd", "A" * 64, ""])
def test_bytes_are_never_kept_under_a_name_that_is_not_theirs(store: SnapshotStore, sha256: str) -> None:
    with pytest.raises(StorageError, match="sha256"):
        store.keep(replace(snapshot(), sha256=Sha256(sha256)))
    assert not list(store.root.rglob("*"))


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_says_what_is_kept_and_leaves_it_whole(
    store: SnapshotStore, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.keep(snapshot(b"before"))
    with monkeypatch.context() as patch:
        patch.setattr(os, call, _full)
        with pytest.raises(StorageError, match=r"cannot keep arena/latest.*No space left") as full:
            store.keep(snapshot(b"after", day=1))
    assert "Everything that was kept before is whole" in full.value.hint
    assert not list(store.folder.rglob("*.part"))
    assert store.latest("arena", "latest") == (snapshot(b"before"),)
    store.keep(snapshot(b"after", day=1))
    assert store.latest("arena", "latest") == (snapshot(b"after", day=1),)


def _full(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_many_threads_lose_no_line(store: SnapshotStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store.keep, [snapshot(b"same", f"r{i}") for i in range(64)]))
    assert all(store.latest("arena", f"r{i}") for i in range(64))
    assert len(store.provenance.read_text().splitlines()) == 64


def test_a_replay_gives_what_was_kept_last_and_says_when_there_is_nothing(store: SnapshotStore) -> None:
    wanted = Resource("latest", "path", "https://host.example/latest", 100)
    with pytest.raises(FetchError, match=r"no bytes are kept"):
        Replay(store).fetch("arena", wanted)
    store.keep(snapshot(b"1"))
    store.keep(snapshot(b"2", day=1))
    assert Replay(store).fetch("arena", wanted) == (snapshot(b"2", day=1),)
