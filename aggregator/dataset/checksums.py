"""Verify a published dataset: files, checksums, schema, one edition, and freshness."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from aggregator.dataset import schema_version
from aggregator.dataset.contents import CHECKSUMS, Contents
from aggregator.dataset.describe import describe
from aggregator.dataset.release_check import created_at
from aggregator.errors import MetaboardError
from aggregator.store.manifest import MANIFEST, read_manifest, verify

HUB_CACHE = ".cache/huggingface/"
"""Metadata that the Hub's own client adds to a folder of downloads."""


def is_dataset(directory: Path) -> bool:
    """Return whether `directory` holds a published dataset; False for a generation of a home directory."""
    if (directory / CHECKSUMS).exists():
        return True
    try:
        return (directory / "datapackage.json").exists() and "published" not in read_manifest(directory)
    except MetaboardError:
        return True


def format_checksums(directory: Path, manifest: Mapping[str, Any]) -> bytes:
    """Return the contents of `SHA256SUMS`, for `sha256sum -c`: every file of the manifest, and the manifest itself."""
    hashes = {str(file["path"]): str(file["sha256"]) for file in manifest["files"]}
    hashes[MANIFEST] = hashlib.sha256((directory / MANIFEST).read_bytes()).hexdigest()
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(hashes.items())).encode()


def find_problems(directory: Path, since: datetime | None = None) -> list[str]:
    """Return the problems of a published dataset, one sentence each; an empty list when it is sound.

    An edition that was built before `since` is a problem: an old edition that is served again has correct checksums.
    The contents of files are compared only when all checksums are correct.
    """
    directory = directory.resolve()
    found = verify(directory, lambda path: path == CHECKSUMS or path.startswith(HUB_CACHE))
    try:
        manifest = read_manifest(directory)
        found = found or _check_checksum_file(directory, manifest) or _check_contents(directory, manifest)
        return found + (_check_age(manifest, since) if since else [])
    except MetaboardError as error:
        return found or [error.headline]
    except (OSError, KeyError, TypeError, ValueError) as error:
        return found or [f"{MANIFEST} does not describe this dataset: {type(error).__name__}: {error}"]


def _check_checksum_file(directory: Path, manifest: Mapping[str, Any]) -> list[str]:
    path = directory / CHECKSUMS
    if path.is_symlink() or not path.is_file():
        return [f"{CHECKSUMS} is missing"]
    return (
        [] if path.read_bytes() == format_checksums(directory, manifest) else [f"{CHECKSUMS} does not match {MANIFEST}"]
    )


def _check_contents(directory: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Return the differences between the DuckDB file, the Parquet files and the manifest."""
    contents = describe(directory, manifest)
    found = [f"{name} differs from {MANIFEST}" for name in _schema_changes(manifest, contents)]
    for table in contents.tables:
        parquet = pq.ParquetFile(directory / table.path)
        if parquet.metadata.num_rows != table.rows:
            found.append(f"{table.path} has {parquet.metadata.num_rows} rows, not {table.rows}")
        if parquet.schema_arrow.names != [column.name for column in table.columns]:
            found.append(f"{table.path} has other columns than the DuckDB file")
    return found


def _schema_changes(manifest: Mapping[str, Any], contents: Contents) -> tuple[str, ...]:
    differs = schema_version.compare_schemas(manifest["schema"], contents.schema)
    return differs.removed + differs.retyped + differs.added


def _check_age(manifest: Mapping[str, Any], since: datetime) -> list[str]:
    made = created_at(manifest)
    return (
        [f"this edition was made {made:%Y-%m-%d %H:%M} UTC, before {since:%Y-%m-%d %H:%M} UTC"] if made < since else []
    )
