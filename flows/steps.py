"""What the nightly pipeline does, step by step, as plain functions.

`flows/refresh.py` says in which order. Nothing here knows of Prefect.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from aggregator import identity, schema, warehouse
from aggregator.errors import FetchError, MetaboardError, SourceError
from aggregator.generations import Generation
from aggregator.http import Fetcher
from aggregator.model import Parsed, Resource, Sha256, Snapshot, Source
from aggregator.snapshots import SnapshotStore

SCHEMA_VERSION = "1.0.0"
"""Version of the published tables: major for a removed or retyped column, minor for an added one."""

ABOUT_THE_RUN = frozenset({"refresh_report"})
"""Tables that describe the run and not the leaderboards; they do not make a generation new."""


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


def fetch(source: Source, fetcher: Fetcher, store: SnapshotStore) -> Fetched:
    """Fetch and keep every file of `source`; a failure is returned, so that it stops no other source."""
    try:
        snapshots = [
            _first_retrieval(store.keep(snapshot), store)
            for resource in source.resources
            for snapshot in fetcher.fetch(source.id, resource, store.latest(source.id, resource.name))
        ]
    except FetchError as error:
        return Fetched(source, error=error)
    return Fetched(source, tuple(snapshots))


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
        "sources": source_table(readings),
        "refresh_report": report(readings, today),
    }


def build(directory: Path, inputs: Mapping[str, pl.DataFrame]) -> tuple[warehouse.TableFile, ...]:
    """Build and prove the database in `directory`, and write its tables as Parquet."""
    with warehouse.building(directory) as building:
        building.make("model", inputs)
        building.make("mart", {})
        building.make("macro", {})
        return building.export()


def source_table(readings: Sequence[Reading]) -> pl.DataFrame:
    """Return one row per source that has rows; the order of the register is the order of trust in facts."""
    return pl.DataFrame(
        [
            {
                "source": reading.source.id,
                "title": reading.source.title,
                "track": reading.source.track.value,
                "rank_rule": reading.source.rank_rule.value,
                "score_unit": reading.source.score_unit,
                "in_rank": reading.source.in_rank,
                "homepage": reading.source.homepage,
                "license": reading.source.license,
                "citation": reading.source.citation,
                "frozen_on": reading.source.frozen_on,
                "published_on": reading.parsed.published_on,
                "retrieved_at": _retrieved_at(reading.snapshots),
                "revision": next((s.revision for s in reading.snapshots if s.revision), None),
                "priority": priority,
            }
            for priority, reading in enumerate(readings)
            if reading.parsed
        ],
        schema_overrides={
            "frozen_on": pl.Date,
            "published_on": pl.Date,
            "revision": pl.String,
            "priority": pl.Int64,
            "retrieved_at": pl.Datetime("us"),
        },
    )


def report(readings: Sequence[Reading], today: date) -> pl.DataFrame:
    """Return the `refresh_report`: one row per source, refused ones included."""
    return pl.DataFrame(
        [_report_row(reading, today) for reading in readings],
        schema_overrides={
            "published_on": pl.Date,
            "retrieved_at": pl.Datetime("us"),
            "age_days": pl.Int64,
            "sha256": pl.String,
            "message": pl.String,
            "warnings": pl.List(pl.String),
        },
    )


def _report_row(reading: Reading, today: date) -> dict[str, Any]:
    parsed = reading.parsed
    published_on = parsed.published_on if parsed else None
    return {
        "source": reading.source.id,
        "status": reading.status,
        "rows_read": parsed.rows_read if parsed else 0,
        "rows_accepted": parsed.rows_accepted if parsed else 0,
        "rows_quarantined": parsed.rows_quarantined if parsed else 0,
        "rows_duplicate": parsed.rows_duplicate if parsed else 0,
        "published_on": published_on,
        "retrieved_at": _retrieved_at(reading.snapshots),
        "age_days": (today - published_on).days if published_on else None,
        "sha256": _one_hash(reading.snapshots),
        "message": reading.message,
        "warnings": list(parsed.warnings) if parsed else [],
    }


def _retrieved_at(snapshots: Sequence[Snapshot]) -> datetime | None:
    """Return the latest retrieval in UTC without zone, as DuckDB's plain timestamps are read everywhere."""
    if not snapshots:
        return None
    return max(snapshot.retrieved_at for snapshot in snapshots).astimezone(UTC).replace(tzinfo=None)


