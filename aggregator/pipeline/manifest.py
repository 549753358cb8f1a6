"""Build the manifest of a generation: schema version, content hash, files, and the provenance of every source."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from aggregator import warehouse
from aggregator.dataset.schema_version import SCHEMA_VERSION
from aggregator.model import Sha256, Snapshot
from aggregator.pipeline.results import ReadResult
from aggregator.warehouse import RUN_TABLES

__all__ = ["RUN_TABLES", "SCHEMA_VERSION", "build_manifest"]


def build_manifest(
    tables: Sequence[warehouse.TableFile], results: Sequence[ReadResult], inputs: Sha256
) -> dict[str, Any]:
    """Return the content of `manifest.json`; `Home.publish` adds the checksums, the number and the time."""
    return {
        "schema_version": SCHEMA_VERSION,
        "sql": warehouse.sql_digest(),
        "content_hash": warehouse.content_hash(tables, exclude=RUN_TABLES),
        "inputs_hash": inputs,
        "files": [{"path": table.path, "rows": table.rows} for table in tables],
        "sources": {result.source.id: _source_entry(result) for result in results},
    }


def _source_entry(result: ReadResult) -> dict[str, Any]:
    published_on = result.parsed.published_on if result.parsed else None
    return {
        "status": result.status,
        "published_on": str(published_on) if published_on else None,
        "files": [_provenance(snapshot) for snapshot in result.snapshots],
        "measure": result.measure.to_json() if result.measure else None,
        "overrides": sorted({override.gate for override in result.overrides}),
        "held": [
            {
                "files": [_provenance(snapshot) for snapshot in group.snapshots],
                "parts": [
                    {"part": part.part.value, "key": part.key, "since": part.since.isoformat(), "digest": part.digest}
                    for part in group.parts
                ],
            }
            for group in result.held
        ],
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
