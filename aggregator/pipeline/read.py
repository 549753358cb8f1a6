"""One source's rows of tonight, if they may stand in place of the last good ones; else those, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from aggregator.errors import SourceError, StorageError
from aggregator.gates import gates
from aggregator.gates.gates import Night, Outcome, Verdict
from aggregator.gates.overrides import Override
from aggregator.gates.statistics import Measure, measure
from aggregator.model import Parsed, Sha256, Snapshot, Source
from aggregator.pipeline.reading import SAID, Fetched, Reading, cause_of, why, without_names
from aggregator.store.snapshots import SnapshotStore

MORE_THAN_A_SAMPLE = 2
"""Who goes on from the bundled sample to a real board, so many times larger, is on a first night."""


@dataclass(frozen=True)
class Standard:
    """What the sources of one night are held against."""

    today: date
    snapshots: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    """The files that the current generation rests on, by source."""
    good: Mapping[str, Sequence[Measure]] = field(default_factory=dict)
    """The good editions, by source, oldest first."""
    overrides: Sequence[Override] = ()
    sample: frozenset[Sha256] = frozenset()
    """The digests of the bundled sample's files."""


def read(fetched: Fetched, store: SnapshotStore, standard: Standard) -> Reading:
    """Parse what was fetched and hold it against the last good edition; where that fails, fall back on that edition.

    Raises `StorageError` or `SourceError` where the last good bytes are needed and cannot be read any more.
    """
    source, last = fetched.source, tuple(standard.snapshots.get(fetched.source.id, ()))
    if fetched.error is not None:
        return _kept(Reading(source, "kept", last, message=why(fetched.error), cause=cause_of(fetched.error)), store)
    try:
        parsed = source.parse(contents(fetched.snapshots, store))
    except SourceError as refusal:
        return _kept(Reading(source, "kept", last, message=why(refusal), cause=cause_of(refusal)), store)
    impossible = gates.impossible(parsed)
    if impossible.height:
        parsed = without_names(parsed, impossible)
    night = _night(source, parsed, fetched.snapshots, store, standard)
    verdicts = gates.judge(night)
    against = [verdict for verdict in verdicts if verdict.outcome is not Outcome.NOTE]
    asked = {(override.source, override.gate): override for override in standard.overrides}
    used = {verdict.gate: asked[source.id, verdict.gate] for verdict in against if (source.id, verdict.gate) in asked}
    closed = [verdict for verdict in against if verdict.gate not in used]
    sentences = tuple(map(str, verdicts))
    if closed:
        return _kept(_held(source, last, closed, sentences), store)
    return Reading(
        source,
        "fresh",
        fetched.snapshots,
        parsed,
        gates=sentences,
        overrides=tuple(used.values()),
        measure=night.now,
    )


def contents(snapshots: Sequence[Snapshot], store: SnapshotStore) -> dict[str, bytes]:
    """Return the bytes by resource name."""
    return {snapshot.resource: store.read(snapshot) for snapshot in snapshots}


def _night(
    source: Source, parsed: Parsed, snapshots: Sequence[Snapshot], store: SnapshotStore, standard: Standard
) -> Night:
    """Return what the rows are held against: nothing but themselves where they are of the last good bytes."""
    before = standard.snapshots.get(source.id, ())
    now = measure(parsed)
    good = standard.good.get(source.id, ())
    moved_on = _digests(before) <= standard.sample and good and now.rows > MORE_THAN_A_SAMPLE * good[-1].rows
    if not before or moved_on or _digests(before) == _digests(snapshots):
        return Night(source, parsed, now, standard.today)
    return Night(
        source,
        parsed,
        now,
        standard.today,
        last=_last_good(source, before, store),
        good=good,
    )


def _digests(snapshots: Sequence[Snapshot]) -> frozenset[Sha256]:
    return frozenset(snapshot.sha256 for snapshot in snapshots)


def _last_good(source: Source, snapshots: Sequence[Snapshot], store: SnapshotStore) -> Parsed | None:
    """Return the last good rows, or None where their bytes cannot be read any more; their counts are still known."""
    try:
        return source.parse(contents(snapshots, store))
    except (SourceError, StorageError):
        return None


def _held(source: Source, last: Sequence[Snapshot], closed: Sequence[Verdict], sentences: tuple[str, ...]) -> Reading:
    one_each = {verdict.gate: str(verdict) for verdict in reversed(closed)}
    message = f"{SAID['gate']}: {source.id}: {'; '.join(reversed(one_each.values()))}"
    return Reading(source, "kept", tuple(last), message=message, cause="gate", gates=sentences)


def _kept(reading: Reading, store: SnapshotStore) -> Reading:
    """Return the last good rows with the reason why they are needed, or a refusal where there are none."""
    if not reading.snapshots:
        return Reading(
            reading.source,
            "refused",
            message=f"{reading.message}; there are no earlier rows to keep",
            cause=reading.cause,
            gates=reading.gates,
        )
    parsed = reading.source.parse(contents(reading.snapshots, store))
    impossible = gates.impossible(parsed)
    parsed = without_names(parsed, impossible) if impossible.height else parsed
    since = max(snapshot.retrieved_at for snapshot in reading.snapshots)
    return Reading(
        reading.source,
        "kept",
        reading.snapshots,
        parsed,
        f"{reading.message}; kept the {parsed.rows_accepted} good rows of {since:%Y-%m-%d %H:%M} UTC",
        reading.cause,
        reading.gates,
        measure=measure(parsed),
    )
