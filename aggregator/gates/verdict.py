"""The result of a gate: a sentence, an action, the rows that differ most, and what may stay at its last good values."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

WORST_ROWS = 10
"""Maximum number of changed rows that a verdict lists."""
EXAMPLES = 3
"""Maximum number of examples in a sentence."""


class Action(StrEnum):
    """What happens to the new rows."""

    REFUSE = "refuse"
    """The rows are unusable, with or without an earlier edition."""
    KEEP = "keep"
    """The last good edition stays in use; a person can accept the new one."""
    HOLD = "hold"
    """One part stays at its last good values; the rest of the edition is used."""
    NOTE = "note"
    """The rows are used, and the problem is reported."""


@dataclass(frozen=True)
class Change:
    """One value of one model that changed."""

    raw_name: str
    what: str
    """The benchmark, or the column of the entries."""
    before: str
    now: str


@dataclass(frozen=True)
class Hold:
    """The parts of an edition that stay at their last good values."""

    raw_names: frozenset[str] = frozenset()
    """Models: all their rows of the current edition."""
    facts: frozenset[str] = frozenset()
    """Columns of `schema.ENTRIES`."""
    benchmarks: frozenset[str] = frozenset()
    past_dates: frozenset[date] = frozenset()
    """Publish dates of the history."""

    def __bool__(self) -> bool:
        return bool(self.raw_names or self.facts or self.benchmarks or self.past_dates)

    def __or__(self, other: "Hold") -> "Hold":
        return Hold(
            self.raw_names | other.raw_names,
            self.facts | other.facts,
            self.benchmarks | other.benchmarks,
            self.past_dates | other.past_dates,
        )


@dataclass(frozen=True)
class Finding:
    """One problem that a gate found."""

    sentence: str
    worst: tuple[Change, ...] = ()
    """The rows that differ most, at most `WORST_ROWS`, the worst first."""
    action: Action | None = None
    """What happens to the rows; None for the action of the gate."""
    hold: Hold = field(default_factory=Hold)
    """With the action `HOLD`: what stays at its last good values."""


@dataclass(frozen=True)
class Verdict:
    """A finding of a gate with its action."""

    gate: str
    action: Action
    reason: str
    worst: tuple[Change, ...] = ()
    hold: Hold = field(default_factory=Hold)

    def __str__(self) -> str:
        return f"gate `{self.gate}`: {self.reason}"


def list_examples(names: Iterable[str]) -> str:
    """Return the first names in backticks, and the number of the others."""
    found = list(names)
    more = f" and {len(found) - EXAMPLES} more" if len(found) > EXAMPLES else ""
    return ", ".join(f"`{name}`" for name in found[:EXAMPLES]) + more
