"""What the nightly pipeline does, step by step, as plain functions.

`flows/refresh.py` says in which order. Nothing here knows of Prefect.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from aggregator import identity, schema, warehouse
from aggregator.errors import FetchError, SourceError, StorageError
from aggregator.http import Fetcher
from aggregator.model import Parsed, Resource, Snapshot, Source
from aggregator.snapshots import SnapshotStore
from flows import record
from flows.readings import Fetched, Reading


def fetch(source: Source, fetcher: Fetcher, store: SnapshotStore) -> Fetched:
    """Fetch and keep every file of `source`; a failure is returned, so that it stops no other source."""
    try:
        snapshots = [
            _first_retrieval(snapshot, store)
            for resource in source.resources
            for snapshot in _kept(source, resource, fetcher, store)
        ]
    except FetchError as error:
        return Fetched(source, error=error)
    return Fetched(source, tuple(snapshots))


def _kept(source: Source, resource: Resource, fetcher: Fetcher, store: SnapshotStore) -> list[Snapshot]:
    """Fetch and keep one file; raises `FetchError`, and `StorageError` when the disk takes no bytes."""
    fetched = fetcher.fetch(source.id, resource, store.latest(source.id, resource.name))
    try:
        return [store.keep(snapshot) for snapshot in fetched]
    except StorageError:
        if all(snapshot.content for snapshot in fetched):
            raise
        # The host vouched for bytes that are damaged here; they are set aside now, so the whole file comes.
        return [store.keep(snapshot) for snapshot in fetcher.fetch(source.id, resource)]


def _first_retrieval(snapshot: Snapshot, store: SnapshotStore) -> Snapshot:
    """Return the first fetch of these bytes: the same bytes again are no news, and must not make other rows."""
    same = (kept for kept in store.history(snapshot.source, snapshot.resource) if kept.sha256 == snapshot.sha256)
    return min(same, key=lambda kept: kept.retrieved_at, default=snapshot)


def read(fetched: Fetched, store: SnapshotStore, last_good: Mapping[str, Sequence[Snapshot]]) -> Reading:
    """Parse what was fetched; where that fails, fall back on the bytes that the current generation rests on."""
    source = fetched.source
    error = fetched.error
    if error is None:
        try:
            parsed = source.parse(_contents(fetched.snapshots, store))
            return Reading(source, "fresh", fetched.snapshots, parsed)
        except SourceError as refusal:
            error = refusal
    good = tuple(last_good.get(source.id, ()))
    if not good:
        return Reading(source, "refused", message=f"{error.headline}; there are no earlier rows to keep")
    kept = source.parse(_contents(good, store))
    since = max(snapshot.retrieved_at for snapshot in good)
    return Reading(
        source,
        "kept",
        good,
        kept,
        f"{error.headline}; kept the {kept.rows_accepted} good rows of {since:%Y-%m-%d %H:%M} UTC",
    )


def _contents(snapshots: Sequence[Snapshot], store: SnapshotStore) -> dict[str, bytes]:
    """Return the bytes by resource name."""
    return {snapshot.resource: store.read(snapshot) for snapshot in snapshots}


def identify(readings: Sequence[Reading], rules: identity.Rules) -> identity.Resolution:
    """Place every name of every source."""
    return identity.resolve(names(readings), rules)


def names(readings: Iterable[Reading]) -> pl.DataFrame:
    """Return everything that identity may look at, one row per (source, raw_name)."""
    return pl.concat([_names(reading.parsed) for reading in readings if reading.parsed], how="vertical")


def _names(parsed: Parsed) -> pl.DataFrame:
    entries = parsed.entries
    dates = parsed.history if parsed.history is not None else entries
    seen = dates.group_by("raw_name").agg(
        first_seen_on=pl.col("published_on").min(),
        last_seen_on=pl.col("published_on").max(),
        **(
            {"best_rank": pl.col("rank").min()}
            if parsed.history is not None
            else {"best_rank": pl.col("board_rank").min()}
        ),
    )
    return schema.frame(schema.NAMES, entries.join(seen, on="raw_name", how="left"))


def without_quarantined(readings: Sequence[Reading], held_out: pl.DataFrame) -> list[Reading]:
    """Return the readings without the names that identity holds out, every row still accounted for."""
    return [_without(reading, held_out.filter(pl.col("source") == reading.source.id)) for reading in readings]


def _without(reading: Reading, held_out: pl.DataFrame) -> Reading:
    parsed = reading.parsed
    if parsed is None or held_out.is_empty():
        return reading
    bad = held_out["raw_name"]
    rows = parsed.accepted.filter(pl.col("raw_name").is_in(bad)).join(held_out, on="raw_name")
    # A name can stand for many rows; each is listed, so that read = accepted + quarantined + duplicate holds.
    listed = (
        rows.with_columns(row=pl.int_ranges(0, "rows"))
        .explode("row", empty_as_null=False)
        .with_columns(file=pl.format("every row named {}", "raw_name"))
    )
    return replace(
        reading,
        parsed=replace(
            parsed,
            entries=parsed.entries.filter(~pl.col("raw_name").is_in(bad)),
            scores=parsed.scores.filter(~pl.col("raw_name").is_in(bad)),
            history=None if parsed.history is None else parsed.history.filter(~pl.col("raw_name").is_in(bad)),
            accepted=parsed.accepted.filter(~pl.col("raw_name").is_in(bad)),
            quarantined=pl.concat([parsed.quarantined, schema.frame(schema.QUARANTINED, listed)]),
        ),
    )


def assemble(readings: Sequence[Reading], resolution: identity.Resolution, today: date) -> dict[str, pl.DataFrame]:
    """Return the frames that `sql/` reads, each as `input_<name>`."""
    parsed = [reading.parsed for reading in readings if reading.parsed]
    return {
        "entries": pl.concat([p.entries for p in parsed]),
        "scores": pl.concat([p.scores for p in parsed]),
        "benchmarks": pl.concat([p.benchmarks for p in parsed]),
        "history": pl.concat([p.history for p in parsed if p.history is not None] or [schema.frame(schema.HISTORY)]),
        "quarantined": pl.concat([p.quarantined for p in parsed]),
        "aliases": resolution.aliases,
        "models": resolution.models,
        "lineage": resolution.lineage,
        "unresolved": resolution.unresolved,
        "sources": record.source_table(readings),
        "refresh_report": record.report(readings, today),
    }


def build(directory: Path, inputs: Mapping[str, pl.DataFrame]) -> tuple[warehouse.TableFile, ...]:
    """Build and prove the database in `directory`, and write its tables as Parquet."""
    with warehouse.building(directory) as building:
        building.make("model", inputs)
        building.make("mart", {})
        building.make("macro", {})
        return building.export()
