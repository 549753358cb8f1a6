"""The results of one source that one step of a refresh passes to the next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from aggregator import schema
from aggregator.errors import (
    FetchError,
    MetaboardError,
    MissingColumn,
    NotFound,
    PluginError,
    WrongContent,
    WrongType,
)
from aggregator.gates.overrides import Override
from aggregator.gates.statistics import EditionStatistics
from aggregator.model import Parsed, Snapshot, Source
from aggregator.text_columns import fill_in

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
    gates: tuple[str, ...] = ()
    """The verdicts of the gates on the fetched rows, one sentence each."""
    overrides: tuple[Override, ...] = ()
    """The overrides that let the rows pass."""
    measure: EditionStatistics | None = None
    """Row counts and score statistics, before identity quarantines any name."""


def quarantine_names(parsed: Parsed, quarantined: pl.DataFrame) -> Parsed:
    """Move the names in `quarantined` (`raw_name`, `reason`) to the quarantine; the number of rows stays the same."""
    names: Sequence[str] = quarantined["raw_name"].to_list()
    rows = parsed.accepted.filter(pl.col("raw_name").is_in(names)).join(quarantined, on="raw_name")
    # One name can have many rows. Each is listed, so that read = accepted + quarantined + duplicate.
    listed = (
        rows.with_columns(row=pl.int_ranges(0, "rows"))
        .explode("row", empty_as_null=False)
        .with_columns(file=fill_in("every row named {}", "raw_name"))
    )
    is_accepted = ~pl.col("raw_name").is_in(names)
    return replace(
        parsed,
        entries=parsed.entries.filter(is_accepted),
        scores=parsed.scores.filter(is_accepted),
        history=None if parsed.history is None else parsed.history.filter(is_accepted),
        accepted=parsed.accepted.filter(is_accepted),
        quarantined=pl.concat([parsed.quarantined, schema.frame(schema.QUARANTINED, listed)]),
    )


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
