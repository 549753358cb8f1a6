"""Build the published dataset of a generation: tables, documents, manifest and checksums in one folder.

::

    README.md LICENSE.md CITATION.cff   for people; the Hub also reads the head of README.md
    metaboard.duckdb                    every table and macro
    data/<table>/<table>.parquet        every table
    csv/leaderboard.csv                 for spreadsheets
    datapackage.json croissant.json     for tools
    manifest.json SHA256SUMS            every file with its checksum
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aggregator import warehouse
from aggregator.dataset.checksums import format_checksums
from aggregator.dataset.contents import CHECKSUMS, Contents
from aggregator.dataset.describe import describe
from aggregator.dataset.documents import code_digest, render_csv_files, render_documents, to_json
from aggregator.dataset.redact import remove_sources
from aggregator.errors import StorageError
from aggregator.store.files import storage_errors, sync_tree
from aggregator.store.manifest import MANIFEST, list_files, read_manifest, verify


def prepare_dataset(
    generation: Path, target: Path, *, withheld: Sequence[str] = (), repository: str | None = None
) -> dict[str, Any]:
    """Write the dataset of a generation into the empty directory `target` and return its manifest.

    The rows of the sources in `withheld` are removed; `repository` is the dataset's id on the Hub.
    Raises `StorageError` when the generation is damaged or the disk is full, and `UsageError` when a withheld source
    is unknown or one of its scores would stay in a table.
    """
    if problems := verify(generation):
        raise StorageError(f"{generation} is damaged: {problems[0]}", hint="Run `metaboard refresh --force`.")
    manifest = read_manifest(generation)
    with storage_errors(f"write the dataset into {target}"):
        _copy(generation, manifest, target)
        if withheld:
            manifest |= remove_sources(target, manifest, tuple(sorted(set(withheld))))
        contents = describe(target, manifest)
        write_documents(contents, target, repository)
        return _write_manifest(target, manifest, contents)


def _copy(generation: Path, manifest: dict[str, Any], target: Path) -> None:
    for file in manifest["files"]:
        path = target / file["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(generation / file["path"], path)


def write_documents(contents: Contents, target: Path, repository: str | None) -> None:
    """Write the documents and the CSV files into the dataset in `target`."""
    for name, text in render_documents(contents, repository).items():
        (target / name).write_text(text, encoding="utf-8", newline="\n")
    with warehouse.open_read_only(target / warehouse.DATABASE) as connection:
        for name, content in render_csv_files(connection, contents):
            (target / name).parent.mkdir(exist_ok=True)
            (target / name).write_bytes(content)


def _write_manifest(target: Path, manifest: dict[str, Any], contents: Contents) -> dict[str, Any]:
    """Write the manifest, which lists every file with its checksum, and `SHA256SUMS`, which also covers the manifest."""
    published = {**manifest, "schema": contents.schema, "withheld": list(manifest.get("withheld", ()))}
    published["documents"] = code_digest()
    published["data_date"] = contents.data_date.isoformat() if contents.data_date else None
    published["files"] = list_files(target, manifest)
    (target / MANIFEST).write_text(to_json(published), encoding="utf-8", newline="\n")
    (target / CHECKSUMS).write_bytes(format_checksums(target, published))
    sync_tree(target)
    return read_manifest(target)
