"""The results of one source that one step of a refresh passes to the next."""

from dataclasses import dataclass
from datetime import datetime

from aggregator.errors import (
    FetchError,
    MetaboardError,
    MissingColumn,
    NotFound,
    PluginError,
    WrongContent,
    WrongType,
)
from aggregator.gates.held import HeldPart
from aggregator.gates.overrides import Override
from aggregator.gates.statistics import EditionStatistics
from aggregator.gates.verdict import Verdict
from aggregator.model import Parsed, Snapshot, Source

CAUSES = {
    "down": "it did not answer with a whole file",
    "moved": "it is not where it was",
    "foreign": "something else is served in its place",
    "columns": "its columns changed",
    "table": "it is not the table that it was",
    "gate": "it differs too much from its last good edition",
    "plugin": "its plug-in cannot be used",
}
"""The causes for a source that is not fresh, each with its message."""

FETCH_CAUSES = ("down", "moved", "foreign")
"""The causes that lie in the fetch: `metaboard doctor` shows more about them."""

NOTHING_KEPT = "there are no earlier rows to keep"


@dataclass(frozen=True)
class FetchResult:
    """The snapshots of one source, or the error of the fetch."""

    source: Source
    snapshots: tuple[Snapshot, ...] = ()
    error: MetaboardError | None = None
    notes: tuple[str, ...] = ()
    """What an operator should know of the fetch, such as a listing that failed; shown as warnings of the source."""


@dataclass(frozen=True)
class ReadResult:
    """The rows of one source: `fresh`, `kept` from the last good edition, or `refused`."""

    source: Source
    status: str
    snapshots: tuple[Snapshot, ...] = ()
    parsed: Parsed | None = None
    message: str | None = None
    cause: str | None = None
    """A key of `CAUSES`; None for fresh rows."""
    verdicts: tuple[Verdict, ...] = ()
    """The verdicts of the gates on the fetched rows."""
    overrides: tuple[Override, ...] = ()
    """The overrides that let the rows pass."""
    measure: EditionStatistics | None = None
    """Row counts and score statistics, before identity quarantines any name."""
    held: tuple["HeldParts", ...] = ()
    """The parts of the edition that stay at values of earlier editions."""
    fetched: tuple[Snapshot, ...] = ()
    """The files that were fetched and judged; other than `snapshots` when they were not accepted."""

    @property
    def gates(self) -> tuple[str, ...]:
        """The verdicts, one sentence each."""
        return tuple(map(str, self.verdicts))


@dataclass(frozen=True)
class HeldParts:
    """The parts of an edition that stay at their values in one earlier edition."""

    snapshots: tuple[Snapshot, ...]
    """The files of the earlier edition."""
    parts: tuple[HeldPart, ...]


def cause_of(error: MetaboardError) -> str:
    """Return the key of `CAUSES` for an error of a fetch or a read."""
    match error:
        case NotFound():
            return "moved"
        case WrongContent():
            return "foreign"
        case FetchError():
            return "down"
        case MissingColumn() | WrongType():
            return "columns"
        case PluginError():
            return "plugin"
        case _:
            return "table"


def describe_failure(error: MetaboardError) -> str:
    """Return the message for a source that is not fresh because of `error`."""
    return f"{CAUSES[cause_of(error)]}: {error.headline}"


def describe_kept(rows: int, since: datetime) -> str:
    """Return what is used in place of a fetch; `since` is the time of its retrieval, UTC."""
    return f"kept the {rows} good rows of {since:%Y-%m-%d %H:%M} UTC"
