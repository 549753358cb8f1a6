"""Report the freshness of every leaderboard from the files in a home directory, without a running schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.errors import StorageError
from aggregator.model import Snapshot, Source
from aggregator.pipeline.boards import read_boards
from aggregator.pipeline.decisions import refusals
from aggregator.pipeline.refusals import Refusal
from aggregator.query import queries
from aggregator.query.queries import Row
from aggregator.store import lock
from aggregator.store.generations import REFRESH_REPAIRS, Home
from aggregator.store.lock import Holder
from aggregator.store.snapshots import SnapshotStore

UNSEEN_AFTER = timedelta(hours=50)
"""Two nights without a good fetch, and two hours for a slow one."""

STALE_DAYS: Mapping[str, int] = {"arena_text": 30, "arena_text_style_control": 30}
"""Chatbot Arena dates its editions and publishes one every week or two."""

OTHER_STALE_DAYS = 180
"""MTEB has no date of its own: its age is the age of its newest model."""


@dataclass(frozen=True)
class SourceState:
    """The freshness of one leaderboard."""

    source: str
    state: str
    """`fresh`, `archive`, `stale`, `unseen`, `kept`, `refused` or `missing`; see `docs/schedule.md`."""
    published_on: date | None
    age_days: int | None
    limit_days: int | None
    """The greatest age of an edition that is not stale; None for an archive."""
    last_good_at: datetime | None
    """The time of the last fetch that returned the published bytes."""
    checked_at: datetime | None
    """The time of the last fetch that returned any bytes."""
    fetches: int
    """The number of different files that are kept."""
    kept_bytes: int
    message: str | None
    refusal: Refusal | None = None
    """The edition that is kept back, from the decisions log."""

    @property
    def needs_a_person(self) -> bool:
        """Whether the state is other than `fresh` or `archive`."""
        return self.state not in ("fresh", "archive")

    def to_json(self, home: Path) -> dict[str, Any]:
        """Return all fields; `home` is the home directory, for the command that accepts a refused edition."""
        refusal = self.refusal.to_json(home) if self.refusal else None
        return {**vars(self), "refusal": refusal, "needs_a_person": self.needs_a_person}


@dataclass(frozen=True)
class HomeState:
    """The freshness of a home directory."""

    home: Path
    generation: str
    created_at: datetime
    generations: int
    holder: Holder | None
    """The process that holds the lock."""
    sources: tuple[SourceState, ...]

    @property
    def needs_a_person(self) -> bool:
        """Whether any leaderboard needs a person."""
        return any(source.needs_a_person for source in self.sources)


def status(home: Path, now: datetime | None = None, stale_days: int | None = None) -> HomeState:
    """Return the freshness of `home`; `stale_days` replaces every limit. Raises `StorageError` without a generation."""
    now = now or datetime.now(UTC)
    boards = read_boards(home)
    with queries.open_current(home) as connection:
        report = {str(row["source"]): row for row in queries.fetch_rows(connection, "from refresh_report")}
    current = Home(home).current
    if current is None or not current.created_at:
        raise StorageError(f"{home / 'current'} is no whole generation", hint=REFRESH_REPAIRS)
    manifest = current.manifest()
    store, kept_back = SnapshotStore(home), refusals(home)
    holder = lock.read_holder(home)
    limits = _Limits(now, stale_days)
    return HomeState(
        home,
        str(manifest.get("generation")),
        datetime.fromisoformat(current.created_at),
        len(Home(home).generations()),
        holder if holder and holder.is_alive else None,
        tuple(
            _with_refusal(
                limits.source_state(
                    source, report.get(source.id), store.all_fetches(source.id), _published_digests(manifest, source)
                ),
                kept_back.get(source.id),
            )
            for source in (*boards.on, *(failed.source for failed in boards.left_out))
        ),
    )


def _with_refusal(state: SourceState, refusal: Refusal | None) -> SourceState:
    """Return the state with the edition that is kept back, also when the current generation is older than the refusal."""
    if refusal is None:
        return state
    known = state.state if state.state in ("kept", "refused", "missing") else "kept"
    sentences = (state.message or refusal.sentence, refusal.standstill)
    return replace(state, state=known, refusal=refusal, message=" ".join(filter(None, sentences)))


def _published_digests(manifest: Mapping[str, Any], source: Source) -> frozenset[str]:
    """Return the digests of the source's files in the current generation."""
    entry = manifest.get("sources", {}).get(source.id, {})
    return frozenset(str(file["sha256"]) for file in entry.get("files", ()))


@dataclass(frozen=True)
class _Limits:
    """The time of the report and the limit that replaces those of the leaderboards."""

    now: datetime
    stale_days: int | None

    def source_state(
        self, source: Source, row: Row | None, fetches: Sequence[Snapshot], published: frozenset[str]
    ) -> SourceState:
        """Return the state of one source from its row of the refresh report and its fetches."""
        last_good = max((fetch.retrieved_at for fetch in fetches if fetch.sha256 in published), default=None)
        published_on = row["published_on"] if row else None
        age = (self.now.date() - published_on).days if isinstance(published_on, date) else None
        limit = None if source.frozen_on else self._limit_days(source)
        sizes = {fetch.sha256: fetch.size for fetch in fetches if fetch.parts != 0}
        return SourceState(
            source=source.id,
            state=_state_in_report(source, row) or self._state_by_age(age, limit, last_good),
            published_on=published_on if isinstance(published_on, date) else None,
            age_days=age,
            limit_days=limit,
            last_good_at=last_good,
            checked_at=max((fetch.retrieved_at for fetch in fetches), default=None),
            fetches=len(sizes),
            kept_bytes=sum(sizes.values()),
            message=_message(row),
        )

    def _limit_days(self, source: Source) -> int:
        return STALE_DAYS.get(source.id, OTHER_STALE_DAYS) if self.stale_days is None else self.stale_days

    def _state_by_age(self, age: int | None, limit: int | None, last_good: datetime | None) -> str:
        if last_good is None or self.now - last_good > UNSEEN_AFTER:
            return "unseen"
        return "stale" if age is not None and limit is not None and age > limit else "fresh"


def _state_in_report(source: Source, row: Row | None) -> str | None:
    """Return the state of a source that is missing, not fresh in the report, or an archive; else None."""
    if row is None:
        return "missing"
    if row["status"] == "refused":
        return "refused"
    if source.frozen_on:
        return "archive"
    return None if row["status"] == "fresh" else "kept"


def _message(row: Row | None) -> str | None:
    if row is None:
        return "the current generation does not have this source"
    return None if row["message"] is None else str(row["message"])
