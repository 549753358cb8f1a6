"""Decisions log: which editions of the leaderboards the gates refused or let pass, and which a person accepted.

::

    HOME/snapshots/decisions.jsonl    one line for each event, oldest first

It lies beside the provenance, because the two together give the history again: the bytes, and what was decided of them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from aggregator.store.files import append_line, read_lines, storage_errors


class Event(StrEnum):
    """What happened to an edition."""

    REFUSED = "refused"
    """It was refused: the first time, or for other reasons than before."""
    REPEATED = "repeated"
    """It was refused on a further day for the same reasons."""
    PASSED = "passed"
    """It became the last good edition."""
    ACCEPTED = "accepted"
    """A person accepted it; the next refresh uses it."""


@dataclass(frozen=True)
class Decision:
    """One event of one edition."""

    event: Event
    source: str
    sha256: str
    """The digest of the edition, as in `refresh_report.sha256`."""
    at: datetime
    """The time of the refresh or of the command, UTC."""
    fetch: str = ""
    """The key of the fetch (`aggregator.pipeline.fetches.Fetch`)."""
    cause: str = ""
    """Of a refusal: a key of `aggregator.pipeline.results.CAUSES`."""
    gates: tuple[str, ...] = ()
    """The names of the gates that refused the edition or, in an edition that passed, of those that an override disabled."""
    sentence: str = ""
    """What changed."""
    worst: tuple[Mapping[str, str], ...] = ()
    """The rows that changed most: `raw_name`, `what`, `before`, `now`."""
    is_usable: bool = True
    """Whether a person can accept it."""
    kept: str = ""
    """What is used in place of a refused edition."""
    reason: str = ""
    """Why a person accepted it."""
    generation: str = ""
    """The generation that was current when a person accepted it: those up to it are no standard any more."""
    held: tuple[Mapping[str, Any], ...] = ()
    """The parts of an edition that passed with values of earlier editions, as `aggregator.pipeline.decisions` writes them."""

    def to_json(self) -> dict[str, Any]:
        """Return the line of the log; empty fields are left out."""
        stated = {name: value for name, value in asdict(self).items() if value not in ("", ())}
        if self.event is not Event.REFUSED:
            del stated["is_usable"]
        return stated | {"event": self.event.value, "at": self.at.astimezone(UTC).isoformat()}


@dataclass(frozen=True)
class DecisionLog:
    """The decisions log of one home directory."""

    root: Path

    @property
    def path(self) -> Path:
        """The file of the log."""
        return self.root / "snapshots" / "decisions.jsonl"

    def append(self, decision: Decision) -> None:
        """Add one event; raises `StorageError` when the disk is full or read-only."""
        with storage_errors(f"write {self.path}"):
            append_line(self.path, decision.to_json())

    def read(self) -> dict[str, list[Decision]]:
        """Return the events by source, oldest first; invalid lines are skipped. Raises `StorageError`."""
        with storage_errors(f"read {self.path}"):
            records = read_lines(self.path)
        found: dict[str, list[Decision]] = {}
        for record in records:
            if decision := parse_decision(record):
                found.setdefault(decision.source, []).append(decision)
        return found


def parse_decision(record: Mapping[str, Any]) -> Decision | None:
    """Return the event of one line, or None for an invalid line."""
    try:
        return Decision(
            Event(record["event"]),
            _text(record["source"]),
            _text(record["sha256"]),
            datetime.fromisoformat(record["at"]).astimezone(UTC),
            _text(record.get("fetch", "")),
            _text(record.get("cause", "")),
            tuple(map(_text, record.get("gates", ()))),
            _text(record.get("sentence", "")),
            tuple({str(name): str(value) for name, value in row.items()} for row in record.get("worst", ())),
            bool(record.get("is_usable", True)),
            _text(record.get("kept", "")),
            _text(record.get("reason", "")),
            _text(record.get("generation", "")),
            tuple(dict(part) for part in record.get("held", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
