"""What the nightly pipeline does, step by step, as plain functions.

`flows/refresh.py` says in which order. Nothing here knows of Prefect.
"""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from aggregator import identity, schema, warehouse
from aggregator.errors import FetchError, StorageError
from aggregator.fetch.client import Fetcher
from aggregator.hub.cache import frame
from aggregator.identity import quality
from aggregator.identity.hub_metadata import HubModel
from aggregator.model import Parsed, Resource, Snapshot, Source
from aggregator.pipeline import report
from aggregator.pipeline.reading import Fetched, Reading, without_names
from aggregator.store.snapshots import SnapshotStore


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


def identify(
    readings: Sequence[Reading],
    rules: identity.Rules,
    ever: pl.DataFrame | None = None,
    told: pl.DataFrame | None = None,
) -> identity.Resolution:
    """Place every name of every source.

    `ever` has the names of earlier nights (`schema.NAMES`), gone ones included; `told` is what `heard` returns.
    """
    here, told = names(readings), schema.frame(schema.HUB_MODELS) if told is None else told
    if ever is None:
        return identity.resolve(here, rules, told)
    gone = ever.join(here, on="source", how="semi").join(here, on=["source", "raw_name"], how="anti")
    return identity.resolve(pl.concat([here, gone]), rules, told)


def heard(told: Iterable[HubModel], readings: Iterable[Reading], rules: identity.Rules) -> pl.DataFrame:
    """Return what the Hub said (`schema.HUB_MODELS`), held against the days on which boards took the models in."""
    submitted = [
        reading.parsed.entries.select(hub_id=pl.col("hf_id").str.to_lowercase(), first_named_on="submitted_on")
        for reading in readings
        if reading.parsed
    ]
    days = pl.concat([*submitted, pl.DataFrame(schema={"hub_id": pl.String, "first_named_on": pl.Date})]).drop_nulls()
    return identity.judge(frame(told), days.group_by("hub_id").agg(pl.col("first_named_on").min()), rules)


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
    if reading.parsed is None or held_out.is_empty():
        return reading
    return replace(reading, parsed=without_names(reading.parsed, held_out))


def assemble(
    readings: Sequence[Reading], resolution: identity.Resolution, today: date, past: pl.DataFrame, told: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return the frames that `sql/` reads, each as `input_<name>`.

    `past` is what sources said so far (`past.PAST`), `told` what the Hub says of models (`heard`).
    """
    parsed = [reading.parsed for reading in readings if reading.parsed]
    return {
        "entries": pl.concat([p.entries for p in parsed]),
        "scores": pl.concat([p.scores for p in parsed]),
        "benchmarks": pl.concat([p.benchmarks for p in parsed]),
        "history": past.join(resolution.quarantined, on=["source", "raw_name"], how="anti"),
        "quarantined": pl.concat([p.quarantined for p in parsed]),
        "aliases": resolution.aliases,
        "models": resolution.models,
        "lineage": resolution.lineage,
        "hub_models": told,
        "unresolved": resolution.unresolved,
        "identity_quality": quality.evaluate(resolution.aliases, quality.LABELS, resolution.lineage),
        "sources": report.source_table(readings),
        "refresh_report": report.report(readings, today),
    }


def finish(building: warehouse.Building) -> tuple[warehouse.TableFile, ...]:
    """Add the macros, and write every table as Parquet."""
    building.make("macro", {})
    return building.export()


def enclose(directory: Path, scales: Iterable[Path], reliability: Path) -> None:
    """Put the frozen scales beside the tables that were read off them, so that a reader can read others off them too.

    What the suite of faults measured, where the home directory has it, is published with the tables.
    """
    folder = directory / "calibrations"
    folder.mkdir()
    for scale in scales:
        shutil.copyfile(scale, folder / scale.name)
    if reliability.is_file():
        shutil.copyfile(reliability, directory / reliability.name)
