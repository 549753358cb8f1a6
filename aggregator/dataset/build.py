"""Build the published dataset of a generation: tables, documents, manifest and checksums in one folder.

::

    README.md LICENSE.md CITATION.cff   for people; the Hub also reads the head of README.md
    metaboard.duckdb                    every table and macro
    data/<table>/<table>.parquet        every table
    csv/leaderboard.csv                 for spreadsheets
    datapackage.json croissant.json     for tools
    manifest.json SHA256SUMS            every file with its checksum
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aggregator import warehouse
from aggregator.dataset import schema_version
from aggregator.dataset.card import render_card
from aggregator.dataset.checksums import format_checksums
from aggregator.dataset.citation import render_citation
from aggregator.dataset.contents import CHECKSUMS, CSV_TABLES, Contents, csv_path
from aggregator.dataset.croissant import make_croissant
from aggregator.dataset.csv_export import to_csv
from aggregator.dataset.datapackage import make_data_package
from aggregator.dataset.describe import describe
from aggregator.dataset.licences import render_license_page
from aggregator.dataset.redact import remove_sources
from aggregator.errors import StorageError
from aggregator.store.files import storage_errors, sync_tree
from aggregator.store.manifest import MANIFEST, list_files, read_manifest, verify

GIT_ATTRIBUTES = "*.parquet filter=lfs diff=lfs merge=lfs -text\n*.duckdb filter=lfs diff=lfs merge=lfs -text\n"
"""Files that the Hub stores with Git LFS."""


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
    changes = schema_version.read_released_schema().changes
    documents: dict[str, str] = {
        "README.md": render_card(contents, changes, repository),
        "LICENSE.md": render_license_page(contents),
        "CITATION.cff": render_citation(contents),
        "datapackage.json": _json(make_data_package(contents)),
        "croissant.json": _json(make_croissant(contents, repository)),
        ".gitattributes": GIT_ATTRIBUTES,
    }
    for name, text in documents.items():
        (target / name).write_text(text, encoding="utf-8", newline="\n")
    with warehouse.open_read_only(target / warehouse.DATABASE) as connection:
        for name in CSV_TABLES:
            if table := contents.table(name):
                path = target / csv_path(name)
                path.parent.mkdir(exist_ok=True)
                rows = connection.execute(f"from {warehouse.quoted(name)}").fetchall()
                path.write_bytes(to_csv([column.name for column in table.columns], rows))


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _write_manifest(target: Path, manifest: dict[str, Any], contents: Contents) -> dict[str, Any]:
    """Write the manifest, which lists every file with its checksum, and `SHA256SUMS`, which also covers the manifest."""
    published = {**manifest, "schema": contents.schema, "withheld": list(manifest.get("withheld", ()))}
    published["data_date"] = contents.data_date.isoformat() if contents.data_date else None
    published["files"] = list_files(target, manifest)
    (target / MANIFEST).write_text(_json(published), encoding="utf-8", newline="\n")
    (target / CHECKSUMS).write_bytes(format_checksums(target, published))
    sync_tree(target)
    return read_manifest(target)
