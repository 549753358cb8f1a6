"""Accept one refused edition: it becomes what later editions are compared with, and enters the history."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from aggregator.errors import SourceError, StorageError, UsageError
from aggregator.gates.overrides import SHORTEST_REASON
from aggregator.gates.statistics import compute_statistics
from aggregator.model import Source
from aggregator.pipeline.boards import read_boards
from aggregator.pipeline.decisions import Events
from aggregator.pipeline.fetches import Fetch, complete_fetches
from aggregator.pipeline.judge import read_edition
from aggregator.pipeline.read import Baseline
from aggregator.pipeline.results import FetchResult
from aggregator.store.decisions import Decision, DecisionLog, Event
from aggregator.store.generations import Home
from aggregator.store.snapshots import SnapshotStore, edition_digest

SHORTEST_DIGEST = 12
"""Fewest digits of a digest; two editions of one board that agree in 48 bits do not occur by chance."""


@dataclass(frozen=True)
class Acceptance:
    """An accepted edition."""

    source: str
    sha256: str
    fetched_at: datetime
    """The time of the fetch that first had this content, UTC without zone."""
    reason: str
    is_new: bool
    """False when it had been accepted before."""
    is_newest: bool
    """Whether the newest fetch has this content."""

    @property
    def next_step(self) -> str:
        """What makes use of the acceptance."""
        if self.is_newest:
            return "Run `metaboard refresh`, or wait for the next one: it uses this edition."
        return (
            "The board has changed since. The next refresh compares the new edition with the accepted one, unless"
            " another edition passed in between; `metaboard backfill` adds the accepted one to the history."
        )


def accept_edition(home: Path, source: str, sha256: str, reason: str, now: datetime) -> Acceptance:
    """Write to the decisions log that a person accepts a refused edition, and return it.

    `sha256` is the digest of the edition, or at least its first `SHORTEST_DIGEST` digits. Raises `UsageError` for an
    unknown source, a digest of no stored edition, an edition that was not refused or cannot be used, and a short
    reason; `StorageError` when the bytes or the log cannot be read.
    """
    board = _board(home, source)
    if len(reason.strip()) < SHORTEST_REASON:
        raise UsageError(
            f"the reason {reason!r} is shorter than {SHORTEST_REASON} characters",
            hint="State how you know that the change is right; the reason is kept in the decisions log.",
        )
    log, store = DecisionLog(home), SnapshotStore(home)
    events = log.read()
    fetches = complete_fetches(board, store)
    fetch = _find(board, sha256.strip().lower(), fetches, events)
    known = events.get(source, [])
    past = [one for one in known if one.sha256 == fetch.sha256 and one.event is not Event.REPEATED]
    is_newest = fetches[-1].sha256 == fetch.sha256
    if past and past[-1].event is Event.ACCEPTED:
        return Acceptance(source, fetch.sha256, fetch.at, past[-1].reason, is_new=False, is_newest=is_newest)
    _check_refused(fetch, past, events)
    _check_usable(board, fetch, past[-1], store)
    current = Home(home).current
    log.append(
        Decision(
            Event.ACCEPTED,
            source,
            fetch.sha256,
            now,
            past[-1].fetch or fetch.key,
            reason=reason.strip(),
            generation=current.id if current else "",
        )
    )
    return Acceptance(source, fetch.sha256, fetch.at, reason.strip(), is_new=True, is_newest=is_newest)


def _board(home: Path, source: str) -> Source:
    boards = {board.id: board for board in read_boards(home).every}
    if source not in boards:
        raise UsageError(f"there is no leaderboard {source!r}", hint=f"Choose from {', '.join(sorted(boards))}.")
    return boards[source]


def _find(board: Source, sha256: str, fetches: Sequence[Fetch], events: Events) -> Fetch:
    """Return the newest stored fetch whose digest begins with `sha256`."""
    if not re.fullmatch(rf"[0-9a-f]{{{SHORTEST_DIGEST},64}}", sha256):
        raise UsageError(
            f"{sha256!r} is not a SHA-256: at least {SHORTEST_DIGEST} digits of 0-9 and a-f are needed",
            hint=_refused_editions(board.id, events),
        )
    found = {fetch.sha256: fetch for fetch in fetches if fetch.sha256.startswith(sha256)}
    if not found:
        raise UsageError(
            f"no stored fetch of {board.id} has the digest {sha256}", hint=_refused_editions(board.id, events)
        )
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} editions of {board.id} begin with {sha256}", hint=f"Choose from {', '.join(found)}."
        )
    return next(iter(found.values()))


def _refused_editions(source: str, events: Events) -> str:
    """Return a sentence with the refused editions of a source that nobody accepted, newest first."""
    state: dict[str, Decision] = {}
    for decision in events.get(source, ()):
        if decision.event is not Event.REPEATED:
            state.pop(decision.sha256, None)
            state[decision.sha256] = decision
    refused = [one for one in reversed(state.values()) if one.event is Event.REFUSED]
    if not refused:
        return f"No edition of {source} is refused. `metaboard status` shows what needs attention."
    lines = "\n".join(f"  {one.sha256}  refused on {one.at:%Y-%m-%d}: {one.sentence}" for one in refused[:10])
    return f"Refused editions of {source}, the newest first:\n{lines}"


def _check_refused(fetch: Fetch, past: Sequence[Decision], events: Events) -> None:
    """Raise `UsageError` when the edition was not refused."""
    if past and past[-1].event is Event.REFUSED:
        return
    source = fetch.snapshots[0].source
    if past:
        found = f"it passed the gates on {past[-1].at:%Y-%m-%d}"
    else:
        found = "no refresh has judged it; `metaboard refresh` does"
    raise UsageError(
        f"the edition {fetch.sha256[:SHORTEST_DIGEST]} of {source} is not refused: {found}",
        hint=_refused_editions(source, events),
    )


def _check_usable(board: Source, fetch: Fetch, refused: Decision, store: SnapshotStore) -> None:
    """Raise `UsageError` when the rows of the edition cannot be used, whatever a person decides."""
    if not refused.is_usable:
        raise UsageError(
            f"the edition {fetch.sha256[:SHORTEST_DIGEST]} of {board.id} cannot be used: {refused.sentence}",
            hint="Nothing was changed. Wait: it is judged again as soon as the board changes. If the board has a new "
            f"shape for good, change its module (docs/add-a-board.md) or switch it off: `metaboard boards off {board.id}`.",
        )
    try:
        read_edition(board, fetch.snapshots, store)
    except SourceError as error:
        raise UsageError(
            f"the edition {fetch.sha256[:SHORTEST_DIGEST]} of {board.id} cannot be read: {error.headline}",
            hint="Nothing was changed.",
        ) from error


def pending_acceptance(decisions: Iterable[Decision]) -> Decision | None:
    """Return the acceptance that later editions are judged against: no edition has passed since its refusal."""
    return _acceptances(decisions)[1]


def _acceptances(decisions: Iterable[Decision]) -> tuple[Decision | None, Decision | None]:
    """Return the last acceptance that made its edition the standard, and the same while no edition passed after it.

    An edition that was accepted after a later one had passed enters the history only.
    """
    refused: set[str] = set()
    standard = pending = None
    for decision in decisions:
        if decision.event is Event.PASSED:
            refused, pending = set(), None
        elif decision.event is Event.REFUSED:
            refused.add(decision.sha256)
        elif decision.event is Event.ACCEPTED and decision.sha256 in refused:
            standard = pending = decision
    return standard, pending


def with_accepted_standards(baseline: Baseline, fetched: Iterable[FetchResult], store: SnapshotStore) -> Baseline:
    """Return `baseline` with the accepted editions as last good ones where the board has changed again since.

    An accepted edition that is fetched again is judged as it is; its gates then only note what they find. One whose
    bytes are lost or cannot be read is left out.
    """
    events = DecisionLog(store.root).read()
    snapshots, good, held = dict(baseline.snapshots), dict(baseline.good), dict(baseline.held)
    for item in fetched:
        pending = pending_acceptance(events.get(item.source.id, ()))
        if pending is None or (item.snapshots and edition_digest(item.snapshots) == pending.sha256):
            continue
        fetches = [one for one in complete_fetches(item.source, store) if one.sha256 == pending.sha256]
        try:
            parsed = read_edition(item.source, fetches[-1].snapshots, store) if fetches else None
        except (SourceError, StorageError):
            continue
        if parsed is not None:
            snapshots[item.source.id] = fetches[-1].snapshots
            good[item.source.id] = (compute_statistics(parsed), *good.get(item.source.id, ()))
            held.pop(item.source.id, None)
    return replace(baseline, snapshots=snapshots, good=good, held=held)


def last_before_acceptance(events: Events) -> Mapping[str, str]:
    """Return the generation that was current when the last edition of each source was accepted; "" for none.

    The statistics of the generations up to it no longer count.
    """
    found = {source: _acceptances(decisions)[0] for source, decisions in events.items()}
    return {source: decision.generation for source, decision in found.items() if decision}
