"""Which lines of provenance of one source, and which bytes, nothing needs any more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.model import Snapshot, Source
from aggregator.pipeline.decisions import is_refused, steps_of
from aggregator.pipeline.fetches import Fetch, distinct_fetches, fetch_groups
from aggregator.store.decisions import Decision, Event
from aggregator.store.snapshots import SnapshotStore


@dataclass(frozen=True)
class SourceLines:
    """The provenance of one source, oldest first."""

    source: Source
    lines: Sequence[Snapshot]
    store: SnapshotStore
    since: datetime

    def needless(self) -> list[Snapshot]:
        """Return the lines that can go: neither the fetches nor what a refresh would use are others without them."""
        groups = fetch_groups(self.source, self.lines)
        kept = set(self._kept_places(groups))
        gone = [one for place, (group, _) in enumerate(groups) if place not in kept for one in group]
        numbers = set(map(id, gone))
        rest = [one for one in self.lines if id(one) not in numbers]
        return gone if self._describe(rest) == self._describe(self.lines) else []

    def _kept_places(self, groups: Sequence[tuple[list[Snapshot], Fetch | None]]) -> Iterator[int]:
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for place, (group, _) in enumerate(groups):
            for one in group:
                name = one.resource.partition("/")[0]
                first.setdefault(name, place)
                last[name] = place
        yield from (*first.values(), *last.values())
        complete = [(place, fetch) for place, (_, fetch) in enumerate(groups) if fetch]
        for at, (place, fetch) in enumerate(complete):
            neighbours = (complete[at - 1 : at] if at else []) + complete[at + 1 : at + 2]
            is_inside = len(neighbours) == 2 and all(other.content == fetch.content for _, other in neighbours)
            if not is_inside:
                yield place
        yield from (place for place, (group, _) in enumerate(groups) if any(self._is_young(one) for one in group))

    def _is_young(self, snapshot: Snapshot) -> bool:
        return snapshot.retrieved_at >= self.since

    def _describe(self, lines: Sequence[Snapshot]) -> tuple[object, ...]:
        """Return what the lines mean: the distinct fetches, and the newest files of each resource."""
        keys = [
            fetch.key for fetch in distinct_fetches(fetch for _, fetch in fetch_groups(self.source, lines) if fetch)
        ]
        given = GivenLines(self.store.root, tuple(lines))
        return keys, [given.latest(self.source.id, resource.name) for resource in self.source.resources]

    def refused_digests(self, decisions: Sequence[Decision]) -> set[str]:
        """Return the digests of old refused editions that nobody accepted and that the board has replaced."""
        groups = fetch_groups(self.source, self.lines)
        fetches = distinct_fetches(fetch for _, fetch in groups if fetch)
        passed = [place for place, fetch in enumerate(fetches) if steps_of(fetch, decisions)]
        accepted = {one.sha256 for one in decisions if one.event is Event.ACCEPTED}
        before = fetches[: passed[-1]] if passed else []
        old = [
            fetch
            for fetch in before
            if is_refused(fetch, decisions)
            and not steps_of(fetch, decisions)
            and fetch.sha256 not in accepted
            and not any(map(self._is_young, fetch.snapshots))
        ]
        unused = {id(fetch) for fetch in old}
        needed: set[str] = {one.sha256 for fetch in fetches if id(fetch) not in unused for one in fetch.snapshots}
        newest: set[str] = {one.sha256 for resource in self.source.resources for one in self._latest(resource.name)}
        unneeded: set[str] = {one.sha256 for fetch in old for one in fetch.snapshots}
        return unneeded - needed - newest

    def _latest(self, resource: str) -> tuple[Snapshot, ...]:
        return GivenLines(self.store.root, tuple(self.lines)).latest(self.source.id, resource)


@dataclass(frozen=True)
class GivenLines(SnapshotStore):
    """The snapshots of a home directory as they would be with these lines of provenance."""

    lines: tuple[Snapshot, ...] = ()

    def all_fetches(self, source: str) -> list[Snapshot]:
        """Return the given lines of `source`."""
        return [line for line in self.lines if line.source == source]
