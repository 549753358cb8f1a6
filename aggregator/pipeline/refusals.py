"""Open refusals: editions that the gates keep back until the board changes or a person accepts them."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from aggregator.gates.verdict import WORST_ROWS
from aggregator.store.decisions import Decision, Event

STUCK_NIGHTS = 3
"""A board that stands still for this many nights needs more than a note in the report."""
NOTICE_EVERY_NIGHTS = 7
"""After `STUCK_NIGHTS`, a notice is sent once in this many nights."""
SAMPLE_REASON = "checked on the board"


@dataclass(frozen=True)
class Refusal:
    """The last refused edition of one leaderboard, with what led to it."""

    source: str
    sha256: str
    """The digest of the edition, as in `refresh_report.sha256`."""
    cause: str
    gates: tuple[str, ...]
    sentence: str
    """What changed."""
    worst: tuple[Mapping[str, str], ...]
    """The rows that changed most: `raw_name`, `what`, `before`, `now`."""
    is_usable: bool
    """Whether a person can accept it."""
    kept: str
    """What is used in its place."""
    since: datetime
    """The first refusal after the last good edition, UTC: from then on the board stands still."""
    first_at: datetime
    """The first refusal of this edition."""
    last_at: datetime
    same_nights: int
    """The number of days on which this edition was refused."""
    nights: int
    """The number of days on which any edition was refused since the last good one."""
    accepted_for: str = ""
    """The reason of the person who accepted it; the next refresh uses it."""

    @property
    def is_stuck(self) -> bool:
        """Whether the board has stood still for at least `STUCK_NIGHTS` nights."""
        return self.nights >= STUCK_NIGHTS and not self.accepted_for

    @property
    def is_notice_due(self) -> bool:
        """Whether tonight is a night for a notice: the first one, the third one, then once a week."""
        if self.nights < STUCK_NIGHTS:
            return self.nights == 1
        return (self.nights - STUCK_NIGHTS) % NOTICE_EVERY_NIGHTS == 0

    def command(self, home: Path | None = None) -> str:
        """Return the command that accepts exactly this edition."""
        words = ["metaboard", "accept-edition", self.source, "--sha256", self.sha256, "--reason", SAMPLE_REASON]
        return shlex.join([*words, *(["--home", str(home)] if home else [])])

    def next_step(self, home: Path | None = None) -> str:
        """Return what to do: accept it, wait, or nothing."""
        if self.accepted_for:
            return f"It was accepted ({self.accepted_for}); the next refresh uses it."
        wait = "it is judged again as soon as the board changes"
        if self.cause == "columns":
            return (
                "It cannot be accepted, because its columns changed. Update metaboard, or change the reader: "
                f"docs/add-a-board.md. Otherwise wait: {wait}."
            )
        if not self.is_usable:
            return f"It cannot be accepted, because its rows are unusable. Wait: {wait}."
        return f"If the change is right, run `{self.command(home)}`. Otherwise wait: {wait}."

    @property
    def standstill(self) -> str:
        """The cost so far in one sentence; empty on the first night."""
        if self.nights < 2:
            return ""
        same = "with the same content" if self.same_nights == self.nights else "with changing content"
        return f"The board stands still since {self.since:%Y-%m-%d}: it was refused on {self.nights} nights, {same}."

    def to_json(self, home: Path | None = None) -> dict[str, Any]:
        """Return all fields, with the command and the next step."""
        return {
            **vars(self),
            "gates": list(self.gates),
            "worst": [dict(row) for row in self.worst],
            "is_stuck": self.is_stuck,
            "standstill": self.standstill,
            "command": self.command(home) if self.is_usable and not self.accepted_for else None,
            "next_step": self.next_step(home),
        }


def worst_lines(worst: Iterable[Mapping[str, str]]) -> list[str]:
    """Return one line for each changed row."""
    return [f"{row['raw_name']}: {row['what']} {row['before']} → {row['now']}" for row in list(worst)[:WORST_ROWS]]


def open_refusals(events: Mapping[str, Sequence[Decision]]) -> dict[str, Refusal]:
    """Return the open refusal of each source in the decisions log; a source without one is left out."""
    found = {source: _open_refusal(decisions) for source, decisions in events.items()}
    return {source: refusal for source, refusal in found.items() if refusal}


def _open_refusal(decisions: Sequence[Decision]) -> Refusal | None:
    refusal: Refusal | None = None
    nights: set[date] = set()
    same: set[date] = set()
    for decision in decisions:
        is_same = refusal is not None and refusal.sha256 == decision.sha256
        match decision.event:
            case Event.PASSED:
                refusal = None
            case Event.ACCEPTED if refusal and is_same:
                refusal = replace(refusal, accepted_for=decision.reason)
            case Event.REFUSED | Event.REPEATED:
                if refusal is None or refusal.accepted_for:
                    refusal, nights, is_same = None, set(), False
                if not is_same:
                    same = set()
                nights.add(decision.at.date())
                same.add(decision.at.date())
                refusal = _with_event(refusal, decision, is_same=is_same)
                refusal = replace(refusal, nights=len(nights), same_nights=len(same)) if refusal else None
            case _:
                pass
    return refusal


def _with_event(refusal: Refusal | None, decision: Decision, *, is_same: bool) -> Refusal | None:
    """Return the refusal after one more night; None when a repeated line has no refusal before it."""
    if decision.event is Event.REPEATED:
        return replace(refusal, last_at=decision.at) if refusal and is_same else refusal
    return Refusal(
        decision.source,
        decision.sha256,
        decision.cause,
        decision.gates,
        decision.sentence,
        decision.worst,
        decision.is_usable,
        decision.kept,
        since=refusal.since if refusal else decision.at,
        first_at=refusal.first_at if refusal and is_same else decision.at,
        last_at=decision.at,
        same_nights=1,
        nights=1,
    )
