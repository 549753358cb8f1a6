"""The `manifest.json` of a generation: list the files with their SHA-256, and verify them."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from aggregator.errors import NOTHING_PUBLISHED, StorageError
from aggregator.store.files import read_lines
from aggregator.store.layout import is_reader_file

MANIFEST = "manifest.json"
LEDGER = "ledger.jsonl"
TEXTS = ("content_hash", "created_at", "generation", "inputs_hash", "schema_version")
"""Fields of a manifest that are text."""
BUILD_AGAIN = "`metaboard refresh` builds a new generation; `metaboard pull` downloads a published edition again."


def read_manifest(directory: Path) -> dict[str, Any]:
    """Return the manifest in `directory`; raises `StorageError` when it is unreadable."""
    path = directory / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError as cause:
        raise StorageError(f"{path} is missing", hint=BUILD_AGAIN) from cause
    except RecursionError as cause:
        raise StorageError(f"{path} is not a manifest: its JSON is nested too deeply", hint=BUILD_AGAIN) from cause
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else cause
        raise StorageError(f"{path} cannot be read: {reason}", hint=BUILD_AGAIN) from cause
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), list):
        raise StorageError(f"{path} is not a manifest", hint=BUILD_AGAIN)
    if problem := _shape_problem(manifest):
        raise StorageError(f"{path} is not a manifest: {problem}", hint=BUILD_AGAIN)
    return manifest


def _shape_problem(manifest: Mapping[str, Any]) -> str | None:
    """Return which field of a manifest has another type than the programs that read it expect, or None."""
    for name in TEXTS:
        if name in manifest and not isinstance(manifest[name], str):
            return f"`{name}` is no text"
    if not all(isinstance(file, dict) for file in manifest["files"]):
        return "it lists a file without path or sha256"
    sources = manifest.get("sources", {})
    if not isinstance(sources, dict) or not all(isinstance(entry, dict) for entry in sources.values()):
        return "`sources` is no object of objects"
    files = [entry.get("files", []) for entry in sources.values()]
    if not all(isinstance(found, list) and all(isinstance(file, dict) for file in found) for found in files):
        return "`sources` has `files` that are no list of objects"
    try:
        datetime.fromisoformat(str(manifest.get("created_at", "2000-01-01")))
    except ValueError:
        return "`created_at` is no time"
    return None


def verify(directory: Path, may_be_unlisted: Callable[[str], bool] = lambda _: False) -> list[str]:
    """Compare the files of a generation with its manifest; return one sentence for each problem.

    `may_be_unlisted` decides by path which extra files are allowed. The manifest itself is compared with its SHA-256
    in the ledger.
    """
    directory = directory.resolve()
    try:
        manifest = read_manifest(directory)
        listed = {str(file["path"]): str(file["sha256"]) for file in manifest["files"]}
    except StorageError as error:
        return [error.headline]
    except (KeyError, TypeError):
        return [f"{MANIFEST} lists a file without path or sha256"]
    return [*_file_problems(directory, listed, may_be_unlisted), *_manifest_problems(directory, manifest)]


def manifest_problems(directory: Path) -> list[str]:
    """Return why the manifest of a generation is not the one that was published; its files are not read."""
    try:
        return list(_manifest_problems(directory, read_manifest(directory)))
    except StorageError as error:
        return [error.headline]


def _file_problems(directory: Path, listed: Mapping[str, str], may_be_unlisted: Callable[[str], bool]) -> Iterator[str]:
    found = _paths(directory)
    for name in sorted(listed.keys() - found.keys()):
        yield f"{name} is missing"
    for name in sorted(found.keys() - listed.keys() - {MANIFEST}):
        if not may_be_unlisted(name):
            yield f"{name} is not in the manifest"
    for name in sorted(listed.keys() & found.keys()):
        if _sha256(found[name]) != listed[name]:
            yield f"{name} is not the file that was published"


def _manifest_problems(directory: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence when the manifest of a generation in a home directory belongs elsewhere or was changed."""
    if directory.parent.name != "generations":
        return
    if manifest.get("generation") != directory.name:
        yield f"{MANIFEST} is of generation {manifest.get('generation')}"
    elif (expected := _ledger_hash(directory)) and expected != manifest_hash(directory):
        yield f"{MANIFEST} is not the one that was published"


def manifest_hash(directory: Path) -> str:
    """Return the SHA-256 of the manifest in `directory`, or an empty string when it is unreadable."""
    return _sha256(directory / MANIFEST)


def _ledger_hash(generation: Path) -> str | None:
    """Return the SHA-256 of a generation's manifest from the ledger of its home directory, or None."""
    try:
        lines = read_lines(generation.parent.parent / LEDGER)
    except OSError:
        return None
    hashes = [line.get("manifest") for line in lines if line.get("generation") == generation.name]
    return next((str(found) for found in reversed(hashes) if found), None)


def list_files(build: Path, manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return `{path, sha256, rows}` of every file in `build` by path; the rows are from `manifest`.

    Raises `StorageError` when a file of `manifest` is missing, or when DuckDB left a write-ahead log.
    """
    rows = {str(file["path"]): file.get("rows") for file in manifest.get("files", ())}
    found = _paths(build)
    found.pop(MANIFEST, None)
    if missing := sorted(rows.keys() - found.keys()):
        raise StorageError(f"the build has no {', '.join(missing)}", hint=NOTHING_PUBLISHED)
    if logs := [name for name in found if name.endswith(".wal")]:
        raise StorageError(f"{logs[0]} has rows that are not in its database yet", hint=NOTHING_PUBLISHED)
    return [{"path": name, "sha256": _sha256(path), "rows": rows.get(name)} for name, path in sorted(found.items())]


def _paths(directory: Path) -> dict[str, Path]:
    """Return all files and links below `directory` by relative path, without the files of readers."""
    paths = (Path(folder) / name for folder, _, names in os.walk(directory) for name in names)
    found = {path.relative_to(directory).as_posix(): path for path in paths}
    return {name: path for name, path in found.items() if not is_reader_file(name)}


def _sha256(path: Path) -> str:
    """Return the SHA-256 of a file, or an empty string for a link or an unreadable file."""
    if path.is_symlink():
        return ""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