def _one_hash(snapshots: Sequence[Snapshot]) -> str | None:
    if len(snapshots) <= 1:
        return snapshots[0].sha256 if snapshots else None
    return hashlib.sha256("\n".join(snapshot.sha256 for snapshot in snapshots).encode()).hexdigest()


def inputs_hash(
    readings_or_fetched: Iterable[Reading | Fetched], last_good: Mapping[str, Sequence[Snapshot]]
) -> Sha256:
    """Return one hash over all that a generation follows from: the kept bytes, the code, the SQL, the curated data."""
    digest = hashlib.sha256(_code_hash().encode())
    for item in readings_or_fetched:
        for snapshot in item.snapshots or last_good.get(item.source.id, ()):
            digest.update(f"{snapshot.source} {snapshot.resource} {snapshot.sha256}\n".encode())
    return Sha256(digest.hexdigest())


def _code_hash() -> str:
    digest = hashlib.sha256()
    roots = (Path(str(files("aggregator"))), warehouse.sql_root())
    for path in sorted(
        path for root in roots for pattern in ("*.py", "*.toml", "*.sql") for path in root.rglob(pattern)
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def manifest(tables: Sequence[warehouse.TableFile], readings: Sequence[Reading], inputs: Sha256) -> dict[str, Any]:
    """Return what the generation's `manifest.json` says besides its files and its number."""
    return {
        "schema_version": SCHEMA_VERSION,
        "content_hash": warehouse.canonical_hash(tables, leaving_out=ABOUT_THE_RUN),
        "inputs_hash": inputs,
        "files": [{"path": table.path, "rows": table.rows} for table in tables],
        "sources": {
            reading.source.id: {
                "status": reading.status,
                "published_on": str(reading.parsed.published_on)
                if reading.parsed and reading.parsed.published_on
                else None,
                "files": [_provenance(snapshot) for snapshot in reading.snapshots],
            }
            for reading in readings
        },
    }


def _provenance(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "resource": snapshot.resource,
        "url": snapshot.url,
        "sha256": snapshot.sha256,
        "size": snapshot.size,
        "retrieved_at": snapshot.retrieved_at.astimezone(UTC).isoformat(),
        "revision": snapshot.revision,
    }


def last_good_snapshots(current: Generation | None) -> dict[str, tuple[Snapshot, ...]]:
    """Return, per source, the files that the current generation rests on."""
    if current is None:
        return {}
    return {
        source: tuple(
            Snapshot(
                source=source,
                resource=file["resource"],
                url=file["url"],
                sha256=Sha256(file["sha256"]),
                size=file["size"],
                retrieved_at=datetime.fromisoformat(file["retrieved_at"]),
                revision=file["revision"],
            )
            for file in entry["files"]
        )
        for source, entry in current.manifest()["sources"].items()
    }


def replayed(source: Source, store: SnapshotStore) -> Fetched:
    """Return the kept files of the last fetch in place of a new one."""
    snapshots = tuple(snapshot for resource in source.resources for snapshot in store.latest(source.id, resource.name))
    have = {snapshot.resource.partition("/")[0] for snapshot in snapshots}
    missing = [resource for resource in source.resources if resource.name not in have]
    if missing:
        return Fetched(source, error=_nothing_kept(source, missing[0]))
    return Fetched(source, snapshots)


def _nothing_kept(source: Source, resource: Resource) -> FetchError:
    return FetchError(
        resource.path, f"no bytes of {source.id} are kept", hint="Run `metaboard refresh` without --replay."
    )
