"""One generation of a home directory: a complete output in a folder of its own, with its manifest."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aggregator.errors import StorageError
from aggregator.store.manifest import manifest_problems, read_manifest

GENERATION_NAME = re.compile(r"(?P<number>\d{6,})-(?P<hash>[0-9a-f]{8})")


@dataclass(frozen=True)
class Generation:
    """One complete output. The fields from its manifest are empty when the manifest is unreadable."""

    id: str
    path: Path
    content_hash: str = ""
    created_at: str = ""

    @property
    def number(self) -> int:
        """Position in the order of publication."""
        return int(self.id.partition("-")[0])

    def manifest(self) -> dict[str, Any]:
        """Return the manifest; raises `StorageError` when it is unreadable."""
        return read_manifest(self.path)


def copied_generation(path: Path) -> Generation | None:
    """Return the generation in a folder that stands in the place of the current link, or None."""
    with suppress(StorageError, OSError):
        if path.is_dir() and GENERATION_NAME.fullmatch(name := str(read_manifest(path).get("generation"))):
            return replace(read_generation(path), id=name)
    return None


def is_usable(generation: Generation) -> bool:
    """Return whether the manifest of a generation can be read and is the one that was published."""
    return not manifest_problems(generation.path)


def read_generation(path: Path) -> Generation:
    """Return the generation in a folder; without the fields of a manifest that cannot be read."""
    try:
        manifest = read_manifest(path)
    except StorageError:
        return Generation(path.name, path)
    return Generation(path.name, path, str(manifest.get("content_hash", "")), str(manifest.get("created_at", "")))
