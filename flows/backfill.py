"""History from kept bytes: every fetch that was ever kept is one more edition of its leaderboard, read in its order.

A refresh adds the fetch it just made (`remember`). `backfill` looks at every fetch that left bytes: those of nights
before this was kept, of a home directory that was copied, or read wrongly by an older version (`again`).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.errors import MetaboardError, StorageError
from aggregator.model import Parsed, RankRule, Snapshot, Source
from aggregator.pipeline import steps
from aggregator.pipeline.reading import Reading
from aggregator.sources import registered
from aggregator.store.generations import Home
from aggregator.store.history import PAST, Past, PastStore
from aggregator.store.snapshots import SnapshotStore, promised

OVERALL = "overall"
BUILDING = ".rebuilt"
"""A past that is being made anew stands beside the one in use until it is complete."""


@dataclass(frozen=True)
class Fetch:
    """One complete fetch of all files of a source."""

    snapshots: tuple[Snapshot, ...]

    @property
    def at(self) -> datetime:
        """When its last file was retrieved, UTC without zone."""
        return max(snapshot.retrieved_at for snapshot in self.snapshots).astimezone(UTC).replace(tzinfo=None)

    @property
    def content(self) -> str:
        """One hash over the files."""
        lines = (f"{snapshot.resource} {snapshot.sha256}" for snapshot in self.snapshots)
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]

    @property
    def key(self) -> str:
        """What and when, as one word."""
        return f"{self.at:%Y%m%dT%H%M%S.%f}-{self.content}"


def fetches(source: Source, store: SnapshotStore) -> list[Fetch]:
    """Return the complete fetches of `source`, oldest first; the same bytes again right after are no news.

    The lines of a fetch stand together in the order of `source.resources`; one that a crash cut short is left out.
    """
    order = {resource.name: place for place, resource in enumerate(source.resources)}
    lines = [snapshot for snapshot in store.everything(source.id) if _base(snapshot) in order]
    found: list[Fetch] = []
    pending: dict[str, Snapshot] = {}
    for snapshot in lines:
        if _begins_anew(snapshot, pending):
            pending = {}
        pending[snapshot.resource] = snapshot
        if {_base(one) for one in pending.values()} == set(order) and _whole(pending.values()):
            found.append(Fetch(tuple(sorted(pending.values(), key=lambda one: (order[_base(one)], one.resource)))))
            pending = {}
    in_time = sorted(found, key=lambda fetch: fetch.at)
    return [fetch for before, fetch in zip([None, *in_time], in_time, strict=False) if _is_news(before, fetch)]


def _begins_anew(snapshot: Snapshot, pending: Mapping[str, Snapshot]) -> bool:
    """Return whether the lines before are of a fetch that was cut short: a file again, or its parts cut otherwise."""
    same_file = [one for one in pending.values() if _base(one) == _base(snapshot)]
    return snapshot.resource in pending or any(promised(one) != promised(snapshot) for one in same_file)


def _is_news(before: Fetch | None, fetch: Fetch) -> bool:
    return before is None or before.content != fetch.content


def _base(snapshot: Snapshot) -> str:
    return snapshot.resource.partition("/")[0]


def _whole(snapshots: Iterable[Snapshot]) -> bool:
    """Return whether every file that is split has all its parts."""
    parts: dict[str, list[Snapshot]] = {}
    for snapshot in snapshots:
        parts.setdefault(_base(snapshot), []).append(snapshot)
    return all(len(found) == promised(found[0]) for found in parts.values())


def rows_of(source: Source, parsed: Parsed, at: datetime) -> pl.DataFrame:
    """Return what a fetch says of its editions (`schema.HISTORY`): the board's own past, or its current overall table.

    An edition without a date has the day of its retrieval.
    """
    if parsed.history is not None:
        return parsed.history
    by_score = source.rank_rule is RankRule.SCORE
    rank = pl.col("board_score").rank("min", descending=True) if by_score else pl.col("board_rank")
    table = parsed.entries.select(
        source=pl.lit(source.id),
        benchmark=pl.lit(f"{source.id}/{OVERALL}"),
        raw_name="raw_name",
        published_on=pl.col("published_on").fill_null(pl.lit(at.date())),
        rank=rank,
        score="board_score",
        score_low="board_score_low",
        score_high="board_score_high",
        votes=pl.lit(None, dtype=pl.Int64),
    )
    return schema.frame(schema.HISTORY, table.filter(pl.col("rank").is_not_null()))


@dataclass(frozen=True)
class Memory:
    """What all sources said so far, for the tables of one generation."""

    rows: pl.DataFrame = field(default_factory=lambda: schema.frame(PAST))
    names: pl.DataFrame = field(default_factory=lambda: schema.frame(schema.NAMES))
    digest: str = ""


def remember(home: Path, readings: Sequence[Reading]) -> Memory:
    """Add the fresh readings to the past of their sources and return all of it.

    The fetch that a reading rests on is the last that left lines. One that is older than what is known already, as
    from an old mirror, waits for `backfill`, which reads in the order of time.
    """
    pasts, snapshots = PastStore(home), SnapshotStore(home)
    known = {}
    for reading in readings:
        past = pasts.load(reading.source.id)
        kept = fetches(reading.source, snapshots)
        if kept and kept[-1].key not in past.seen:
            added = _with_reading(past, kept[-1], reading)
            if added is not past:
                pasts.save(reading.source.id, added)
            past = added
        known[reading.source.id] = past
    return _memory(known)


def _with_reading(past: Past, fetch: Fetch, reading: Reading) -> Past:
    if reading.status != "fresh" or reading.parsed is None:
        return past.without(fetch.key)
    held = {snapshot.sha256 for snapshot in reading.snapshots}
    if {snapshot.sha256 for snapshot in fetch.snapshots} != held or (past.at and fetch.at < past.at):
        return past
    return past.with_fetch(
        fetch.key, rows_of(reading.source, reading.parsed, fetch.at), steps.names([reading]), fetch.at
    )


def _memory(known: Mapping[str, Past]) -> Memory:
    lines = (f"{source} {' '.join(past.folded)}" for source, past in sorted(known.items()))
    return Memory(
        pl.concat([schema.frame(PAST), *(past.rows for past in known.values())]),
        pl.concat([schema.frame(schema.NAMES), *(past.names for past in known.values())]),
        hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    )


@dataclass(frozen=True)
class Filled:
    """What a backfill did for one source."""

    source: str
    kept: int
    """Fetches that left bytes, the same bytes counted once."""
    added: int
    refused: int
    dates: int
    """Dates that the history of the source now has."""
    first_on: date | None
    last_on: date | None


def backfill(home: Path, say: Callable[[str], None], *, again: bool = False) -> tuple[list[Filled], Memory]:
    """Add every kept fetch of every source to its past, in the order of time; says how far it is.

    Each fetch is kept as soon as it was read, so an interrupted backfill goes on where it stopped. With `again`
    everything is read anew; the past in use stays until the new one is complete. Raises `BusyError`, `StorageError`.
    """
    with Home(home).lease():
        pasts, snapshots = PastStore(home), SnapshotStore(home)
        filled = [_fill(source, pasts, snapshots, say, again=again) for source in registered()]
        return filled, _memory({source.id: pasts.load(source.id) for source in registered()})


def _fill(
    source: Source, pasts: PastStore, snapshots: SnapshotStore, say: Callable[[str], None], *, again: bool
) -> Filled:
    kept = [fetch for fetch in fetches(source, snapshots) if all(map(snapshots.holds, fetch.snapshots))]
    past, place = pasts.load(source.id), source.id
    if again or _is_out_of_order(past, kept):
        place = source.id + BUILDING
        past = _resumed(pasts.load(place), past.refused, kept)
    todo = [fetch for fetch in kept if fetch.key not in past.seen and not (past.at and fetch.at < past.at)]
    refused = len(past.refused)
    for number, fetch in enumerate(todo, 1):
        say(f"{source.id}: fetch {number} of {len(todo)}, of {fetch.at:%Y-%m-%d %H:%M} UTC …")
        past = _with_bytes(past, source, fetch, snapshots, say)
        pasts.save(place, past)
    if place != source.id:
        pasts.save(source.id, past)
        pasts.forget(place)
    dates, new = sorted(set(past.rows["published_on"])), len(past.refused) - refused
    first_on, last_on = (dates[0], dates[-1]) if dates else (None, None)
    return Filled(source.id, len(kept), len(todo) - new, new, len(dates), first_on, last_on)


def _is_out_of_order(past: Past, kept: Sequence[Fetch]) -> bool:
    """Return whether a kept fetch is missing that is older than what was added, though all that was added is kept."""
    have = {fetch.key for fetch in kept}
    older = [fetch for fetch in kept if fetch.key not in past.seen and past.at and fetch.at < past.at]
    return bool(older) and have.issuperset(past.folded)


def _resumed(begun: Past, refused: tuple[str, ...], kept: Sequence[Fetch]) -> Past:
    """Return the rebuild that was begun, where what it holds is the beginning of what is kept; else an empty one."""
    wanted = [fetch.key for fetch in kept if fetch.key not in begun.refused]
    is_beginning = list(begun.folded) == wanted[: len(begun.folded)]
    return begun if begun.folded and is_beginning else Past(refused=refused)


def _with_bytes(past: Past, source: Source, fetch: Fetch, snapshots: SnapshotStore, say: Callable[[str], None]) -> Past:
    """Read the kept bytes of one fetch; those that are gone or are not the board are passed over, and that is said."""
    try:
        parsed = source.parse({one.resource: snapshots.read(one) for one in fetch.snapshots})
    except MetaboardError as refusal:
        say(f"{source.id}: the fetch of {fetch.at:%Y-%m-%d %H:%M} UTC is passed over: {refusal.headline}")
        # Bytes that a disk lost for now may come back; bytes that are no edition never become one.
        return past if isinstance(refusal, StorageError) else past.without(fetch.key)
    reading = Reading(source, "fresh", fetch.snapshots, parsed)
    return past.with_fetch(fetch.key, rows_of(source, parsed, fetch.at), steps.names([reading]), fetch.at)
