"""Group the stored snapshots of a source into complete fetches: all its files, retrieved together."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.model import Snapshot, Source
from aggregator.store.snapshots import SnapshotStore, edition_digest, file_count, starts_new_fetch


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
    def sha256(self) -> str:
        """The digest of the edition, as in `refresh_report.sha256`."""
        return edition_digest(self.snapshots)

    @property
    def key(self) -> str:
        """Time and content hash; identifies the fetch in the history."""
        return f"{self.at:%Y%m%dT%H%M%S.%f}-{self.content}"


def complete_fetches(source: Source, store: SnapshotStore) -> list[Fetch]:
    """Return the complete fetches of `source`, oldest first, without repeats of the same content.

    The store appends the snapshots of one fetch in the order of `source.resources`. A fetch that a crash interrupted
    is left out. An optional resource may be absent.
    """
    return distinct_fetches(fetch for _, fetch in fetch_groups(source, store.all_fetches(source.id)) if fetch)


def distinct_fetches(fetches: Iterable[Fetch]) -> list[Fetch]:
    """Return the fetches, oldest first, without repeats of the same content."""
    return _without_repeats(sorted(fetches, key=lambda fetch: fetch.at))


def fetch_groups(source: Source, snapshots: Iterable[Snapshot]) -> list[tuple[list[Snapshot], Fetch | None]]:
    """Return the snapshots of each fetch of `source` in the order of the store, with the fetch when it is complete."""
    order = {resource.name: position for position, resource in enumerate(source.resources)}
    required = {resource.name for resource in source.resources if not resource.is_optional}
    groups: list[list[Snapshot]] = []
    for snapshot in snapshots:
        if _resource(snapshot) not in order:
            continue
        if not groups or _starts_new_fetch(snapshot, groups[-1], order):
            groups.append([])
        groups[-1].append(snapshot)
    found: list[tuple[list[Snapshot], Fetch | None]] = []
    for group in groups:
        # Every fetch has a line for an optional resource, also if it is absent, once the source declares it.
        fetched = {_resource(one) for one in group}
        found.append((group, _complete_fetch(group, order) if required <= fetched else None))
        required |= fetched
    return found


def _starts_new_fetch(snapshot: Snapshot, pending: Sequence[Snapshot], order: Mapping[str, int]) -> bool:
    """Return whether `snapshot` is not of the fetch `pending`: its resource comes earlier, or is fetched again."""
    resource = _resource(snapshot)
    if order[resource] != order[_resource(pending[-1])]:
        return order[resource] < order[_resource(pending[-1])]
    return starts_new_fetch(snapshot, [one for one in pending if _resource(one) == resource])


def _complete_fetch(group: Sequence[Snapshot], order: Mapping[str, int]) -> Fetch | None:
    """Return the files of `group` as a fetch, or None if a file of a resource is missing."""
    files = [snapshot for snapshot in group if snapshot.parts != 0]
    if not files or not _has_all_files(files):
        return None
    return Fetch(tuple(sorted(files, key=lambda one: (order[_resource(one)], one.resource))))


def _without_repeats(fetches: list[Fetch]) -> list[Fetch]:
    pairs = zip([None, *fetches], fetches, strict=False)
    return [fetch for before, fetch in pairs if before is None or before.content != fetch.content]


def _resource(snapshot: Snapshot) -> str:
    """Return the name of the resource; a file of several is named `resource/file`."""
    return snapshot.resource.partition("/")[0]


def _has_all_files(snapshots: Iterable[Snapshot]) -> bool:
    """Return whether every split file and every set has all its files."""
    parts: dict[str, list[Snapshot]] = {}
    for snapshot in snapshots:
        parts.setdefault(_resource(snapshot), []).append(snapshot)
    return all(len(found) == file_count(found[0]) for found in parts.values())
