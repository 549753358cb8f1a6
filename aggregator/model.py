"""The nouns of the project: plain, frozen values that every room shares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

import polars as pl

ModelId = NewType("ModelId", str)
Sha256 = NewType("Sha256", str)


class Track(StrEnum):
    """Which order a model can be ranked in; there is never one order across tracks."""

    LLM = "llm"
    EMBEDDING = "embedding"


class Kind(StrEnum):
    """How a model was made, as its board says."""

    PRETRAINED = "pretrained"
    CONTINUOUSLY_PRETRAINED = "continuously_pretrained"
    FINE_TUNED = "fine_tuned"
    CHAT = "chat"
    MERGE = "merge"
    MULTIMODAL = "multimodal"
    EMBEDDING = "embedding"
    OTHER = "other"


@dataclass(frozen=True)
class Resource:
    """One file of a source: where it lives, and where a mirror keeps it.

    `path` is the place under a mirror, e.g. ``datasets/org/name/data/x.parquet``; `url` is the
    live address. `listing` is the address of a Hub tree listing for a file that the host may
    split into shards; `path` and `url` then name the unsplit file.
    """

    name: str
    path: str
    url: str
    max_bytes: int
    media: str = "parquet"
    listing: str | None = None


class RankRule(StrEnum):
    """How a board's places follow from what it publishes."""

    SCORE = "score"
    """By the score, equal scores share the better place."""
    INTERVAL = "interval"
    """One plus the number of models whose low end is above this model's high end."""
    GIVEN = "given"
    """As the board prints it."""


@dataclass(frozen=True)
class Source:
    """A leaderboard: its files, its licence, and the pure function from bytes to rows."""

    id: str
    title: str
    track: Track
    rank_rule: RankRule
    score_unit: str
    homepage: str
    license: str
    citation: str
    resources: tuple[Resource, ...]
    parse: Callable[[Mapping[str, bytes]], "Parsed"]
    """`parse({resource.name: bytes}) -> Parsed`; raises `SourceError`, touches nothing else."""
    in_rank: bool = True
    """Whether the board takes part in the combined rank; a second view, or a board of one language or task, does not."""
    frozen_on: date | None = None
    """The day the board stopped changing; None while it is alive."""
    min_rows: int = 1
    """Fewer accepted rows than this mean that the file is not the board."""


@dataclass(frozen=True)
class Parsed:
    """What one source says, in the shapes of `aggregator.schema`, with every row accounted for."""

    entries: pl.DataFrame
    scores: pl.DataFrame
    benchmarks: pl.DataFrame
    rows_read: int
    accepted: pl.DataFrame
    """`(raw_name, rows)`: how many rows of the files each name rests on."""
    rows_duplicate: int
    quarantined: pl.DataFrame
    """`(source, file, row, raw_name, reason)`, one row per row held out."""
    published_on: date | None
    history: pl.DataFrame | None = None
    warnings: tuple[str, ...] = ()

    @property
    def rows_accepted(self) -> int:
        """How many rows of the files were used."""
        return int(self.accepted["rows"].sum())

    @property
    def rows_quarantined(self) -> int:
        """How many rows were held out."""
        return self.quarantined.height


@dataclass(frozen=True)
class Snapshot:
    """The bytes of one fetch of one resource, and where they came from."""

    source: str
    resource: str
    url: str
    sha256: Sha256
    size: int
    retrieved_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    revision: str | None = None
    content: bytes = field(default=b"", repr=False, compare=False)
