"""Honest editions of leaderboards in the order of time, to count the nights that a gate refuses without a reason.

Three histories: the publish dates of the Arena (from `full` of the recordings), the editions of LiveBench, and the nights
of the Open LLM Leaderboard v2. Each edition has the files that a host would have served on its day, and that day as the
clock.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from aggregator.fetch.mirror import FolderFetcher
from aggregator.model import Source
from aggregator.sources import arena, livebench, open_llm_v2

PUBLISHED = "leaderboard_publish_date"
NIGHTS = "open_llm_v2_nights.parquet"
"""Nights of the Open LLM Leaderboard v2: the columns of its file, and `night`, an ISO date."""
DAY_OF_FILE = re.compile(r"\d{4}_\d\d_\d\d")
REMEASURED = {
    ("open_llm_v2", date(2024, 11, 8)): "all scores of MATH were measured anew",
}
"""Nights on which a board truly changed its measure: a gate should hold them once and say why."""


@dataclass(frozen=True)
class HonestEdition:
    """The files of one source on one day."""

    source: Source
    day: date
    files: Mapping[str, bytes]
    """Bytes by the name of the snapshot, as `Source.parse` takes them."""


def recorded_files(source: Source, folder: Path) -> dict[str, bytes]:
    """Return every file of `source` in a mirror folder, by the name of its snapshot."""
    fetcher = FolderFetcher(folder)
    return {
        snapshot.resource: snapshot.content
        for resource in source.resources
        for snapshot in fetcher.fetch(source.id, resource)
    }


def arena_editions(source: Source, folder: Path) -> Iterator[HonestEdition]:
    """Yield the publish dates of one view of the Arena: `latest` has the rows of the date, `full` those up to it."""
    files = recorded_files(source, folder)
    full = pl.concat([_read(files["full"]), _read(files["latest"])]).unique(maintain_order=True)
    for day in full[PUBLISHED].unique().sort():
        latest, past = full.filter(pl.col(PUBLISHED) == day), full.filter(pl.col(PUBLISHED) <= day)
        yield HonestEdition(source, date.fromisoformat(day), {"latest": _written(latest), "full": _written(past)})


def livebench_editions(folder: Path, source: Source = livebench.SOURCES[0]) -> Iterator[HonestEdition]:
    """Yield the editions of LiveBench: on each day, the host has the files up to that day."""
    files = recorded_files(source, folder)
    dated = {name: found[0] for name in files if (found := DAY_OF_FILE.search(name))}
    for day in sorted(set(dated.values())):
        known = {name: files[name] for name, of in dated.items() if of <= day}
        yield HonestEdition(source, date.fromisoformat(day.replace("_", "-")), known)


def open_llm_nights(histories: Path, source: Source = open_llm_v2.SOURCE) -> Iterator[HonestEdition]:
    """Yield the nights in the file `NIGHTS` of a folder, or in `histories` when it is a file."""
    nights = pl.read_parquet(histories / NIGHTS if histories.is_dir() else histories)
    for (night,), rows in nights.sort("night", maintain_order=True).group_by("night", maintain_order=True):
        day = date.fromisoformat(str(night))
        yield HonestEdition(source, day, {"contents": _written(rows.drop("night"))})


def all_histories(recordings: Path, histories: Path | None = None) -> Iterator[tuple[str, Iterator[HonestEdition]]]:
    """Yield each history with its title. Without `histories`, the nights of the Open LLM Leaderboard are left out."""
    for view in (arena.TEXT, arena.TEXT_STYLE_CONTROL):
        yield view.title, arena_editions(view, recordings)
    yield livebench.SOURCES[0].title, livebench_editions(recordings)
    if histories is not None:
        yield open_llm_v2.SOURCE.title, open_llm_nights(histories)


def _read(content: bytes) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(content))


def _written(frame: pl.DataFrame) -> bytes:
    sink = io.BytesIO()
    frame.write_parquet(sink, compression="snappy")
    return sink.getvalue()
