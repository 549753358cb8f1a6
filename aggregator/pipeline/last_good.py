"""Find the last good editions and the active overrides in a home directory."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from aggregator.errors import StorageError
from aggregator.gates import overrides
from aggregator.gates.held import HeldPart, Part
from aggregator.gates.overrides import Override
from aggregator.gates.statistics import EditionStatistics, from_json
from aggregator.model import Sha256, Snapshot
from aggregator.pipeline.abilities import load_abilities
from aggregator.pipeline.acceptance import last_before_acceptance
from aggregator.pipeline.decisions import accepted_editions
from aggregator.pipeline.read import Baseline
from aggregator.pipeline.results import HeldParts
from aggregator.sources import SAMPLE
from aggregator.store.decisions import DecisionLog
from aggregator.store.files import sha256_hex, storage_errors
from aggregator.store.generations import Generation, Home

DAMAGED = (KeyError, TypeError, ValueError, AttributeError)
"""What the entry of a source raises when somebody changed the manifest."""


def load_baseline(home: Home, today: date) -> Baseline:
    """Return what the new editions are compared with; raises `UsageError` for an override file with an error."""
    events = DecisionLog(home.root).read()
    return Baseline(
        today,
        last_good_snapshots(home.current),
        good_editions(home, last_before_acceptance(events)),
        active_overrides(home.root, today),
        sample_digests(),
        held_parts(home.current),
        accepted_editions(events),
        load_abilities(home.current),
    )


def last_good_snapshots(current: Generation | None) -> dict[str, tuple[Snapshot, ...]]:
    """Return the files of the current generation, by source; a source with a damaged entry is left out."""
    found = {}
    for source, entry in (_source_entries(current) if current else {}).items():
        with suppress(*DAMAGED):
            found[source] = tuple(_snapshot(source, file) for file in entry["files"])
    return found


def held_parts(current: Generation | None) -> dict[str, tuple[HeldParts, ...]]:
    """Return the parts of each source in the current generation that stay at the values of earlier editions."""
    found = {}
    for source, entry in (_source_entries(current) if current else {}).items():
        with suppress(*DAMAGED):
            found[source] = tuple(_held_parts(source, group) for group in entry.get("held", ()))
    return {source: parts for source, parts in found.items() if parts}


def _held_parts(source: str, group: Mapping[str, Any]) -> HeldParts:
    """Return the held parts that one entry of a manifest describes."""
    return HeldParts(
        tuple(_snapshot(source, file) for file in group["files"]),
        tuple(
            HeldPart(Part(part["part"]), part["key"], date.fromisoformat(part["since"]), part["digest"])
            for part in group["parts"]
        ),
    )


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


def good_editions(
    home: Home, accepted_after: Mapping[str, str] | None = None
) -> dict[str, tuple[EditionStatistics, ...]]:
    """Return the statistics of the good editions of each source, oldest first.

    The list starts again at an edition that passed with an override, and after the generation in `accepted_after` that
    was current when a person accepted one: later editions are compared with that one.
    """
    starts = accepted_after or {}
    found: dict[str, dict[tuple[str, ...], EditionStatistics]] = {}
    for generation in _good_generations(home):
        for source, entry in _source_entries(generation).items():
            statistics = from_json(entry.get("measure"))
            if statistics is None or generation.number <= _number(starts.get(source, "")):
                continue
            if entry.get("overrides"):
                found.pop(source, None)
            digests = tuple(str(file.get("sha256")) for file in entry.get("files", ()))
            found.setdefault(source, {})[digests] = statistics
    return {source: tuple(editions.values()) for source, editions in found.items()}


def _number(generation: str) -> int:
    """Return the position of a generation in the order of publication; 0 without one."""
    digits = generation.partition("-")[0]
    return int(digits) if digits.isdecimal() else 0


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
def sample_digests() -> frozenset[Sha256]:
    """Return the digests of the bundled sample's files."""
    return frozenset(sha256_hex(path.read_bytes()) for path in SAMPLE.rglob("*") if path.is_file())
