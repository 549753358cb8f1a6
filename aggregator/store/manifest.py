"""What a generation's `manifest.json` promises, and whether the files keep it."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aggregator.errors import StorageError
from aggregator.store.files import read_lines

MANIFEST = "manifest.json"
LEDGER = "ledger.jsonl"
UNTOUCHED = "Nothing was published; the generation before this one is still current."


def read_manifest(directory: Path) -> dict[str, Any]:
    """Return the manifest in `directory`; raises `StorageError`."""
    path = directory / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError) as cause:
        raise StorageError(f"{path} cannot be read: {cause}") from cause
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), list):
        raise StorageError(f"{path} is not a manifest")
    return manifest


def verify(directory: Path, beside: Callable[[str], bool] = lambda _: False) -> list[str]:
    """Return what is wrong with a generation, a sentence each; nothing when every file is as its manifest says.

    Files for whose path `beside` is true may be there without being listed.
    """
    directory = directory.resolve()
    try:
        manifest = read_manifest(directory)
        promised = {str(file["path"]): str(file["sha256"]) for file in manifest["files"]}
    except StorageError as error:
        return [error.headline]
    except (KeyError, TypeError):
        return [f"{MANIFEST} lists a file without path or sha256"]
    found = _paths(directory)
    problems = [f"{name} is missing" for name in sorted(promised.keys() - found.keys())]
    extra = sorted(name for name in found.keys() - promised.keys() - {MANIFEST} if not beside(name))
    problems += [f"{name} is not in the manifest" for name in extra]
    problems += [
        f"{name} is not the file that was published"
        for name in sorted(promised.keys() & found.keys())
        if _sha256(found[name]) != promised[name]
    ]
    if directory.parent.name == "generations":
        if manifest.get("generation") != directory.name:
            problems.append(f"{MANIFEST} is of generation {manifest.get('generation')}")
        elif (noted := _noted(directory)) and noted != manifest_hash(directory):
            problems.append(f"{MANIFEST} is not the one that was published")
    return problems


def manifest_hash(directory: Path) -> str:
    """Return the digest of the manifest in `directory`, nothing where it cannot be read."""
    return _sha256(directory / MANIFEST)


def _noted(generation: Path) -> str | None:
    """Return the digest that the ledger beside the generations has for a manifest; None where it has none."""
    try:
        lines = read_lines(generation.parent.parent / LEDGER)
    except OSError:
        return None
    found = [line.get("manifest") for line in lines if line.get("generation") == generation.name]
    return next((str(digest) for digest in reversed(found) if digest), None)


def listing(build: Path, manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return `{path, sha256, rows}` of every file in `build`, ordered by path; raises `StorageError`."""
    rows = {str(file["path"]): file.get("rows") for file in manifest.get("files", ())}
    found = _paths(build)
    found.pop(MANIFEST, None)
    if lost := sorted(rows.keys() - found.keys()):
        raise StorageError(f"the build lacks {', '.join(lost)}", hint=UNTOUCHED)
    if live := [name for name in found if name.endswith(".wal")]:
        raise StorageError(f"{live[0]} holds rows that are not in its database yet", hint=UNTOUCHED)
    return [{"path": name, "sha256": _sha256(path), "rows": rows.get(name)} for name, path in sorted(found.items())]


def _paths(directory: Path) -> dict[str, Path]:
    """Return everything in `directory` that is no directory, by its path inside."""
    paths = (Path(folder) / name for folder, _, names in os.walk(directory) for name in names)
    return {path.relative_to(directory).as_posix(): path for path in paths}


def _sha256(path: Path) -> str:
    """Return the digest of a file, or nothing where it is no plain file or cannot be read."""
    if path.is_symlink():
        return ""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
