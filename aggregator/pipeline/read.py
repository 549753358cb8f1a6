"""Parse the fetched files of one source and judge them with the gates; if that fails, use the last good edition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from aggregator.errors import MetaboardError, SourceError, StorageError
from aggregator.gates.overrides import Override
from aggregator.gates.reference import Reference
from aggregator.gates.statistics import EditionStatistics, compute_statistics
from aggregator.gates.verdict import Verdict
from aggregator.model import Parsed, Sha256, Snapshot, Source
from aggregator.pipeline import judge
from aggregator.pipeline.judge import Judgement, Standard, Waivers
from aggregator.pipeline.results import (
    CAUSES,
    NOTHING_KEPT,
    FetchResult,
    HeldParts,
    ReadResult,
    cause_of,
    describe_failure,
    describe_kept,
)
from aggregator.store.snapshots import SnapshotStore, edition_digest

SAMPLE_FACTOR = 2
"""A board with more than this many times the rows of the bundled sample replaces it without a comparison."""

FIRST_NIGHT = "it differs too much from what is known of the board"
"""The message for a first edition that a gate refuses: it is compared with the shipped baseline."""


@dataclass(frozen=True)
class Baseline:
    """The last good editions that new editions are compared with, and what a person let pass."""

    today: date
    snapshots: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    """The files of the current generation, by source."""
    good: Mapping[str, Sequence[EditionStatistics]] = field(default_factory=dict)
    """The statistics of the good editions, by source, oldest first."""
    overrides: Sequence[Override] = ()
    sample: frozenset[Sha256] = frozenset()
    """The digests of the bundled sample's files."""
    held: Mapping[str, tuple[HeldParts, ...]] = field(default_factory=dict)
    """The parts of the last good editions that stay at earlier values, by source."""
    accepted: frozenset[tuple[str, str]] = frozenset()
    """The editions that a person accepted: the source and `edition_digest`."""
    abilities: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """`(raw_name, ability)` in the current generation, by source."""
    references: Mapping[str, Reference] = field(default_factory=dict)
    """The shipped baselines by source; empty on a night that reads the bundled sample."""


def read_source(fetched: FetchResult, store: SnapshotStore, baseline: Baseline) -> ReadResult:
    """Return the fetched rows if every gate lets them pass, else the last good rows with the cause.

    Raises `StorageError` when the last good rows are needed and their bytes are damaged.
    """
    source = fetched.source
    last = tuple(baseline.snapshots.get(source.id, ()))
    held = baseline.held.get(source.id, ())
    parsed = _parse_fetched(fetched, store)
    if isinstance(parsed, MetaboardError):
        failed = ReadResult(
            source,
            "kept",
            last,
            message=describe_failure(parsed),
            cause=cause_of(parsed),
            held=held,
            fetched=fetched.snapshots,
        )
        return _fall_back(failed, store)
    found = _judge(source, parsed, fetched.snapshots, store, baseline)
    if found.failing:
        message = _gate_message(source, found.failing, has_last_good=bool(last))
        failed = ReadResult(
            source,
            "kept",
            last,
            message=message,
            cause="gate",
            verdicts=found.verdicts,
            held=held,
            fetched=fetched.snapshots,
        )
        return _fall_back(failed, store)
    return ReadResult(
        source,
        "fresh",
        fetched.snapshots,
        found.parsed,
        verdicts=found.verdicts,
        overrides=found.overrides,
        measure=found.statistics,
        held=found.held,
        fetched=fetched.snapshots,
    )


def _parse_fetched(fetched: FetchResult, store: SnapshotStore) -> Parsed | MetaboardError:
    """Return the rows of the fetched files, or the error of the fetch or of the parser."""
    if fetched.error is not None:
        return fetched.error
    try:
        parsed = judge.read_edition(fetched.source, fetched.snapshots, store)
    except SourceError as error:
        return error
    return replace(parsed, warnings=(*parsed.warnings, *fetched.notes)) if fetched.notes else parsed


def _judge(
    source: Source, parsed: Parsed, snapshots: tuple[Snapshot, ...], store: SnapshotStore, baseline: Baseline
) -> Judgement:
    """Return the judgement of the gates; the first edition, and the first real one, have no last good edition."""
    standard = _standard(source, parsed, store, baseline)
    if standard.snapshots and _digests(standard.snapshots) == _digests(snapshots):
        return judge.judge_same_files(source, parsed, standard, baseline.today)
    overrides = {override.gate: override for override in baseline.overrides if override.source == source.id}
    waivers = Waivers(overrides, (source.id, edition_digest(snapshots)) in baseline.accepted)
    candidate = judge.make_candidate(
        source,
        parsed,
        standard,
        baseline.today,
        abilities=baseline.abilities.get(source.id),
        reference=baseline.references.get(source.id),
    )
    return judge.judge_edition(candidate, standard, waivers)


def _standard(source: Source, parsed: Parsed, store: SnapshotStore, baseline: Baseline) -> Standard:
    last, good = tuple(baseline.snapshots.get(source.id, ())), baseline.good.get(source.id, ())
    if not last or (good and is_first_after_sample(last, parsed, good[-1], baseline.sample)):
        return Standard()
    held = baseline.held.get(source.id, ())
    return Standard(last, _last_good(source, last, held, store), held, good)


def is_first_after_sample(
    last: Sequence[Snapshot], parsed: Parsed, good: EditionStatistics, sample: frozenset[Sha256]
) -> bool:
    """Return whether `parsed` is the first real edition after the bundled sample, whose digests are in `sample`."""
    return _digests(last) <= sample and parsed.rows_accepted > SAMPLE_FACTOR * good.rows


def _digests(snapshots: Sequence[Snapshot]) -> frozenset[Sha256]:
    return frozenset(snapshot.sha256 for snapshot in snapshots)


def _last_good(
    source: Source, snapshots: Sequence[Snapshot], held: Sequence[HeldParts], store: SnapshotStore
) -> Parsed | None:
    """Return the last good rows, or None when their bytes are damaged; the manifest still has their statistics."""
    try:
        return judge.restore_edition(source, snapshots, held, store)
    except (SourceError, StorageError):
        return None


def _gate_message(source: Source, failing: Sequence[Verdict], *, has_last_good: bool) -> str:
    """Return the message for the failing gates, with the first verdict of each gate."""
    first_of_each = {verdict.gate: str(verdict) for verdict in reversed(failing)}
    cause = CAUSES["gate"] if has_last_good else FIRST_NIGHT
    return f"{cause}: {source.id}: {'; '.join(reversed(first_of_each.values()))}"


def _fall_back(failed: ReadResult, store: SnapshotStore) -> ReadResult:
    """Return the last good rows with the message of `failed`; status `refused` when there are none.

    A new version of the parser may not read them either.
    """
    if not failed.snapshots:
        return _refused(failed, NOTHING_KEPT)
    try:
        parsed = judge.restore_edition(failed.source, failed.snapshots, failed.held, store)
    except SourceError as error:
        return _refused(failed, f"the earlier rows cannot be read: {error.headline}")
    since = max(snapshot.retrieved_at for snapshot in failed.snapshots)
    return replace(
        failed,
        parsed=parsed,
        message=f"{failed.message}; {describe_kept(parsed.rows_accepted, since)}",
        measure=compute_statistics(parsed),
    )


def _refused(failed: ReadResult, reason: str) -> ReadResult:
    return replace(failed, status="refused", snapshots=(), message=f"{failed.message}; {reason}", held=())
