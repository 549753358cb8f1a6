"""How fresh everything is, told from what is on disk, so that it can be asked from outside of the schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.model import Snapshot, Source
from aggregator.query import queries
from aggregator.query.queries import Row
from aggregator.sources import registered
from aggregator.store import lock
from aggregator.store.generations import Home
from aggregator.store.lock import Holder
from aggregator.store.snapshots import SnapshotStore

UNSEEN_AFTER = timedelta(hours=50)
"""Two nights without a good fetch, and some time for a slow one."""

STALE_DAYS: Mapping[str, int] = {"arena_text": 30, "arena_text_style_control": 30}
"""Chatbot Arena dates its editions and has one every week or two."""

OTHER_STALE_DAYS = 180
"""MTEB has no date of its own: its age is that of the newest model on it."""


@dataclass(frozen=True)
class SourceState:
    """How fresh one leaderboard is."""

    source: str
    state: str
    """`fresh`, `archive`, `stale`, `unseen`, `kept`, `refused` or `missing`; see `docs/schedule.md`."""
    published_on: date | None
    age_days: int | None
    limit_days: int | None
    """How old its edition may become; null for an archive."""
    last_good_at: datetime | None
    """When its host last gave the bytes that are published."""
    checked_at: datetime | None
    """When its host last gave anything."""
    fetches: int
    """How many different files are kept."""
    kept_bytes: int
    message: str | None

    @property
    def needs_a_person(self) -> bool:
        """Whether this is more than a night that went well."""
        return self.state not in ("fresh", "archive")


@dataclass(frozen=True)
class HomeState:
    """How fresh a home directory is."""

    home: Path
    generation: str
    created_at: datetime
    generations: int
    holder: Holder | None
    sources: tuple[SourceState, ...]

    @property
    def needs_a_person(self) -> bool:
        """Whether any leaderboard does."""
        return any(source.needs_a_person for source in self.sources)


def status(home: Path, now: datetime | None = None, stale_days: int | None = None) -> HomeState:
    """Look at `home`; `stale_days` stands in for every limit. Raises `StorageError` where nothing is published."""
    now = now or datetime.now(UTC)
    place = Home(home)
    with queries.opened(home) as connection:
        report = {str(row["source"]): row for row in queries.rows(connection, "from refresh_report")}
    current = place.current
    manifest = current.manifest() if current else {}
    store = SnapshotStore(home)
    holder = lock.noted(home)
    asked = _Asked(now, stale_days)
    return HomeState(
        home,
        str(manifest.get("generation")),
        datetime.fromisoformat(str(manifest.get("created_at"))),
        len(place.generations()),
        holder if holder and holder.is_alive else None,
        tuple(
            asked.source(source, report.get(source.id), store.everything(source.id), _published(manifest, source))
            for source in registered()
        ),
    )


def _published(manifest: Mapping[str, Any], source: Source) -> frozenset[str]:
    """Return the hashes of the files that the current generation rests on."""
    entry = manifest.get("sources", {}).get(source.id, {})
    return frozenset(str(file["sha256"]) for file in entry.get("files", ()))


@dataclass(frozen=True)
class _Asked:
    """When the question was asked, and by which limit."""

    now: datetime
    stale_days: int | None

    def source(
        self, source: Source, row: Row | None, lines: Sequence[Snapshot], published: frozenset[str]
    ) -> SourceState:
        """Return the state of one source: its row of the refresh report, and the lines of its fetches."""
        last_good = max((line.retrieved_at for line in lines if line.sha256 in published), default=None)
        published_on = row["published_on"] if row else None
        age = (self.now.date() - published_on).days if isinstance(published_on, date) else None
        limit = None if source.frozen_on else self._limit(source)
        sizes = {line.sha256: line.size for line in lines}
        return SourceState(
            source=source.id,
            state=self._unread(source, row) or self._age(age, limit, last_good),
            published_on=published_on if isinstance(published_on, date) else None,
            age_days=age,
            limit_days=limit,
            last_good_at=last_good,
            checked_at=max((line.retrieved_at for line in lines), default=None),
            fetches=len(sizes),
            kept_bytes=sum(sizes.values()),
            message=_message(row),
        )

    def _limit(self, source: Source) -> int:
        return STALE_DAYS.get(source.id, OTHER_STALE_DAYS) if self.stale_days is None else self.stale_days

    @staticmethod
    def _unread(source: Source, row: Row | None) -> str | None:
        """Return the state of a source whose rows are not of the last night, or never change."""
        if row is None:
            return "missing"
        if row["status"] == "refused":
            return "refused"
        if source.frozen_on:
            return "archive"
        return None if row["status"] == "fresh" else "kept"

    def _age(self, age: int | None, limit: int | None, last_good: datetime | None) -> str:
        if last_good is None or self.now - last_good > UNSEEN_AFTER:
            return "unseen"
        return "stale" if age is not None and limit is not None and age > limit else "fresh"


def _message(row: Row | None) -> str | None:
    if row is None:
        return "the current generation knows nothing of it"
    return None if row["message"] is None else str(row["message"])
