"""What passes from step to step for one source."""

from dataclasses import dataclass

from aggregator.errors import MetaboardError
from aggregator.model import Parsed, Snapshot, Source


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
