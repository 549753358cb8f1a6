"""Snapshots: the bytes of each fetched resource under their SHA-256, with their provenance.

::

    HOME/snapshots/provenance.jsonl       one line for each fetched file, oldest first
    HOME/snapshots/<sha[:2]>/<sha256>     the bytes, written once
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.errors import FetchError, StorageError
from aggregator.model import Resource, Sha256, Snapshot
from aggregator.store.files import append_line, crash_point, read_lines, sha256_hex, storage_errors, write_atomically

SHARD_COUNT = re.compile(r"-of-(\d+)")
FETCH_AGAIN = "Run `metaboard refresh` again: it fetches the damaged file again."


@dataclass(frozen=True)
class SnapshotStore:
    """The snapshots of one home directory.

    A host can split a resource into shards, and a resource can be a set of files. Each file is then a snapshot of its
    own, and the `resource` field of the snapshot is `<resource>/<file name>`.
    """

    root: Path

    @property
    def folder(self) -> Path:
        """The folder of all snapshots."""
        return self.root / "snapshots"

    @property
    def provenance(self) -> Path:
        """The file with one line of provenance for each fetched file."""
        return self.folder / "provenance.jsonl"

    def path(self, snapshot: Snapshot) -> Path:
        """Return the path of the bytes of `snapshot`; raises `StorageError` for an invalid SHA-256."""
        if not re.fullmatch(r"[0-9a-f]{64}", snapshot.sha256):
            raise StorageError(f"{snapshot.source}/{snapshot.resource}: {snapshot.sha256!r} is not a sha256")
        return self.folder / snapshot.sha256[:2] / snapshot.sha256

    def keep(self, snapshot: Snapshot) -> Snapshot:
        """Write the bytes and the provenance of `snapshot`; return the snapshot without its bytes.

        A snapshot without bytes means that the host answered "not modified"; the stored bytes are then verified.
        Raises `StorageError` when the disk is full or read-only, or when bytes and SHA-256 differ. An error does not
        change earlier snapshots.
        """
        crash_point("keep")
        name = f"{snapshot.source}/{snapshot.resource}"
        if snapshot.content and sha256_hex(snapshot.content) != snapshot.sha256:
            raise StorageError(f"{name}: the bytes do not have the sha256 {snapshot.sha256}")
        with storage_errors(
            f"keep {name} ({snapshot.size} bytes) under {self.folder}",
            hint="Earlier snapshots are unchanged. Free some disk space, then run `metaboard refresh` again.",
        ):
            status = self._write(snapshot) if snapshot.content else self._verify_kept_bytes(snapshot)
            append_line(self.provenance, {**_record(snapshot), "status": status})
        return replace(snapshot, content=b"")

    def keep_absence(self, source: str, resource: Resource, at: datetime) -> None:
        """Write to the provenance that an optional resource was absent at the time `at`; raises `StorageError`."""
        absent = Snapshot(source, resource.name, resource.url, sha256_hex(b""), 0, at, parts=0)
        with storage_errors(f"write {self.provenance}"):
            append_line(self.provenance, {**_record(absent), "status": "absent"})

    def read(self, snapshot: Snapshot) -> bytes:
        """Return the bytes of `snapshot`; raises `StorageError` with the path when they are missing or changed."""
        path = self.path(snapshot)
        with storage_errors(f"read the bytes of {snapshot.source}/{snapshot.resource}", hint=FETCH_AGAIN):
            content = path.read_bytes()
        if sha256_hex(content) != snapshot.sha256:
            self._set_aside(path)
            raise StorageError(
                f"{path}: the bytes of {snapshot.source}/{snapshot.resource} changed on disk", hint=FETCH_AGAIN
            )
        return content

    def latest(self, source: str, resource: str) -> tuple[Snapshot, ...]:
        """Return the newest complete fetch of a resource, all files in order; empty when there is none.

        It is also empty when the newest fetch found that an optional resource is absent.
        """
        for files in reversed(_group_by_fetch(self.history(source, resource))):
            if files[0].parts == 0:
                return ()
            if len(files) == file_count(files[0]) and all(self.has_bytes(snapshot) for snapshot in files):
                return tuple(sorted(files, key=lambda snapshot: snapshot.resource))
        return ()

    def history(self, source: str, resource: str) -> list[Snapshot]:
        """Return the provenance of every fetch of a resource, oldest first."""
        return [
            snapshot
            for snapshot in self.all_fetches(source)
            if snapshot.resource == resource or snapshot.resource.startswith(f"{resource}/")
        ]

    def all_fetches(self, source: str) -> list[Snapshot]:
        """Return the provenance of every fetch of every resource of `source`, in the order of the lines."""
        with storage_errors(f"read {self.provenance}"):
            records = read_lines(self.provenance)
        snapshots = (parse_record(record) for record in records if record.get("source") == source)
        return [snapshot for snapshot in snapshots if snapshot]

    def has_bytes(self, snapshot: Snapshot) -> bool:
        """Return whether a file of the right size exists; its contents are not read."""
        try:
            return self.path(snapshot).stat().st_size == snapshot.size
        except (OSError, StorageError):
            return False

    def _write(self, snapshot: Snapshot) -> str:
        path = self.path(snapshot)
        if self.has_bytes(snapshot) and sha256_hex(path.read_bytes()) == snapshot.sha256:
            return "known"
        write_atomically(path, snapshot.content)
        return "new"

    def _verify_kept_bytes(self, snapshot: Snapshot) -> str:
        self.read(snapshot)
        return "not modified"

    @staticmethod
    def _set_aside(path: Path) -> None:
        """Rename damaged bytes. The next fetch then downloads them instead of asking whether they changed."""
        with suppress(OSError):
            path.replace(path.with_suffix(".damaged"))


@dataclass(frozen=True)
class ReplayFetcher:
    """A fetcher that reads the newest snapshots instead of the network, for `--replay`."""

    store: SnapshotStore

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """Return the newest snapshots of a resource; raises `FetchError` when there are none and it is not optional."""
        del previous
        kept = self.store.latest(source_id, resource.name)
        if not kept and not resource.is_optional:
            raise FetchError(
                f"{source_id}/{resource.name}",
                f"no bytes are kept under {self.store.folder}",
                hint="Run `metaboard refresh` without `--replay` first.",
            )
        return kept


def _group_by_fetch(history: Iterable[Snapshot]) -> list[list[Snapshot]]:
    """Return the lines of each fetch of one resource, oldest first; a fetch writes the lines of its files in a row."""
    fetches: list[list[Snapshot]] = []
    for snapshot in history:
        if not fetches or starts_new_fetch(snapshot, fetches[-1]):
            fetches.append([])
        fetches[-1].append(snapshot)
    return fetches


def starts_new_fetch(snapshot: Snapshot, pending: Collection[Snapshot]) -> bool:
    """Return whether `snapshot` belongs to another fetch of its resource than the files `pending`.

    That is so when its file comes again, the time or the number of files differs, or no file is missing.
    """
    first = next(iter(pending))
    same_fetch = (snapshot.retrieved_at, file_count(snapshot)) == (first.retrieved_at, file_count(first))
    is_repeated = any(snapshot.resource == one.resource for one in pending)
    return is_repeated or not same_fetch or len(pending) == file_count(first)


def file_count(snapshot: Snapshot) -> int:
    """Return the number of files of the fetch of `snapshot`: of the set, or of the shards (`…-of-00004`), or one."""
    if snapshot.parts is not None:
        return snapshot.parts
    shard = SHARD_COUNT.search(snapshot.resource.partition("/")[2])
    return int(shard[1]) if shard else 1


def _record(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "source": snapshot.source,
        "resource": snapshot.resource,
        "url": snapshot.url,
        "sha256": snapshot.sha256,
        "size": snapshot.size,
        "retrieved_at": snapshot.retrieved_at.astimezone(UTC).isoformat(),
        "etag": snapshot.etag,
        "last_modified": snapshot.last_modified,
        "revision": snapshot.revision,
        **({} if snapshot.parts is None else {"parts": snapshot.parts}),
        **({} if snapshot.listed_by is None else {"listed_by": snapshot.listed_by}),
    }


def parse_record(record: Mapping[str, Any]) -> Snapshot | None:
    """Return the snapshot of one line of provenance, or None for an invalid line."""
    try:
        return Snapshot(
            source=record["source"],
            resource=record["resource"],
            url=record["url"],
            sha256=Sha256(record["sha256"]),
            size=int(record["size"]),
            retrieved_at=datetime.fromisoformat(record["retrieved_at"]).astimezone(UTC),
            etag=record.get("etag"),
            last_modified=record.get("last_modified"),
            revision=record.get("revision"),
            parts=None if record.get("parts") is None else int(record["parts"]),
            listed_by=record.get("listed_by"),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def edition_digest(snapshots: Sequence[Snapshot]) -> str:
    """Return the digest of an edition: that of its one file, or one digest over the names and digests of several."""
    if len(snapshots) == 1:
        return snapshots[0].sha256
    return sha256_hex("\n".join(sorted(f"{one.resource} {one.sha256}" for one in snapshots)).encode())
