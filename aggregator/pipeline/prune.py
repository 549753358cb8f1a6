"""Remove from a home directory what nothing needs any more.

The history of a leaderboard can be rebuilt afterwards with the same result, also its times of retrieval: the bytes of
every edition that is in the history, or that a person can still accept, stay. Removed are

- generations beyond the limit, never the current one;
- lines of provenance about a content that was fetched again and again: its first and its last fetch stay;
- lines of the decisions log about further nights of a refusal that is over;
- bytes that no line, no kept generation and no history needs: of interrupted fetches, and of editions that a gate
  refused, that nobody accepted, and that the board itself has replaced.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.errors import StorageError
from aggregator.pipeline.boards import read_boards
from aggregator.pipeline.keep_limits import KeepLimits
from aggregator.pipeline.provenance_lines import SourceLines
from aggregator.pipeline.refusals import open_refusals
from aggregator.store.decisions import Decision, DecisionLog, Event, parse_decision
from aggregator.store.files import read_lines, storage_errors, write_atomically
from aggregator.store.generations import Generation, Home
from aggregator.store.layout import DIGEST, SHARD
from aggregator.store.manifest import MANIFEST
from aggregator.store.snapshots import SnapshotStore, parse_record

Record = Mapping[str, Any]
NOTHING_LOST = "What was not removed yet is unchanged. Run `metaboard prune` again."


@dataclass(frozen=True)
class PruneResult:
    """What was removed, or with `dry_run` what would be."""

    bytes_before: int
    """Bytes of snapshots and generations, without the files of readers."""
    bytes_after: int
    generations: tuple[str, ...]
    """Ids of the removed generations."""
    files: int
    """Removed files of snapshots."""
    provenance_lines: int
    decision_lines: int
    is_over_size: bool
    """Whether the rest is larger than the limit: the history and the kept generations need it."""


def prune(home: Path, limits: KeepLimits, *, dry_run: bool = False, now: datetime | None = None) -> PruneResult:
    """Remove what is beyond the limits and what nothing needs any more.

    Raises `LockedError` when another process holds the home directory, and `StorageError` when a file cannot be read
    or written. With `dry_run` nothing is locked or changed.
    """
    place = Home(home)
    if dry_run and not home.is_dir():
        raise StorageError(f"there is no directory {home}", hint="Run `metaboard refresh` first, or give --home.")
    with nullcontext() if dry_run else place.lock():
        plan = _Plan.make(place, limits, now or datetime.now(UTC))
        if not dry_run:
            plan.apply()
        return plan.result


@dataclass(frozen=True)
class _Lines:
    """A file of JSON lines, and which of them stay."""

    path: Path
    records: Sequence[Record]
    kept: Sequence[Record]

    @property
    def removed(self) -> int:
        return len(self.records) - len(self.kept)

    def write(self) -> None:
        """Replace the file when lines are removed; raises `StorageError`."""
        if not self.removed:
            return
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in self.kept)
        with storage_errors(f"write {self.path}", hint=NOTHING_LOST):
            write_atomically(self.path, text.encode())


@dataclass(frozen=True)
class _Plan:
    """What one removal does."""

    home: Home
    limits: KeepLimits
    generations: Sequence[Generation]
    files: Sequence[Path]
    provenance: _Lines
    decisions: _Lines
    sizes: Mapping[Path, int] = field(default_factory=dict)

    @classmethod
    def make(cls, home: Home, limits: KeepLimits, now: datetime) -> "_Plan":
        """Return the plan for the limits; a limit of the size removes more generations, then waits no days."""
        current, kept = home.current, home.generations()
        old = [one for one in kept if current is None or one.id != current.id]
        # The current generation counts, wherever it stands in the order.
        at_most = max(limits.generations - (current is not None), 0)
        first = max(len(old) - at_most, 0)
        plan = cls._with(home, limits, old[:first], now)
        for count in range(first + 1, len(old) + 1):
            if not plan.result.is_over_size:
                return plan
            plan = cls._with(home, limits, old[:count], now)
        return plan if not plan.result.is_over_size else cls._with(home, replace(limits, days=0), plan.generations, now)

    @classmethod
    def _with(cls, home: Home, limits: KeepLimits, removed: Sequence[Generation], now: datetime) -> "_Plan":
        store, log = SnapshotStore(home.root), DecisionLog(home.root)
        since = now - timedelta(days=limits.days)
        with storage_errors("read the provenance and the decisions log"):
            fetched, decided = read_lines(store.provenance), read_lines(log.path)
        decisions = _Lines(log.path, decided, _kept_decisions(decided, since))
        kept_lines, needed = _kept_provenance(fetched, log.read(), store, since)
        gone = {one.id for one in removed}
        needed |= _digests(one for one in home.generations() if one.id not in gone)
        sizes = _sizes(home.root)
        files = [path for path in sizes if _is_needless(path, store.folder, needed, since)]
        return cls(home, limits, removed, files, _Lines(store.provenance, fetched, kept_lines), decisions, sizes)

    @property
    def result(self) -> PruneResult:
        """The counts of the plan."""
        gone = {
            *self.files,
            *(path for path in self.sizes if any(one.path in path.parents for one in self.generations)),
        }
        before, removed = sum(self.sizes.values()), sum(self.sizes[path] for path in gone)
        return PruneResult(
            before,
            before - removed,
            tuple(generation.id for generation in self.generations),
            len(self.files),
            self.provenance.removed,
            self.decisions.removed,
            self.limits.size is not None and before - removed > self.limits.size,
        )

    def apply(self) -> None:
        """Remove the generations, then the lines, then the bytes: a crash in between leaves bytes, never a line too few."""
        for generation in self.generations:
            self.home.remove(generation)
        self.provenance.write()
        self.decisions.write()
        for path in self.files:
            with storage_errors(f"remove {path}", hint=NOTHING_LOST):
                path.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()


def _sizes(root: Path) -> dict[Path, int]:
    """Return the size of every file of the snapshots and the generations."""
    found = {}
    for folder in ("snapshots", "generations"):
        for path in (root / folder).rglob("*"):
            with suppress(OSError):
                if path.is_file() and not path.is_symlink():
                    found[path] = path.stat().st_size
    return found


def _digests(generations: Iterable[Generation]) -> set[str]:
    """Return every SHA-256 in the manifests: the files of the sources, also those of held parts."""
    found: set[str] = set()
    for generation in generations:
        with suppress(OSError):
            text = (generation.path / MANIFEST).read_text(encoding="utf-8", errors="replace")
            found.update(re.findall(r"\b[0-9a-f]{64}\b", text))
    return found


def _is_needless(path: Path, folder: Path, needed: set[str], since: datetime) -> bool:
    """Return whether a file of the snapshots is bytes that nothing needs, or bytes that were damaged long ago."""
    if path.parent.parent != folder or not SHARD.fullmatch(path.parent.name) or not DIGEST.fullmatch(path.stem):
        return False
    if path.suffix == ".damaged":
        with suppress(OSError):
            return path.stat().st_mtime < since.timestamp()
    return not path.suffix and path.name not in needed


def _kept_decisions(records: Sequence[Record], since: datetime) -> list[Record]:
    """Return the lines without further nights of refusals that are over; open refusals stay the same."""
    parsed = [(record, parse_decision(record)) for record in records]
    last_good = {
        decision.source: place
        for place, (_, decision) in enumerate(parsed)
        if decision and decision.event in (Event.PASSED, Event.ACCEPTED)
    }
    kept = [
        (record, decision)
        for place, (record, decision) in enumerate(parsed)
        if decision is None
        or decision.event is not Event.REPEATED
        or decision.at >= since
        or place > last_good.get(decision.source, -1)
    ]
    is_same = open_refusals(_by_source(found for _, found in parsed)) == open_refusals(
        _by_source(found for _, found in kept)
    )
    return [record for record, _ in kept] if is_same else list(records)


def _by_source(decisions: Iterable[Decision | None]) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = {}
    for decision in decisions:
        if decision:
            found.setdefault(decision.source, []).append(decision)
    return found


def _kept_provenance(
    records: Sequence[Record], events: Mapping[str, Sequence[Decision]], store: SnapshotStore, since: datetime
) -> tuple[list[Record], set[str]]:
    """Return the lines that stay, and the digests of the bytes among them that the histories need."""
    parsed = [(record, parse_record(record)) for record in records]
    dropped: set[int] = set()
    refused: dict[str, set[str]] = {}
    for source in read_boards(store.root).register.sources:
        lines = [found for _, found in parsed if found and found.source == source.id]
        plan = SourceLines(source, lines, store, since)
        dropped.update(map(id, plan.needless()))
        refused[source.id] = plan.refused_digests(events.get(source.id, ()))
    kept = [record for record, found in parsed if id(found) not in dropped]
    needed = {
        str(record.get("sha256"))
        for record in kept
        if record.get("sha256") not in refused.get(str(record.get("source")), ())
    }
    return kept, needed
