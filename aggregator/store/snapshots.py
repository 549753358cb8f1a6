"""Snapshots: the bytes of each fetched resource under their SHA-256, with their provenance.

::

    HOME/snapshots/provenance.jsonl       one line for each fetched file, oldest first
    HOME/snapshots/<sha[:2]>/<sha256>     the bytes, written once
"""

import re
from collections.abc import Sequence
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

    A host can split a resource into shards. Each shard is then a snapshot of its own, and the `resource` field of the
    snapshot is `<resource>/<file name of the shard>`.
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
        """Return the newest complete fetch of a resource, all shards in order; empty when there is none."""
        fetches: dict[tuple[datetime, int], dict[str, Snapshot]] = {}
        for snapshot in self.history(source, resource):
            fetch = (snapshot.retrieved_at, shard_count(snapshot))
            fetches[fetch] = {**fetches.pop(fetch, {}), snapshot.resource: snapshot}
        for shards in reversed(fetches.values()):
            found = tuple(shards[name] for name in sorted(shards))
            if len(found) == shard_count(found[0]) and all(self.has_bytes(snapshot) for snapshot in found):
                return found
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
        snapshots = (_snapshot(record) for record in records if record.get("source") == source)
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
        """Return the newest snapshots of a resource; raises `FetchError` when there are none."""
        del previous
        kept = self.store.latest(source_id, resource.name)
        if not kept:
            raise FetchError(
                f"{source_id}/{resource.name}",
                f"no bytes are kept under {self.store.folder}",
                hint="Run `metaboard refresh` without `--replay` first.",
            )
        return kept


def shard_count(snapshot: Snapshot) -> int:
    """Return the number of shards of the fetch of `snapshot`, from the file name of the shard (`…-of-00004`)."""
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
    }


def _snapshot(record: dict[str, Any]) -> Snapshot | None:
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
        )
    except (KeyError, TypeError, ValueError):
        return None
