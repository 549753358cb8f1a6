"""Parse the fetched files of one source and judge them with the gates; if that fails, use the last good edition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from aggregator.errors import MetaboardError, SourceError, StorageError
from aggregator.gates import gates
from aggregator.gates.gates import Action, Candidate, Verdict
from aggregator.gates.overrides import Override
from aggregator.gates.statistics import EditionStatistics, compute_statistics
from aggregator.model import Parsed, Sha256, Snapshot, Source
from aggregator.pipeline.parse import parse_files
from aggregator.pipeline.results import CAUSES, FetchResult, ReadResult, cause_of, describe_failure, quarantine_names
from aggregator.store.snapshots import SnapshotStore

SAMPLE_FACTOR = 2
"""A board with more than this many times the rows of the bundled sample replaces it without a comparison."""


@dataclass(frozen=True)
class Baseline:
    """The last good editions that new editions are compared with, and the overrides of today."""

    today: date
    snapshots: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    """The files of the current generation, by source."""
    good: Mapping[str, Sequence[EditionStatistics]] = field(default_factory=dict)
    """The statistics of the good editions, by source, oldest first."""
    overrides: Sequence[Override] = ()
    sample: frozenset[Sha256] = frozenset()
    """The digests of the bundled sample's files."""


def read_source(fetched: FetchResult, store: SnapshotStore, baseline: Baseline) -> ReadResult:
    """Return the fetched rows if every gate lets them pass, else the last good rows with the cause.

    Raises `StorageError` when the last good rows are needed and their bytes are damaged.
    """
    source = fetched.source
    last = tuple(baseline.snapshots.get(source.id, ()))
    parsed = _parse_fetched(fetched, store)
    if isinstance(parsed, MetaboardError):
        failed = ReadResult(source, "kept", last, message=describe_failure(parsed), cause=cause_of(parsed))
        return _fall_back(failed, store)
    edition = _edition(source, parsed, fetched.snapshots, store, baseline)
    verdicts = gates.run_gates(edition)
    sentences = tuple(map(str, verdicts))
    against = [verdict for verdict in verdicts if verdict.action is not Action.NOTE]
    overrides = {override.gate: override for override in baseline.overrides if override.source == source.id}
    used = {verdict.gate: overrides[verdict.gate] for verdict in against if verdict.gate in overrides}
    failing = [verdict for verdict in against if verdict.gate not in used]
    if failing:
        message = _gate_message(source, failing)
        return _fall_back(ReadResult(source, "kept", last, message=message, cause="gate", gates=sentences), store)
    return ReadResult(
        source,
        "fresh",
        fetched.snapshots,
        parsed,
        gates=sentences,
        overrides=tuple(used.values()),
        measure=edition.statistics,
    )


def _parse_fetched(fetched: FetchResult, store: SnapshotStore) -> Parsed | MetaboardError:
    """Return the rows of the fetched files, or the error of the fetch or of the parser."""
    if fetched.error is not None:
        return fetched.error
    try:
        parsed = _parse(fetched.source, fetched.snapshots, store)
    except SourceError as error:
        return error
    return replace(parsed, warnings=(*parsed.warnings, *fetched.notes)) if fetched.notes else parsed


def _parse(source: Source, snapshots: Sequence[Snapshot], store: SnapshotStore) -> Parsed:
    """Parse the files and quarantine the rows with impossible values."""
    parsed = parse_files(source, read_files(snapshots, store))
    impossible = gates.find_impossible_scores(parsed)
    return quarantine_names(parsed, impossible) if impossible.height else parsed


def read_files(snapshots: Sequence[Snapshot], store: SnapshotStore) -> dict[str, bytes]:
    """Return the bytes of the snapshots by resource name."""
    return {snapshot.resource: store.read(snapshot) for snapshot in snapshots}


def _edition(
    source: Source, parsed: Parsed, snapshots: Sequence[Snapshot], store: SnapshotStore, baseline: Baseline
) -> Candidate:
    """Return the input of the gates; it has no last good edition if the bytes are the same or the first real ones."""
    last = baseline.snapshots.get(source.id, ())
    now = compute_statistics(parsed)
    good = baseline.good.get(source.id, ())
    is_after_sample = _digests(last) <= baseline.sample and good and now.rows > SAMPLE_FACTOR * good[-1].rows
    if not last or is_after_sample or _digests(last) == _digests(snapshots):
        return Candidate(source, parsed, now, baseline.today)
    return Candidate(
        source, parsed, now, baseline.today, last_good=_last_good(source, last, store), past_statistics=good
    )


def _digests(snapshots: Sequence[Snapshot]) -> frozenset[Sha256]:
    return frozenset(snapshot.sha256 for snapshot in snapshots)


def _last_good(source: Source, snapshots: Sequence[Snapshot], store: SnapshotStore) -> Parsed | None:
    """Return the last good rows, or None when their bytes are damaged; the manifest still has their statistics."""
    try:
        return parse_files(source, read_files(snapshots, store))
    except (SourceError, StorageError):
        return None


def _gate_message(source: Source, failing: Sequence[Verdict]) -> str:
    """Return the message for the failing gates, with the first verdict of each gate."""
    first_of_each = {verdict.gate: str(verdict) for verdict in reversed(failing)}
    return f"{CAUSES['gate']}: {source.id}: {'; '.join(reversed(first_of_each.values()))}"


def _fall_back(failed: ReadResult, store: SnapshotStore) -> ReadResult:
    """Return the last good rows with the message of `failed`; status `refused` when there are none.

    A new version of the parser may not read them either.
    """
    if not failed.snapshots:
        return _refused(failed, "there are no earlier rows to keep")
    try:
        parsed = _parse(failed.source, failed.snapshots, store)
    except SourceError as error:
        return _refused(failed, f"the earlier rows cannot be read: {error.headline}")
    since = max(snapshot.retrieved_at for snapshot in failed.snapshots)
    return ReadResult(
        failed.source,
        "kept",
        failed.snapshots,
        parsed,
        f"{failed.message}; kept the {parsed.rows_accepted} good rows of {since:%Y-%m-%d %H:%M} UTC",
        failed.cause,
        failed.gates,
        measure=compute_statistics(parsed),
    )


def _refused(failed: ReadResult, reason: str) -> ReadResult:
    return ReadResult(
        failed.source, "refused", message=f"{failed.message}; {reason}", cause=failed.cause, gates=failed.gates
    )
