"""Shared value types: track, kind, resource, source, parsed rows, snapshot."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

import polars as pl

NO_LICENSE = "none declared"
"""The licence of a leaderboard that declares none for its data."""

WITHOUT_LICENSE = frozenset({NO_LICENSE, "none", "unknown", ""})
NON_COMMERCIAL = re.compile(r"(?<![a-z])nc(?![a-z])|non[- ]?commercial", re.IGNORECASE)
"""In the name of a licence such as CC-BY-NC-4.0."""


def is_withheld_by_default(license_name: str) -> bool:
    """Return whether data with this licence is not published by default: it has none, or a non-commercial one."""
    return license_name.strip().lower() in WITHOUT_LICENSE or bool(NON_COMMERCIAL.search(license_name))


ModelId = NewType("ModelId", str)
Sha256 = NewType("Sha256", str)


class Track(StrEnum):
    """Group of models that are ranked together; there is no rank across tracks."""

    LLM = "llm"
    EMBEDDING = "embedding"


class Kind(StrEnum):
    """How a model was made, as stated by its leaderboard."""

    PRETRAINED = "pretrained"
    CONTINUOUSLY_PRETRAINED = "continuously_pretrained"
    FINE_TUNED = "fine_tuned"
    CHAT = "chat"
    MERGE = "merge"
    MULTIMODAL = "multimodal"
    EMBEDDING = "embedding"
    OTHER = "other"


class Domain(StrEnum):
    """What a benchmark measures."""

    KNOWLEDGE = "knowledge"
    REASONING = "reasoning"
    MATH = "math"
    CODING = "coding"
    AGENTS = "agents"
    INSTRUCTION_FOLLOWING = "instruction following"
    PREFERENCE = "preference"
    LANGUAGE = "language"
    DATA_ANALYSIS = "data analysis"
    MULTILINGUAL = "multilingual"
    FACTUALITY = "factuality"
    VISION = "vision"
    EMBEDDING = "embedding"
    RETRIEVAL = "retrieval"
    GENERAL = "general"
    """Several domains in one number."""
    OTHER = "other"
    """A skill outside the list, or one that nobody has declared yet."""


UNRANKED_DOMAINS = frozenset({Domain.VISION, Domain.OTHER})
"""Benchmarks of these domains enter no rank: they compare other models, or other skills, than the track does."""


class MeasuredBy(StrEnum):
    """Who measured a score."""

    FIRST_PARTY = "first_party"
    """The leaderboard itself."""
    THIRD_PARTY = "third_party"
    """Somebody else than the leaderboard and the maker of the model; the leaderboard collected the score."""
    SELF_REPORTED = "self_reported"
    """The maker of the model."""


@dataclass(frozen=True)
class Resource:
    """One remote file of a source, or a set of files that are fetched together.

    `url` is the live address, `path` the relative path in a mirror, e.g. ``datasets/org/name/data/x.parquet``.
    `listing` is the address of a listing of the folder (the Hub's tree, or GitHub's contents API), for a file that the
    host may split into shards; `path` and `url` then name the unsplit file. `max_bytes` limits the download, all files
    of a set together.

    A set of files has a `pattern` or `follow`. Its snapshots are named ``<name>/<file name>``, and `parse` gets them
    under these names.
    """

    name: str
    path: str
    url: str
    max_bytes: int
    media: str = "parquet"
    listing: str | None = None
    pattern: str | None = None
    """Regular expression: every file whose whole name matches is fetched, from the folder of `path` and of `url`."""
    is_lookup: bool = False
    """Whether it only describes models or benchmarks of the other files; its rows are not counted."""
    is_optional: bool = False
    """Whether a missing file, or a set without files, is no failure."""
    follow: str | None = None
    """Template of an address with ``{id}``: `url` is a JSON list, in pages, of objects with `id`, and the address of
    each object's file is this template with its id. The snapshot is named ``<name>/<id>``."""

    @property
    def is_set(self) -> bool:
        """Whether the number of files is not known in advance."""
        return self.pattern is not None or self.follow is not None


class RankRule(StrEnum):
    """How the ranks of a leaderboard follow from what it publishes."""

    SCORE = "score"
    """By score; equal scores share the better rank."""
    INTERVAL = "interval"
    """One plus the number of models whose interval lies wholly above this model's."""
    GIVEN = "given"
    """The rank that the leaderboard publishes."""
    WIN_RATE = "win_rate"
    """By mean win rate over its benchmarks, computed here: the leaderboard has no overall score of its own."""
    NONE = "none"
    """No rank: a collection of results that nobody ranks."""


