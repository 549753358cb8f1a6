"""Find the last good editions and the active overrides in a home directory."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from aggregator.errors import StorageError
from aggregator.gates import overrides
from aggregator.gates.overrides import Override
from aggregator.gates.statistics import EditionStatistics, from_json
from aggregator.model import Sha256, Snapshot
from aggregator.pipeline.read import Baseline
from aggregator.sources import SAMPLE
from aggregator.store.files import sha256_hex, storage_errors
from aggregator.store.generations import Generation, Home


def load_baseline(home: Home, today: date) -> Baseline:
    """Return what the new editions are compared with; raises `UsageError` for an override file with an error."""
    return Baseline(
        today,
        last_good_snapshots(home.current),
        good_editions(home),
        active_overrides(home.root, today),
        _sample_digests(),
    )


def last_good_snapshots(current: Generation | None) -> dict[str, tuple[Snapshot, ...]]:
    """Return the files of the current generation, by source."""
    if current is None:
        return {}
    try:
        sources = current.manifest()["sources"]
    except StorageError:
        return {}
    return {source: tuple(_snapshot(source, file) for file in entry["files"]) for source, entry in sources.items()}


def _snapshot(source: str, file: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot that one file entry of a manifest describes."""
    return Snapshot(
        source=source,
        resource=file["resource"],
        url=file["url"],
        sha256=Sha256(file["sha256"]),
        size=file["size"],
        retrieved_at=datetime.fromisoformat(file["retrieved_at"]),
        revision=file["revision"],
    )


def active_overrides(home: Path, today: date) -> tuple[Override, ...]:
    """Return the overrides under `home` that have not expired, sorted by file name.

    Raises `UsageError` for a file with an error, and `StorageError` for a file that cannot be read.
    """
    found = []
    for path in sorted((home / overrides.FOLDER).glob("*.toml")):
        with storage_errors(f"read {path}"):
            content = path.read_bytes()
        found.append(overrides.parse_override(path, content, today))
    return tuple(override for override in found if override.expires >= today)


def good_editions(home: Home) -> dict[str, tuple[EditionStatistics, ...]]:
    """Return the statistics of the good editions of each source, oldest first.

    The list starts again at an edition that passed with an override: later editions are compared with that one.
    """
    found: dict[str, dict[tuple[str, ...], EditionStatistics]] = {}
    for generation in _good_generations(home):
        for source, entry in _source_entries(generation).items():
            statistics = from_json(entry.get("measure"))
            if statistics is None:
                continue
            if entry.get("overrides"):
                found.pop(source, None)
            digests = tuple(str(file.get("sha256")) for file in entry.get("files", ()))
            found.setdefault(source, {})[digests] = statistics
    return {source: tuple(editions.values()) for source, editions in found.items()}


def _good_generations(home: Home) -> list[Generation]:
    """Return the kept generations that led to the current one, without those that a rollback abandoned."""
    current = home.current
    if current is None:
        return []
    ancestors: list[str] = []
    for event in home.ledger():
        generation = str(event.get("generation"))
        ancestors = ancestors[: ancestors.index(generation)] if generation in ancestors else ancestors
        ancestors.append(generation)
    kept = {generation.id: generation for generation in home.generations()}
    return [kept[name] for name in (*ancestors, current.id) if name in kept and kept[name].number <= current.number]


def _source_entries(generation: Generation) -> dict[str, dict[str, Any]]:
    """Return the `sources` of the manifest; empty when the manifest is damaged."""
    try:
        sources = generation.manifest().get("sources")
    except StorageError:
        return {}
    entries = sources.items() if isinstance(sources, dict) else ()
    return {str(source): entry for source, entry in entries if isinstance(entry, dict)}


@cache
def _sample_digests() -> frozenset[Sha256]:
    return frozenset(sha256_hex(path.read_bytes()) for path in SAMPLE.rglob("*") if path.is_file())
