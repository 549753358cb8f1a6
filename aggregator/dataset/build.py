"""A generation as a dataset that people download: prepared apart, listed in full, put in place whole.

::

    README.md LICENSE.md CITATION.cff   for people; the card's head is for the Hub
    metaboard.duckdb                    every table and macro
    data/<table>/<table>.parquet        every table
    csv/leaderboard.csv                 for spreadsheets
    datapackage.json croissant.json     for tools
    manifest.json SHA256SUMS            what every file must be
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aggregator import warehouse
from aggregator.dataset import schema_version
from aggregator.dataset.card import card
from aggregator.dataset.checksums import sums
from aggregator.dataset.citation import citation_file
from aggregator.dataset.contents import MANIFEST, SPREADSHEETS, SUMS, Contents, spreadsheet_path
from aggregator.dataset.croissant import croissant
from aggregator.dataset.csv_export import spreadsheet
from aggregator.dataset.datapackage import data_package
from aggregator.dataset.describe import describe
from aggregator.dataset.licences import license_page
from aggregator.dataset.redact import leave_out
from aggregator.errors import StorageError
from aggregator.store.files import storage, sync_tree
from aggregator.store.manifest import listing, read_manifest, verify

ATTRIBUTES = "*.parquet filter=lfs diff=lfs merge=lfs -text\n*.duckdb filter=lfs diff=lfs merge=lfs -text\n"
"""Which files the Hub keeps as large files."""


def prepare(
    generation: Path, target: Path, *, withheld: Sequence[str] = (), repository: str | None = None
) -> dict[str, Any]:
    """Write the dataset of a generation into the empty directory `target`, and return its manifest.

    The rows of the sources in `withheld` are left out. Raises `StorageError` when the generation is damaged or the
    disk is full, `UsageError` when a withheld source is unknown or its values cannot be told apart.
    """
    if problems := verify(generation):
        raise StorageError(f"{generation} is damaged: {problems[0]}", hint="Run `metaboard refresh --force`.")
    manifest = read_manifest(generation)
    with storage(f"write the dataset into {target}"):
        _copy(generation, manifest, target)
        if withheld:
            manifest |= leave_out(target, manifest, tuple(sorted(set(withheld))))
        contents = describe(target, manifest)
        write_documents(contents, target, repository)
        return _sealed(target, manifest, contents)


def _copy(generation: Path, manifest: dict[str, Any], target: Path) -> None:
    for file in manifest["files"]:
        place = target / file["path"]
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(generation / file["path"], place)


def write_documents(contents: Contents, target: Path, repository: str | None) -> None:
    """Write everything besides the tables themselves."""
    changes = schema_version.released().changes
    documents: dict[str, str] = {
        "README.md": card(contents, changes, repository),
        "LICENSE.md": license_page(contents),
        "CITATION.cff": citation_file(contents),
        "datapackage.json": _json(data_package(contents)),
        "croissant.json": _json(croissant(contents, repository)),
        ".gitattributes": ATTRIBUTES,
    }
    for name, text in documents.items():
        (target / name).write_text(text, encoding="utf-8", newline="\n")
    with warehouse.open_read_only(target / warehouse.DATABASE) as connection:
        for name in SPREADSHEETS:
            if table := contents.table(name):
                place = target / spreadsheet_path(name)
                place.parent.mkdir(exist_ok=True)
                found = connection.execute(f"from {warehouse.quoted(name)}").fetchall()
                place.write_bytes(spreadsheet([column.name for column in table.columns], found))


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _sealed(target: Path, manifest: dict[str, Any], contents: Contents) -> dict[str, Any]:
    """Write the manifest that lists every file with its hash, and the sums that also cover the manifest."""
    sealed = {**manifest, "schema": contents.schema, "withheld": list(manifest.get("withheld", ()))}
    sealed["data_date"] = contents.data_date.isoformat() if contents.data_date else None
    sealed["files"] = listing(target, manifest)
    (target / MANIFEST).write_text(_json(sealed), encoding="utf-8", newline="\n")
    (target / SUMS).write_bytes(sums(target, sealed))
    sync_tree(target)
    return read_manifest(target)