@dataclass(frozen=True)
class Source:
    """A registered leaderboard: its files, its licence, and the pure function from bytes to rows."""

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
    """`parse({resource.name: bytes}) -> Parsed`; a pure function that raises `SourceError`."""
    in_rank: bool = True
    """Whether the scores enter the combined rank; a second view, or a leaderboard of one language or task, does not."""
    frozen_on: date | None = None
    """The day of the last edition of an ended leaderboard; None for a live one."""
    min_rows: int = 1
    """A file with fewer accepted rows is refused."""
    short_title: str = ""
    """The title of its columns on the terminal and the page; empty for `title`."""
    column: str = ""
    """The beginning of its columns in `leaderboard`, such as `arena` of `arena_rank`; empty for `id`."""
    score_name: str = "score"
    """The end of its score column in `leaderboard`, such as `rating` of `arena_rating`."""
    has_interval: bool = False
    """Whether it publishes an interval of its overall score."""
    higher_is_better: bool = True
    """Whether a higher overall score is better."""
    domain: Domain = Domain.GENERAL
    """What it measures; each benchmark has its own domain."""
    measured_by: MeasuredBy = MeasuredBy.FIRST_PARTY
    """Who measured its scores; a score can state its own."""
    edition: str | None = None
    """The name of its edition, where several editions are leaderboards of their own."""
    is_on: bool = True
    """Whether a refresh reads it by default; `metaboard boards` switches it."""
    is_refitted: bool = False
    """Whether its scores are ratings that are fitted anew for each edition, so that all of them move a little."""
    group: str = ""
    """The id of the boards of one kind, such as `mteb`: a family has its best model once a group; empty for its own."""

    @property
    def column_prefix(self) -> str:
        """The beginning of its columns in `leaderboard`."""
        return self.column or self.id

    @property
    def rank_column(self) -> str:
        """The column of `leaderboard` with its rank."""
        return f"{self.column_prefix}_rank"

    @property
    def score_column(self) -> str:
        """The column of `leaderboard` with its score; the ends of its interval are in `…_low` and `…_high`."""
        return f"{self.column_prefix}_{self.score_name}"

    @property
    def board_group(self) -> str:
        """The group of boards to which it belongs."""
        return self.group or self.column_prefix

    @property
    def heading(self) -> str:
        """The title of its columns."""
        return self.short_title or self.title

    @property
    def has_rank(self) -> bool:
        """Whether its models have a rank, and `leaderboard` has columns for it."""
        return self.rank_rule is not RankRule.NONE

    @property
    def is_withheld_by_default(self) -> bool:
        """Whether a publication leaves its rows out by default: its data has no licence, or a non-commercial one."""
        return is_withheld_by_default(self.license)


@dataclass(frozen=True)
class Parsed:
    """The rows of one source as frames of `aggregator.schema`: read = accepted + duplicate + quarantined."""

    entries: pl.DataFrame
    scores: pl.DataFrame
    benchmarks: pl.DataFrame
    rows_read: int
    accepted: pl.DataFrame
    """`(raw_name, rows)`: number of accepted file rows per name."""
    rows_duplicate: int
    quarantined: pl.DataFrame
    """`(source, file, row, raw_name, reason)`, one row per quarantined file row."""
    published_on: date | None
    history: pl.DataFrame | None = None
    warnings: tuple[str, ...] = ()

    @property
    def rows_accepted(self) -> int:
        """Number of file rows that were accepted."""
        return int(self.accepted["rows"].sum())

    @property
    def rows_quarantined(self) -> int:
        """Number of file rows that were quarantined."""
        return self.quarantined.height


@dataclass(frozen=True)
class Snapshot:
    """The bytes of one fetched resource with their provenance."""

    source: str
    resource: str
    url: str
    sha256: Sha256
    size: int
    retrieved_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    revision: str | None = None
    parts: int | None = None
    """The number of files that were fetched together, in a set of files; 0 stands for an optional file that is absent."""
    listed_by: str | None = None
    """The address, the pattern and the ETag of the listing that named the file, in a set of files."""
    note: str = field(default="", compare=False)
    """What an operator should know of this fetch, such as a listing that failed."""
    content: bytes = field(default=b"", repr=False, compare=False)
