"""Group the stored snapshots of a source into complete fetches: all its files, retrieved together."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.model import Snapshot, Source
from aggregator.store.snapshots import SnapshotStore, shard_count


@dataclass(frozen=True)
class Fetch:
    """One complete fetch of all files of a source."""

    snapshots: tuple[Snapshot, ...]

    @property
    def at(self) -> datetime:
        """The time of the last retrieval, UTC without zone."""
        return max(snapshot.retrieved_at for snapshot in self.snapshots).astimezone(UTC).replace(tzinfo=None)

    @property
    def content(self) -> str:
        """One hash over the files."""
        lines = (f"{snapshot.resource} {snapshot.sha256}" for snapshot in self.snapshots)
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]

    @property
    def key(self) -> str:
        """Time and content hash; identifies the fetch in the history."""
        return f"{self.at:%Y%m%dT%H%M%S.%f}-{self.content}"


def complete_fetches(source: Source, store: SnapshotStore) -> list[Fetch]:
    """Return the complete fetches of `source`, oldest first, without repeats of the same content.

    The store appends the snapshots of one fetch in the order of `source.resources`. A fetch that a crash interrupted
    is left out.
    """
    order = {resource.name: position for position, resource in enumerate(source.resources)}
    found: list[Fetch] = []
    pending: dict[str, Snapshot] = {}
    for snapshot in store.all_fetches(source.id):
        if _resource(snapshot) not in order:
            continue
        if _starts_new_fetch(snapshot, pending):
            pending = {}
        pending[snapshot.resource] = snapshot
        if {_resource(one) for one in pending.values()} == set(order) and _has_all_parts(pending.values()):
            found.append(Fetch(tuple(sorted(pending.values(), key=lambda one: (order[_resource(one)], one.resource)))))
            pending = {}
    return _without_repeats(sorted(found, key=lambda fetch: fetch.at))


def _starts_new_fetch(snapshot: Snapshot, pending: Mapping[str, Snapshot]) -> bool:
    """Return whether the pending fetch was interrupted: its file comes again, or has another number of parts."""
    same_file = [one for one in pending.values() if _resource(one) == _resource(snapshot)]
    return snapshot.resource in pending or any(shard_count(one) != shard_count(snapshot) for one in same_file)


def _without_repeats(fetches: list[Fetch]) -> list[Fetch]:
    pairs = zip([None, *fetches], fetches, strict=False)
    return [fetch for before, fetch in pairs if before is None or before.content != fetch.content]


def _resource(snapshot: Snapshot) -> str:
    """Return the name of the resource; the snapshot of a part is named `resource/part`."""
    return snapshot.resource.partition("/")[0]


def _has_all_parts(snapshots: Iterable[Snapshot]) -> bool:
    """Return whether every split file has all its parts."""
    parts: dict[str, list[Snapshot]] = {}
    for snapshot in snapshots:
        parts.setdefault(_resource(snapshot), []).append(snapshot)
    return all(len(found) == shard_count(found[0]) for found in parts.values())
