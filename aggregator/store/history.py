"""What every leaderboard has said so far, kept in two times: the date of its edition, and when we knew.

::

    HOME/history/<source>/rows.parquet    every value with when it was first seen and when something else was
    HOME/history/<source>/names.parquet   what identity must know of names that are gone
    HOME/history/<source>/folded.json     which fetches these two hold; written last

All of it follows from the kept bytes, so it may be removed at any time: `metaboard backfill` makes it anew.
"""

import io
import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.errors import StorageError
from aggregator.store.files import storage, write_atomically
from aggregator.store.manifest import UNTOUCHED

PAST: dict[str, pl.DataType] = schema.HISTORY | {
    "retrieved_at": pl.Datetime("us"),  # when this value was first seen, UTC
    "superseded_at": pl.Datetime("us"),  # when a later retrieval said otherwise; null while it stands
}
"""One row per (benchmark, raw_name, published_on, retrieved_at)."""

EDITION = ["benchmark", "published_on"]
KEY = [*EDITION, "raw_name"]
VALUES = ["rank", "score", "score_low", "score_high", "votes"]


def fold(past: pl.DataFrame, rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return `past` after a retrieval at `at` (UTC, without zone) that said `rows` (`schema.HISTORY`).

    A value that is new or changed begins at `at`; one that changed or left an edition that `rows` still has ends
    there. Editions that `rows` does not speak of stand. Folding the same retrieval again changes nothing. `at` is
    not before anything in `past`.
    """
    standing = pl.col("superseded_at").is_null()
    same = past.filter(standing).join(rows, on=[*KEY, *VALUES], how="semi", nulls_equal=True)
    begun = rows.join(same, on=KEY, how="anti")
    editions = rows.select(EDITION).unique()
    ended = past.filter(standing).join(editions, on=EDITION, how="semi").join(same, on=KEY, how="anti")
    open_rows = past.filter(standing).join(ended, on=KEY, how="anti")
    moment = pl.lit(at, dtype=PAST["retrieved_at"])
    return schema.frame(
        PAST,
        pl.concat(
            [
                past.filter(~standing),
                open_rows,
                ended.with_columns(superseded_at=moment),
                schema.frame(PAST, begun.with_columns(retrieved_at=moment)),
            ]
        ).sort([*KEY, "retrieved_at"]),
    )


def as_of(past: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return what was known at `at`, as `schema.HISTORY`."""
    began = pl.col("retrieved_at") <= at
    stands = pl.col("superseded_at").is_null() | (pl.col("superseded_at") > at)
    return past.filter(began & stands).select(list(schema.HISTORY))


def fold_names(known: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return all names ever seen (`schema.NAMES`): the newest facts, the first and last day, the best place."""
    both = pl.concat([names, known])
    span = both.group_by("raw_name").agg(
        pl.col("first_seen_on").min(), pl.col("last_seen_on").max(), pl.col("best_rank").min()
    )
    facts = both.unique("raw_name", keep="first").drop("first_seen_on", "last_seen_on", "best_rank")
    return schema.frame(schema.NAMES, facts.join(span, on="raw_name")).sort("raw_name")


@dataclass(frozen=True)
class Past:
    """What is known of one source's past."""

    rows: pl.DataFrame = field(default_factory=lambda: schema.frame(PAST))
    names: pl.DataFrame = field(default_factory=lambda: schema.frame(schema.NAMES))
    folded: tuple[str, ...] = ()
    """The fetches that went in, in their order; see `flows.backfill.Fetch`."""
    refused: tuple[str, ...] = ()
    """The fetches that were looked at and are no editions."""
    at: datetime | None = None
    """When the last of `folded` was retrieved, UTC without zone."""

    def with_fetch(self, key: str, rows: pl.DataFrame, names: pl.DataFrame, at: datetime) -> "Past":
        """Return this past after one more fetch, which is not older than the last."""
        return replace(
            self,
            rows=fold(self.rows, rows, at),
            names=fold_names(self.names, names),
            folded=(*self.folded, key),
            at=at,
        )

    def without(self, key: str) -> "Past":
        """Return this past, having noted that the fetch `key` is no edition."""
        return replace(self, refused=(*self.refused, key))

    @property
    def seen(self) -> frozenset[str]:
        """All fetches that were looked at."""
        return frozenset((*self.folded, *self.refused))


@dataclass(frozen=True)
class PastStore:
    """The pasts of all sources under one home directory."""

    root: Path

    def load(self, source: str) -> Past:
        """Return what is kept of `source`; nothing where it is missing or damaged, for it can be made anew."""
        folder = self._folder(source)
        try:
            note = json.loads((folder / "folded.json").read_bytes())
            return Past(
                schema.frame(PAST, pl.read_parquet(folder / "rows.parquet")),
                schema.frame(schema.NAMES, pl.read_parquet(folder / "names.parquet")),
                tuple(map(str, note["folded"])),
                tuple(map(str, note["refused"])),
                datetime.fromisoformat(note["at"]) if note["at"] else None,
            )
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
            return Past()

    def save(self, source: str, past: Past) -> None:
        """Keep `past`; a crash in between is mended by folding the same fetch again. Raises `StorageError`."""
        note = {
            "folded": past.folded,
            "refused": past.refused,
            "at": past.at.isoformat() if past.at else None,
        }
        folder = self._folder(source)
        with storage(f"keep the history of {source} in {folder}", hint=UNTOUCHED):
            write_atomically(folder / "rows.parquet", _parquet(past.rows))
            write_atomically(folder / "names.parquet", _parquet(past.names))
            write_atomically(folder / "folded.json", json.dumps(note, indent=1).encode() + b"\n")

    def forget(self, source: str) -> None:
        """Remove what is kept of `source`."""
        folder = self._folder(source)
        for name in ("folded.json", "names.parquet", "rows.parquet"):
            with storage(f"remove {folder / name}"):
                (folder / name).unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()

    def _folder(self, source: str) -> Path:
        if not source.replace("_", "").replace("-", "").replace(".", "").isalnum() or source.startswith("."):
            raise StorageError(f"{source!r} is no name of a source")
        return self.root / "history" / source


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()
