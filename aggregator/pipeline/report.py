"""What a run writes down about itself: the report, the table of sources, the manifest, and what it followed from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from aggregator import warehouse
from aggregator.errors import StorageError
from aggregator.gates.overrides import Override
from aggregator.hub.cache import digest as metadata_digest
from aggregator.identity.hub_metadata import HubModel
from aggregator.model import Sha256, Snapshot
from aggregator.pipeline.reading import Fetched, Reading, cause_of, why
from aggregator.store.generations import Generation
from aggregator.store.manifest import verify

SCHEMA_VERSION = "1.0.0"
"""Version of the published tables: major for a removed or retyped column, minor for an added one."""

ABOUT_THE_RUN = frozenset({"refresh_report"})
"""Tables that describe the run and not the leaderboards; they do not make a generation new."""


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
            "cause": pl.String,
            "gates": pl.List(pl.String),
            "overrides": pl.List(pl.String),
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
        "cause": reading.cause,
        "gates": list(reading.gates),
        "overrides": [str(override) for override in reading.overrides],
    }


def report_again(report: pl.DataFrame, fetched: Iterable[Fetched]) -> pl.DataFrame:
    """Return the report of a generation that stays, as tonight's fetches make it.

    A source that could not be fetched tonight is kept; one whose published rows are of the very bytes that came
    tonight is fresh, whatever was wrong with it on the night of the generation.
    """
    return pl.DataFrame(
        [_row_again(row, item) for row, item in _beside(report, fetched)], schema=report.schema, orient="row"
    )


def _beside(report: pl.DataFrame, fetched: Iterable[Fetched]) -> Iterable[tuple[dict[str, Any], Fetched | None]]:
    by_source = {item.source.id: item for item in fetched}
    return ((row, by_source.get(str(row["source"]))) for row in report.iter_rows(named=True))


def _row_again(row: dict[str, Any], item: Fetched | None) -> dict[str, Any]:
    if item is None:
        return row
    if item.error is not None:
        status = "refused" if row["status"] == "refused" else "kept"
        return row | {"status": status, "message": why(item.error), "cause": cause_of(item.error)}
    if row["status"] != "fresh" and row["sha256"] == _one_hash(item.snapshots):
        return row | {"status": "fresh", "message": None, "cause": None, "gates": []}
    return row


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
    fetched: Iterable[Fetched],
    last_good: Mapping[str, Sequence[Snapshot]],
    aliases: Path | None = None,
    overrides: Iterable[Override] = (),
    scales: Iterable[Path] = (),
    *,
    told: Mapping[str, HubModel] = MappingProxyType({}),
) -> Sha256:
    """Return one hash over all that a generation follows from: the kept bytes, the code, the SQL, a person's words.

    `told` is what the Hub said of models (`HubCache.latest`), where it was asked.
    """
    digest = hashlib.sha256(_code_hash().encode())
    for override in overrides:
        digest.update(f"{override.source} {override.gate}\n".encode())
    for file in (*scales, *([aliases] if aliases and aliases.is_file() else ())):
        digest.update(file.read_bytes())
    if told:
        digest.update(metadata_digest(told).encode())
    for item in fetched:
        for snapshot in item.snapshots or last_good.get(item.source.id, ()):
            digest.update(f"{snapshot.source} {snapshot.resource} {snapshot.sha256}\n".encode())
    return Sha256(digest.hexdigest())


def follows_from(current: Generation, inputs: Sha256) -> bool:
    """Say whether `current` is whole and was made from just these inputs; a damaged one is built anew."""
    return not verify(current.path) and current.manifest().get("inputs_hash") == inputs


@cache
def _code_hash() -> str:
    digest = hashlib.sha256()
    roots = (Path(str(files("aggregator"))), warehouse.sql_root())
    for path in sorted(
        path for root in roots for pattern in ("*.py", "*.toml", "*.sql", "*.npz") for path in root.rglob(pattern)
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
                "measure": reading.measure.document() if reading.measure else None,
                "overrides": sorted({override.gate for override in reading.overrides}),
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
    try:
        sources = current.manifest()["sources"]
    except StorageError:
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
        for source, entry in sources.items()
    }
