"""Write the decisions of a refresh to the decisions log, and read from it what became of each fetch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from aggregator.gates.held import HeldPart, Part
from aggregator.gates.verdict import WORST_ROWS, Action, Verdict
from aggregator.model import Source
from aggregator.pipeline.fetches import Fetch, complete_fetches
from aggregator.pipeline.refusals import Refusal, open_refusals
from aggregator.pipeline.results import FetchResult, HeldParts, ReadResult
from aggregator.store.decisions import Decision, DecisionLog, Event
from aggregator.store.snapshots import SnapshotStore, edition_digest

Events = Mapping[str, Sequence[Decision]]
"""The decisions log: the events of each source, oldest first."""


def record_results(home: Path, results: Sequence[ReadResult], now: datetime) -> Events:
    """Write what the gates decided tonight and return the log; a decision that is in the log is not written again.

    A result without files, as after a failed fetch, is no decision. Raises `StorageError`.
    """
    log, snapshots = DecisionLog(home), SnapshotStore(home)
    events = log.read()
    for result in results:
        if not result.fetched:
            continue
        known = events.setdefault(result.source.id, [])
        decision = _new_decision(_decision(result, now), known)
        if decision and decision.event is not Event.REPEATED:
            decision = replace(decision, fetch=_fetch_key(result.source, snapshots, decision.sha256))
        _append(log, known, decision)
    return events


def record_same_files(
    home: Path, fetched: Iterable[FetchResult], published: Mapping[str, str], now: datetime
) -> Events:
    """Write what a refresh without any change means for open refusals, and return the log.

    `published` has the digest of each source's edition in the current generation. Raises `StorageError`.
    """
    log = DecisionLog(home)
    events = log.read()
    for source, refusal in open_refusals(events).items():
        item = next((one for one in fetched if one.source.id == source and one.snapshots), None)
        if item is None or refusal.accepted_for:
            continue
        digest = edition_digest(item.snapshots)
        known = events[source]
        if digest == refusal.sha256:
            again = Decision(Event.REFUSED, source, digest, now, cause=refusal.cause, gates=refusal.gates)
            _append(log, known, _new_decision(again, known))
        elif digest == published.get(source):
            passed = [one for one in known if one.event is Event.PASSED and one.sha256 == digest]
            key = _fetch_key(item.source, SnapshotStore(home), digest)
            held = passed[-1].held if passed else ()
            _append(log, known, Decision(Event.PASSED, source, digest, now, key, held=held))
    return events


def _append(log: DecisionLog, known: list[Decision], decision: Decision | None) -> None:
    if decision:
        log.append(decision)
        known.append(decision)


def _decision(result: ReadResult, now: datetime) -> Decision:
    """Return the decision about the files of one result."""
    digest = edition_digest(result.fetched)
    if result.status == "fresh":
        gates = tuple(sorted({override.gate for override in result.overrides}))
        return Decision(Event.PASSED, result.source.id, digest, now, gates=gates, held=_held_json(result.held))
    failing = failing_verdicts(result)
    worst = [vars(change) for verdict in failing for change in verdict.worst]
    rows = f"the {result.parsed.rows_accepted:,} rows of " if result.parsed else ""
    retrieved = max((snapshot.retrieved_at for snapshot in result.snapshots), default=None)
    return Decision(
        Event.REFUSED,
        result.source.id,
        digest,
        now,
        cause=result.cause or "",
        gates=tuple(dict.fromkeys(verdict.gate for verdict in failing)),
        sentence=describe_verdicts(failing) or str(result.message),
        worst=tuple({name: str(value) for name, value in row.items()} for row in worst[:WORST_ROWS]),
        is_usable=result.cause == "gate" and all(verdict.action is Action.KEEP for verdict in failing),
        kept=f"{rows}{retrieved:%Y-%m-%d %H:%M} UTC" if retrieved else "nothing, because there are no earlier rows",
    )


def failing_verdicts(result: ReadResult) -> list[Verdict]:
    """Return the verdicts that refuse the edition; those that an override or a person let pass are notes."""
    return [verdict for verdict in result.verdicts if verdict.action in (Action.KEEP, Action.REFUSE)]


def describe_verdicts(verdicts: Iterable[Verdict]) -> str:
    """Return the first verdict of each gate, in one sentence."""
    first = {verdict.gate: str(verdict) for verdict in reversed(list(verdicts))}
    return "; ".join(reversed(first.values()))


def _new_decision(decision: Decision, known: Sequence[Decision]) -> Decision | None:
    """Return what to write: the decision, a short line for one more night, or None when the log has it."""
    last = known[-1] if known else None
    if last is None:
        return decision
    if decision.event is Event.PASSED:
        is_known = last.event is Event.PASSED and last.sha256 == decision.sha256
        is_same = is_known and (last.held, last.gates) == (decision.held, decision.gates or last.gates)
        return None if is_same else decision
    if last.event is Event.REPEATED:
        is_tonight = last.at.date() == decision.at.date()
        last = next((one for one in reversed(known) if one.event is not Event.REPEATED), last)
    else:
        is_tonight = last.at.date() == decision.at.date()
    is_same = (last.event, last.sha256, last.gates) == (Event.REFUSED, decision.sha256, decision.gates)
    if not is_same:
        return decision
    return None if is_tonight else Decision(Event.REPEATED, decision.source, decision.sha256, decision.at)


def _fetch_key(source: Source, snapshots: SnapshotStore, sha256: str) -> str:
    """Return the key of the newest fetch with this content; empty when no complete one is stored."""
    fetches = complete_fetches(source, snapshots)
    return next((fetch.key for fetch in reversed(fetches) if fetch.sha256 == sha256), "")


def _held_json(held: Iterable[HeldParts]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "sha256": edition_digest(group.snapshots),
            "parts": [[part.part.value, part.key, part.since.isoformat(), part.digest] for part in group.parts],
        }
        for group in held
    )


def accepted_editions(events: Events) -> frozenset[tuple[str, str]]:
    """Return the source and the digest of every edition that a person accepted."""
    return frozenset(
        (source, decision.sha256)
        for source, decisions in events.items()
        for decision in decisions
        if decision.event is Event.ACCEPTED
    )


@dataclass(frozen=True)
class Step:
    """One set of rows that a fetch adds to the history: the first one, or one more after a held part was released."""

    key: str
    fetch: Fetch
    at: datetime
    """UTC without zone."""
    held: tuple[Mapping[str, Any], ...] = ()
    """The parts that stay at earlier values, as in the log."""
    starts_anew: bool = False
    """Whether a person let it pass, so that later editions are compared with this one."""


def first_step(fetch: Fetch) -> Step:
    """Return the step of a fetch that the log does not have."""
    return Step(fetch.key, fetch, fetch.at)


STEP = "+"
"""Between the key of a fetch and the number of a further step."""


def fetch_key(key: str) -> str:
    """Return the key of the fetch of a step."""
    return key.partition(STEP)[0]


def steps_of(fetch: Fetch, decisions: Iterable[Decision]) -> list[Step]:
    """Return the steps that the log has for a fetch; empty when it did not pass, or is not in the log."""
    steps: list[Step] = []
    for decision in decisions:
        if decision.fetch != fetch.key or decision.event not in (Event.PASSED, Event.ACCEPTED):
            continue
        is_waived = decision.event is Event.ACCEPTED or bool(decision.gates)
        if not steps:
            steps.append(Step(fetch.key, fetch, fetch.at, decision.held, is_waived))
        elif steps[-1].held != decision.held:
            at = max(steps[-1].at, decision.at.astimezone(UTC).replace(tzinfo=None))
            steps.append(Step(f"{fetch.key}{STEP}{len(steps)}", fetch, at, decision.held, steps[0].starts_anew))
        elif is_waived:
            steps[-1] = replace(steps[-1], starts_anew=True)
    return steps


def is_refused(fetch: Fetch, decisions: Iterable[Decision]) -> bool:
    """Return whether a gate refused this fetch; files that could not be parsed may be readable now."""
    return any(one.fetch == fetch.key and one.event is Event.REFUSED and one.cause == "gate" for one in decisions)


def held_parts(step: Step, fetches: Iterable[Fetch]) -> tuple[HeldParts, ...]:
    """Return the parts that stay at earlier values, with the files that have these; a group without its files is left out."""
    by_digest = {fetch.sha256: fetch.snapshots for fetch in fetches}
    return tuple(
        HeldParts(
            by_digest[group["sha256"]],
            tuple(
                HeldPart(Part(part), str(key), date.fromisoformat(since), str(digest))
                for part, key, since, digest in group["parts"]
            ),
        )
        for group in step.held
        if group["sha256"] in by_digest
    )


def refusals(home: Path) -> dict[str, Refusal]:
    """Return the open refusal of each source of a home directory. Raises `StorageError`."""
    return open_refusals(DecisionLog(home).read())
