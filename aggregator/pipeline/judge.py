"""Judge one edition of one source: run the gates, and hold the parts that stay at their last good values.

A refresh judges the edition of tonight, a backfill every stored edition in the order of time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from aggregator import schema
from aggregator.gates import gates
from aggregator.gates.candidate import Candidate
from aggregator.gates.held import HeldPart, Part, apply_hold, hold_of, list_parts
from aggregator.gates.impossible import find_impossible_scores
from aggregator.gates.overrides import Override
from aggregator.gates.quarantine import quarantine_names
from aggregator.gates.reference import Reference
from aggregator.gates.statistics import EditionStatistics, compute_statistics
from aggregator.gates.verdict import Action, Hold, Verdict
from aggregator.model import Parsed, RankRule, Snapshot, Source
from aggregator.pipeline.parse import parse_files
from aggregator.pipeline.results import HeldParts
from aggregator.sources.win_rate import mean_win_rates
from aggregator.store.snapshots import SnapshotStore


@dataclass(frozen=True)
class Standard:
    """What the next edition of one source is judged against; empty before the first good edition."""

    snapshots: tuple[Snapshot, ...] = ()
    """The files of the last good edition."""
    parsed: Parsed | None = None
    """Its rows, with the held parts at their earlier values; None when the files are damaged."""
    held: tuple[HeldParts, ...] = ()
    statistics: Sequence[EditionStatistics] = ()
    """The statistics of the good editions, oldest first."""

    @property
    def retrieved_on(self) -> date | None:
        """The day on which its files were fetched."""
        return max((snapshot.retrieved_at.date() for snapshot in self.snapshots), default=None)


@dataclass(frozen=True)
class Waivers:
    """What may pass although a gate closes."""

    overrides: Mapping[str, Override] = field(default_factory=dict)
    """The overrides of this source by gate."""
    is_accepted: bool = False
    """Whether a person accepted exactly this edition."""


@dataclass(frozen=True)
class Judgement:
    """The result of the gates on one edition."""

    parsed: Parsed
    """The rows to use when the edition is accepted, with its held parts."""
    statistics: EditionStatistics
    verdicts: tuple[Verdict, ...] = ()
    failing: tuple[Verdict, ...] = ()
    """The verdicts that refuse the edition; empty when it is accepted."""
    overrides: tuple[Override, ...] = ()
    """The overrides that let it pass."""
    held: tuple[HeldParts, ...] = ()


def read_edition(source: Source, snapshots: Sequence[Snapshot], store: SnapshotStore) -> Parsed:
    """Parse the files of one edition and quarantine the rows with impossible values.

    Raises `SourceError` and `StorageError`.
    """
    parsed = parse_files(source, {snapshot.resource: store.read(snapshot) for snapshot in snapshots})
    impossible = find_impossible_scores(parsed)
    return quarantine_names(parsed, impossible) if impossible.height else parsed


def restore_edition(
    source: Source, snapshots: Sequence[Snapshot], held: Sequence[HeldParts], store: SnapshotStore
) -> Parsed:
    """Return the rows of an accepted edition, with its held parts at the values of the earlier editions.

    Raises `SourceError` and `StorageError`.
    """
    parsed = read_edition(source, snapshots, store)
    for group in held:
        parsed = _with_held_parts(source, parsed, read_edition(source, group.snapshots, store), group.parts, {})
    return parsed


def _with_held_parts(
    source: Source, new: Parsed, good: Parsed, parts: Sequence[HeldPart], reasons: Mapping[str, str]
) -> Parsed:
    """Return `new` with the held parts at their values in `good`."""
    held = apply_hold(new, good, _hold(parts), reasons)
    if source.rank_rule is not RankRule.WIN_RATE:
        return held
    # The win rate of every model depends on the scores of all, so it follows from the scores that are used.
    rates = mean_win_rates(held.scores, held.benchmarks)
    entries = held.entries.drop("board_score").join(rates, on="raw_name", how="left", maintain_order="left")
    return replace(held, entries=schema.frame(schema.ENTRIES, entries))


def judge_edition(new: Candidate, standard: Standard, waivers: Waivers) -> Judgement:
    """Run the gates on an edition whose files differ from those of the standard."""
    found = [_waive(verdict) if waivers.is_accepted else verdict for verdict in gates.run_gates(new)]
    against = [verdict for verdict in found if verdict.action is not Action.NOTE]
    used = {verdict.gate: waivers.overrides[verdict.gate] for verdict in against if verdict.gate in waivers.overrides}
    verdicts = [_waive(verdict) if verdict.gate in used else verdict for verdict in found]
    held = _held_parts(verdicts, new, standard)
    parsed = new.parsed
    if held and standard.parsed is not None:
        reasons = {change.raw_name: verdict.reason for verdict in verdicts for change in verdict.worst}
        parts = [part for group in held for part in group.parts]
        parsed = _with_held_parts(new.source, parsed, standard.parsed, parts, reasons)
    return Judgement(
        parsed,
        new.statistics,
        tuple(verdicts),
        tuple(
            verdict
            for verdict in against
            if verdict.gate not in used and verdict.action in (Action.KEEP, Action.REFUSE)
        ),
        tuple(used.values()),
        held,
    )


def judge_same_files(source: Source, parsed: Parsed, standard: Standard, today: date) -> Judgement:
    """Return the judgement of the files of the standard itself: its held parts stay until they are released."""
    held = tuple(
        replace(group, parts=parts)
        for group in standard.held
        if (parts := tuple(part for part in group.parts if not part.is_released(today)))
    )
    rows = parsed
    if held and standard.parsed is not None:
        rows = _with_held_parts(source, parsed, standard.parsed, [part for group in held for part in group.parts], {})
    return Judgement(rows, compute_statistics(parsed), held=held)


def has_released_parts(held: Collection[HeldParts], today: date) -> bool:
    """Return whether a held part is released today, so that the same files give other rows than before."""
    return any(part.is_released(today) for group in held for part in group.parts)


def _waive(verdict: Verdict) -> Verdict:
    """Return a verdict that a person let pass: nothing is held or kept back."""
    return verdict if verdict.action is Action.REFUSE else replace(verdict, action=Action.NOTE, hold=Hold())


def _held_parts(verdicts: Sequence[Verdict], new: Candidate, standard: Standard) -> tuple[HeldParts, ...]:
    """Return what the verdicts hold, by the edition whose values stay, without the parts that are released today.

    A part that is already held keeps its first day, unless the board states yet another value.
    """
    hold = Hold()
    for verdict in verdicts:
        if verdict.action is Action.HOLD:
            hold |= verdict.hold
    earlier = {(part.part, part.key): (part, group) for group in standard.held for part in group.parts}
    found: dict[tuple[Snapshot, ...], list[HeldPart]] = {}
    for part in list_parts(hold, new.parsed, new.today):
        before, group = earlier.get((part.part, part.key), (part, HeldParts(standard.snapshots, ())))
        kept = before if before.digest == part.digest else part
        if not kept.is_released(new.today):
            found.setdefault(group.snapshots, []).append(kept)
    return tuple(HeldParts(snapshots, tuple(parts)) for snapshots, parts in found.items())


def _hold(parts: Sequence[HeldPart]) -> Hold:
    return hold_of({part: frozenset(one.key for one in parts if one.part is part) for part in Part})


def make_candidate(
    source: Source,
    parsed: Parsed,
    standard: Standard,
    today: date,
    *,
    abilities: pl.DataFrame | None = None,
    reference: Reference | None = None,
) -> Candidate:
    """Return the input of the gates; without a standard, the edition is the first one, and `reference` applies."""
    return Candidate(
        source,
        parsed,
        compute_statistics(parsed),
        today,
        last_good=standard.parsed,
        past_statistics=standard.statistics,
        last_retrieved_on=standard.retrieved_on,
        abilities=abilities,
        reference=None if standard.snapshots else reference,
    )
