"""Bytes on disk under their sha256, and one line of provenance for each fetch; a replay is a read.

::

    HOME/snapshots/provenance.jsonl       one line a fetched file, oldest first
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
from aggregator.store.files import append_line, digest, read_lines, step, storage, write_atomically

SHARD_COUNT = re.compile(r"-of-(\d+)")
AGAIN = "Run `metaboard refresh` again: what is damaged is set aside and fetched anew."


@dataclass(frozen=True)
class SnapshotStore:
    """The kept bytes of every fetch under one home directory.

    A file that the host splits is kept shard by shard: the snapshot's `resource` is then
    `<resource>/<file name of the shard>`, and `<resource>` alone where there is one file.
    """

    root: Path

    @property
    def folder(self) -> Path:
        """Where the bytes lie."""
        return self.root / "snapshots"

    @property
    def provenance(self) -> Path:
        """The file that says where the bytes came from."""
        return self.folder / "provenance.jsonl"

    def path(self, snapshot: Snapshot) -> Path:
        """Return where the bytes of `snapshot` lie."""
        if not re.fullmatch(r"[0-9a-f]{64}", snapshot.sha256):
            raise StorageError(f"{snapshot.source}/{snapshot.resource}: {snapshot.sha256!r} is no sha256")
        return self.folder / snapshot.sha256[:2] / snapshot.sha256

    def keep(self, snapshot: Snapshot) -> Snapshot:
        """Keep the bytes of `snapshot` and where they came from; returns it without its bytes.

        A snapshot without bytes says that the host vouched for bytes kept before; these are
        verified. Raises `StorageError` when the disk is full or read-only, or when bytes and
        sha256 disagree; what was kept before stays whole.
        """
        step("keep")
        what = f"{snapshot.source}/{snapshot.resource}"
        if snapshot.content and digest(snapshot.content) != snapshot.sha256:
            raise StorageError(f"{what}: the bytes are not those of sha256 {snapshot.sha256}")
        with storage(
            f"keep {what} ({snapshot.size} bytes) under {self.folder}",
            hint="Everything that was kept before is whole. Free some space, then run `metaboard refresh` again.",
        ):
            status = self._write(snapshot) if snapshot.content else self._vouch(snapshot)
            append_line(self.provenance, {**_record(snapshot), "status": status})
        return replace(snapshot, content=b"")

    def read(self, snapshot: Snapshot) -> bytes:
        """Return the kept bytes; raises `StorageError` naming the file when they are missing or changed."""
        path = self.path(snapshot)
        with storage(f"read the kept bytes of {snapshot.source}/{snapshot.resource}", hint=AGAIN):
            content = path.read_bytes()
        if digest(content) != snapshot.sha256:
            self._set_aside(path)
            raise StorageError(
                f"{path}: the kept bytes of {snapshot.source}/{snapshot.resource} changed on disk", hint=AGAIN
            )
        return content

    def latest(self, source: str, resource: str) -> tuple[Snapshot, ...]:
        """Return the newest kept fetch of a resource, all shards in order; empty when nothing whole is kept."""
        fetches: dict[tuple[datetime, int], dict[str, Snapshot]] = {}
        for snapshot in self.history(source, resource):
            fetch = (snapshot.retrieved_at, promised(snapshot))
            fetches[fetch] = {**fetches.pop(fetch, {}), snapshot.resource: snapshot}
        for shards in reversed(fetches.values()):
            found = tuple(shards[name] for name in sorted(shards))
            if len(found) == promised(found[0]) and all(self._is_kept(snapshot) for snapshot in found):
                return found
        return ()

    def history(self, source: str, resource: str) -> list[Snapshot]:
        """Return every fetch of a resource that left a line, oldest first."""
        return [
            snapshot
            for snapshot in self.everything(source)
            if snapshot.resource == resource or snapshot.resource.startswith(f"{resource}/")
        ]

    def everything(self, source: str) -> list[Snapshot]:
        """Return every fetch of every file of `source` that left a line, in the order of the lines."""
        with storage(f"read {self.provenance}"):
            records = read_lines(self.provenance)
        snapshots = (_snapshot(record) for record in records if record.get("source") == source)
        return [snapshot for snapshot in snapshots if snapshot]

    def holds(self, snapshot: Snapshot) -> bool:
        """Return whether bytes of the right size are kept."""
        return self._is_kept(snapshot)

    def _write(self, snapshot: Snapshot) -> str:
        path = self.path(snapshot)
        if self._is_kept(snapshot) and digest(path.read_bytes()) == snapshot.sha256:
            return "known"
        write_atomically(path, snapshot.content)
        return "new"

    def _vouch(self, snapshot: Snapshot) -> str:
        self.read(snapshot)
        return "not modified"

    def _is_kept(self, snapshot: Snapshot) -> bool:
        try:
            return self.path(snapshot).stat().st_size == snapshot.size
        except (OSError, StorageError):
            return False

    @staticmethod
    def _set_aside(path: Path) -> None:
        """Let the next fetch find nothing here, so that it asks for the bytes and not whether they changed."""
        with suppress(OSError):
            path.replace(path.with_suffix(".damaged"))


@dataclass(frozen=True)
class Replay:
    """A fetcher that answers every question from kept bytes, for `--replay`."""

    store: SnapshotStore

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """Return what was kept last; raises `FetchError` when that is nothing."""
        del previous
        kept = self.store.latest(source_id, resource.name)
        if not kept:
            raise FetchError(
                f"{source_id}/{resource.name}",
                f"no bytes are kept under {self.store.folder}",
                hint="Run `metaboard refresh` once without --replay.",
            )
        return kept


def promised(snapshot: Snapshot) -> int:
    """Return how many parts the fetch of `snapshot` has, as the name of a part says it."""
    part = SHARD_COUNT.search(snapshot.resource.partition("/")[2])
    return int(part[1]) if part else 1


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
    """Return the snapshot of one line, or None where the line is not one of ours."""
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
