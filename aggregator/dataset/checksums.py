"""Whether a published dataset is whole, unchanged, of one edition, and no older than a reader expects."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from aggregator.dataset import schema_version
from aggregator.dataset.contents import MANIFEST, SUMS, Contents
from aggregator.dataset.describe import describe
from aggregator.dataset.release_check import made_at
from aggregator.errors import MetaboardError
from aggregator.store.manifest import read_manifest, verify

DOWNLOAD_NOTES = ".cache/huggingface/"
"""Where the Hub's own client keeps notes about what it downloaded into a folder."""


def is_dataset(directory: Path) -> bool:
    """Return whether `directory` holds a published dataset, and not a generation that was built or pulled here."""
    if (directory / SUMS).exists():
        return True
    try:
        return (directory / "datapackage.json").exists() and "published" not in read_manifest(directory)
    except MetaboardError:
        return True


def sums(directory: Path, manifest: Mapping[str, Any]) -> bytes:
    """Return `SHA256SUMS` as `sha256sum -c` reads it: every file of the manifest, and the manifest."""
    hashes = {str(file["path"]): str(file["sha256"]) for file in manifest["files"]}
    hashes[MANIFEST] = hashlib.sha256((directory / MANIFEST).read_bytes()).hexdigest()
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(hashes.items())).encode()


def problems(directory: Path, since: datetime | None = None) -> list[str]:
    """Return what is wrong with a published dataset, a sentence each; nothing when it is sound.

    `since` refuses an edition that was made before that time: whoever serves an old one again shows files that are
    all sound. The files are looked into only when all their hashes are right.
    """
    directory = directory.resolve()
    found = verify(directory, lambda path: path == SUMS or path.startswith(DOWNLOAD_NOTES))
    try:
        manifest = read_manifest(directory)
        found = found or _seal(directory, manifest) or _inside(directory, manifest)
        return found + (_age(manifest, since) if since else [])
    except MetaboardError as error:
        return found or [error.headline]
    except (OSError, KeyError, TypeError, ValueError) as error:
        return found or [f"{MANIFEST} does not describe this dataset: {type(error).__name__}: {error}"]


def _seal(directory: Path, manifest: Mapping[str, Any]) -> list[str]:
    path = directory / SUMS
    if path.is_symlink() or not path.is_file():
        return [f"{SUMS} is missing"]
    return [] if path.read_bytes() == sums(directory, manifest) else [f"{SUMS} is not of this {MANIFEST}"]


def _inside(directory: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Return where the DuckDB file, the Parquet files and the manifest disagree."""
    contents = describe(directory, manifest)
    found = [f"{name} is not as {MANIFEST} says" for name in _changed(manifest, contents)]
    for table in contents.tables:
        parquet = pq.ParquetFile(directory / table.path)
        if parquet.metadata.num_rows != table.rows:
            found.append(f"{table.path} has {parquet.metadata.num_rows} rows, not {table.rows}")
        if parquet.schema_arrow.names != [column.name for column in table.columns]:
            found.append(f"{table.path} has other columns than the DuckDB file")
    return found


def _changed(manifest: Mapping[str, Any], contents: Contents) -> tuple[str, ...]:
    differs = schema_version.difference(manifest["schema"], contents.schema)
    return differs.removed + differs.retyped + differs.added


def _age(manifest: Mapping[str, Any], since: datetime) -> list[str]:
    made = made_at(manifest)
    return (
        [f"this edition was made {made:%Y-%m-%d %H:%M} UTC, before {since:%Y-%m-%d %H:%M} UTC"] if made < since else []
    )
