"""Bitemporal history of every leaderboard: by publish date and by retrieval time.

::

    HOME/history/<source>/rows.parquet    every value, with the times when it was first seen and superseded
    HOME/history/<source>/names.parquet   all names ever seen, for identity resolution
    HOME/history/<source>/folded.json     the fetches that the two tables contain; written last

These files are a cache: `metaboard backfill` rebuilds them from the snapshots.
"""

import io
import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Self

import polars as pl

from aggregator import schema
from aggregator.errors import NOTHING_PUBLISHED, StorageError
from aggregator.store.files import storage_errors, write_atomically

BITEMPORAL: dict[str, pl.DataType] = schema.HISTORY | {
    "retrieved_at": pl.Datetime("us"),  # when this value was first retrieved, UTC
    "superseded_at": pl.Datetime("us"),  # when a later retrieval had another value or none; null while current
}
"""One row per (benchmark, raw_name, published_on, retrieved_at)."""

EDITION = ["benchmark", "published_on"]
KEY = [*EDITION, "raw_name"]
VALUES = ["rank", "score", "score_low", "score_high", "votes"]


def add_retrieval(history: pl.DataFrame, rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return `history` with the rows of one more retrieval (`schema.HISTORY`) at the time `at` (UTC, without zone).

    In each edition of `rows`, new and changed values begin at `at`; values that changed or disappeared end at `at`.
    Other editions do not change. `at` must not be before any time in `history`. The function is idempotent.
    """
    is_current = pl.col("superseded_at").is_null()
    current = history.filter(is_current)
    same = current.join(rows, on=[*KEY, *VALUES], how="semi", nulls_equal=True)
    new = rows.join(same, on=KEY, how="anti")
    editions = rows.select(EDITION).unique()
    ended = current.join(editions, on=EDITION, how="semi").join(same, on=KEY, how="anti")
    unchanged = current.join(ended, on=KEY, how="anti")
    moment = pl.lit(at, dtype=BITEMPORAL["retrieved_at"])
    return schema.frame(
        BITEMPORAL,
        pl.concat(
            [
                history.filter(~is_current),
                unchanged,
                ended.with_columns(superseded_at=moment),
                schema.frame(BITEMPORAL, new.with_columns(retrieved_at=moment)),
            ]
        ).sort([*KEY, "retrieved_at"]),
    )


def as_of(history: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return the values that were current at the time `at`, as `schema.HISTORY`."""
    began = pl.col("retrieved_at") <= at
    has_not_ended = pl.col("superseded_at").is_null() | (pl.col("superseded_at") > at)
    return history.filter(began & has_not_ended).select(list(schema.HISTORY))


STATED = [
    name
    for name in schema.NAMES
    if name not in ("source", "raw_name", "first_seen_on", "last_seen_on", "best_rank", "gone")
]
"""The columns of NAMES that a board states, in some editions and not in others."""


def merge_names(known: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return all names ever seen (`schema.NAMES`), each with its newest stated facts, first and last day, and best rank."""
    merged = (
        pl.concat([names, known])
        .group_by("raw_name", maintain_order=True)
        .agg(
            pl.col("source").first(),
            pl.col(STATED).drop_nulls().first(),
            pl.col("first_seen_on").min(),
            pl.col("last_seen_on").max(),
            pl.col("best_rank").min(),
        )
    )
    return schema.frame(schema.NAMES, merged).sort("raw_name")


def with_remembered_facts(names: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return `names` with what `known` (`schema.NAMES`, of any sources) states where tonight's row leaves it out."""
    both = names.join(
        known.select("source", "raw_name", *STATED),
        on=["source", "raw_name"],
        how="left",
        maintain_order="left",
        suffix="_known",
    )
    return both.with_columns(pl.coalesce(name, f"{name}_known").alias(name) for name in STATED).select(names.columns)


@dataclass(frozen=True)
class SourceHistory:
    """The history of one source."""

    rows: pl.DataFrame = field(default_factory=lambda: schema.frame(BITEMPORAL))
    names: pl.DataFrame = field(default_factory=lambda: schema.frame(schema.NAMES))
    added_keys: tuple[str, ...] = ()
    """Keys of the fetches in `rows` and `names`, in order; see `aggregator.pipeline.fetches.Fetch`."""
    refused_keys: tuple[str, ...] = ()
    """Keys of the fetches that are not valid editions."""
    at: datetime | None = None
    """Retrieval time of the last fetch in `added_keys`, UTC without zone."""

    def with_fetch(self, key: str, rows: pl.DataFrame, names: pl.DataFrame, at: datetime) -> Self:
        """Return the history with one more fetch, which must not be older than the last one."""
        return replace(
            self,
            rows=add_retrieval(self.rows, rows, at),
            names=merge_names(self.names, names),
            added_keys=(*self.added_keys, key),
            refused_keys=tuple(refused for refused in self.refused_keys if refused != key),
            at=at,
        )

    def with_refused_fetch(self, key: str) -> Self:
        """Return the history with `key` recorded as the key of an invalid edition."""
        return replace(self, refused_keys=(*self.refused_keys, key))

    @property
    def examined(self) -> frozenset[str]:
        """Keys of all fetches that were examined."""
        return frozenset((*self.added_keys, *self.refused_keys))


@dataclass(frozen=True)
class HistoryStore:
    """The histories of all sources under one home directory."""

    root: Path

    def load(self, source: str) -> SourceHistory:
        """Return the history of `source`; an empty one when the files are missing or damaged."""
        folder = self._folder(source)
        try:
            state = json.loads((folder / "folded.json").read_bytes())
            return SourceHistory(
                schema.frame(BITEMPORAL, pl.read_parquet(folder / "rows.parquet", glob=False)),
                schema.frame(schema.NAMES, pl.read_parquet(folder / "names.parquet", glob=False)),
                tuple(map(str, state["folded"])),
                tuple(map(str, state["refused"])),
                datetime.fromisoformat(state["at"]) if state["at"] else None,
            )
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
            return SourceHistory()

    def names(self) -> pl.DataFrame:
        """Return all names ever seen of all sources (`schema.NAMES`); a source with damaged files is left out."""
        frames = [schema.frame(schema.NAMES)]
        for file in sorted((self.root / "history").glob("*/names.parquet")):
            with suppress(OSError, pl.exceptions.PolarsError):
                frames.append(schema.frame(schema.NAMES, pl.read_parquet(file, glob=False)))
        return pl.concat(frames)

    def save(self, source: str, history: SourceHistory) -> None:
        """Write the history of `source`; raises `StorageError`.

        After a crash between the files, adding the last fetch again completes them.
        """
        state = {
            "folded": history.added_keys,
            "refused": history.refused_keys,
            "at": history.at.isoformat() if history.at else None,
        }
        folder = self._folder(source)
        with storage_errors(f"write the history of {source} in {folder}", hint=NOTHING_PUBLISHED):
            write_atomically(folder / "rows.parquet", _parquet(history.rows))
            write_atomically(folder / "names.parquet", _parquet(history.names))
            write_atomically(folder / "folded.json", json.dumps(state, indent=1).encode() + b"\n")

    def remove(self, source: str) -> None:
        """Remove the history of `source`."""
        folder = self._folder(source)
        for name in ("folded.json", "names.parquet", "rows.parquet"):
            with storage_errors(f"remove {folder / name}"):
                (folder / name).unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()

    def _folder(self, source: str) -> Path:
        if not source.replace("_", "").replace("-", "").replace(".", "").isalnum() or source.startswith("."):
            raise StorageError(f"{source!r} is not a valid source id")
        return self.root / "history" / source


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()
