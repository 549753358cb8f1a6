"""What passes from step to step for one source."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from aggregator import schema
from aggregator.errors import FetchError, ForeignBody, MetaboardError, MissingColumn, NotFound, WrongType
from aggregator.gates.overrides import Override
from aggregator.gates.statistics import Measure
from aggregator.model import Parsed, Snapshot, Source

SAID = {
    "down": "it did not answer with a whole file",
    "moved": "it is not where it was",
    "foreign": "something else is served in its place",
    "columns": "its columns changed",
    "table": "it is not the table that it was",
    "gate": "it differs too much from its last good edition",
}
"""Why a source is not fresh, and how that is said."""


@dataclass(frozen=True)
class Fetched:
    """The kept files of one source, or why there are none."""

    source: Source
    snapshots: tuple[Snapshot, ...] = ()
    error: MetaboardError | None = None


@dataclass(frozen=True)
class Reading:
    """One source's rows: fresh, kept from the last good night, or refused."""

    source: Source
    status: str
    snapshots: tuple[Snapshot, ...] = ()
    parsed: Parsed | None = None
    message: str | None = None
    cause: str | None = None
    """Why the rows are not fresh, in one word of `SAID`."""
    gates: tuple[str, ...] = ()
    """What the gates said of the fetched rows, a sentence each."""
    overrides: tuple[Override, ...] = ()
    """The overrides that let the rows pass."""
    measure: Measure | None = None
    """How much the source said, before identity held out any name."""


def without_names(parsed: Parsed, held_out: pl.DataFrame) -> Parsed:
    """Return `parsed` without the models in `held_out` (`raw_name`, `reason`), every row still accounted for."""
    bad: Sequence[str] = held_out["raw_name"].to_list()
    rows = parsed.accepted.filter(pl.col("raw_name").is_in(bad)).join(held_out, on="raw_name")
    # A name can stand for many rows; each is listed, so that read = accepted + quarantined + duplicate holds.
    listed = (
        rows.with_columns(row=pl.int_ranges(0, "rows"))
        .explode("row", empty_as_null=False)
        .with_columns(file=pl.format("every row named {}", "raw_name"))
    )
    stays = ~pl.col("raw_name").is_in(bad)
    return replace(
        parsed,
        entries=parsed.entries.filter(stays),
        scores=parsed.scores.filter(stays),
        history=None if parsed.history is None else parsed.history.filter(stays),
        accepted=parsed.accepted.filter(stays),
        quarantined=pl.concat([parsed.quarantined, schema.frame(schema.QUARANTINED, listed)]),
    )


def cause_of(error: MetaboardError) -> str:
    """Return the word of `SAID` for an error of fetching or reading."""
    match error:
        case NotFound():
            return "moved"
        case ForeignBody():
            return "foreign"
        case FetchError():
            return "down"
        case MissingColumn() | WrongType():
            return "columns"
        case _:
            return "table"


def why(error: MetaboardError) -> str:
    """Say why the rows are not fresh."""
    return f"{SAID[cause_of(error)]}: {error.headline}"
