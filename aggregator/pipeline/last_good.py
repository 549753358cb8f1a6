"""Which earlier editions were good, as the manifests of the kept generations tell it."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from aggregator.errors import StorageError
from aggregator.gates import overrides
from aggregator.gates.overrides import Override
from aggregator.gates.statistics import Measure, from_document
from aggregator.model import Sha256, Snapshot
from aggregator.pipeline.read import Standard
from aggregator.sources import SAMPLE
from aggregator.store.files import digest, storage
from aggregator.store.generations import Generation, Home


def standard(home: Home, last_good: Mapping[str, Sequence[Snapshot]], today: date) -> Standard:
    """Return what tonight's rows are held against; raises `UsageError` for an override that cannot be understood."""
    return Standard(today, last_good, good_editions(home), overrides_in_force(home.root, today), _sample())


def overrides_in_force(home: Path, today: date) -> tuple[Override, ...]:
    """Return the overrides under `home` that have not ended, by file name.

    Raises `UsageError` when a file cannot be understood, and `StorageError` when it cannot be read.
    """
    found = []
    for path in sorted((home / overrides.FOLDER).glob("*.toml")):
        with storage(f"read {path}"):
            content = path.read_bytes()
        found.append(overrides.parse(path, content, today))
    return tuple(override for override in found if override.expires >= today)


def good_editions(home: Home) -> dict[str, tuple[Measure, ...]]:
    """Return the measures of the different good editions of each source, oldest first.

    An edition that a person let pass begins a new count: what came before is no measure for what comes after.
    """
    found: dict[str, dict[tuple[str, ...], Measure]] = {}
    for generation in _good_generations(home):
        for source, entry in _entries(generation).items():
            counted = from_document(entry.get("measure"))
            if counted is None:
                continue
            if entry.get("overrides"):
                found.pop(source, None)
            files_of = tuple(str(file.get("sha256")) for file in entry.get("files", ()))
            found.setdefault(source, {})[files_of] = counted
    return {source: tuple(editions.values()) for source, editions in found.items()}


def _good_generations(home: Home) -> list[Generation]:
    """Return the kept generations that led to the current one; those that a rollback left behind did not."""
    current = home.current
    if current is None:
        return []
    led: list[str] = []
    for line in home.ledger():
        generation = str(line.get("generation"))
        led = led[: led.index(generation)] if generation in led else led
        led.append(generation)
    kept = {generation.id: generation for generation in home.generations()}
    return [kept[name] for name in (*led, current.id) if name in kept and kept[name].number <= current.number]


def _entries(generation: Generation) -> dict[str, dict[str, Any]]:
    try:
        sources = generation.manifest().get("sources")
    except StorageError:
        return {}
    entries = sources.items() if isinstance(sources, dict) else ()
    return {str(source): entry for source, entry in entries if isinstance(entry, dict)}


@cache
def _sample() -> frozenset[Sha256]:
    return frozenset(digest(path.read_bytes()) for path in SAMPLE.rglob("*") if path.suffix in (".parquet", ".json"))
