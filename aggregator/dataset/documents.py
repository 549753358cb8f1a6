"""The documents and CSV files of a dataset: write them, and check that they describe it."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from aggregator import warehouse
from aggregator.dataset import schema_version
from aggregator.dataset.card import render_card
from aggregator.dataset.citation import render_citation
from aggregator.dataset.contents import CSV_TABLES, Contents, csv_path
from aggregator.dataset.croissant import make_croissant
from aggregator.dataset.csv_export import to_csv
from aggregator.dataset.datapackage import make_data_package
from aggregator.dataset.destination import HUB, Repository, parse_destination
from aggregator.dataset.licences import render_license_page
from aggregator.errors import UsageError

GIT_ATTRIBUTES = "*.parquet filter=lfs diff=lfs merge=lfs -text\n*.duckdb filter=lfs diff=lfs merge=lfs -text\n"
"""Files that the Hub stores with Git LFS."""
CROISSANT = "croissant.json"
DATA_PACKAGE = "datapackage.json"
PAGES = ("README.md", "LICENSE.md")
MAX_DOCUMENT_BYTES = 32_000_000
"""About fifty times our largest document."""
_CODE_SPAN = re.compile(r"(?s)```.*?```|`[^`\n]*`")
_HEAD = re.compile(r"(?s)\A---\n.*?\n---\n")
"""The YAML head of the card, which nobody renders."""
_TAG = re.compile(r"<[A-Za-z!/?]|(?i:\]\(\s*(?:javascript|data|vbscript):)")


@cache
def code_digest() -> str:
    """Return one SHA-256 over the code and templates that write the documents."""
    digest = hashlib.sha256()
    folder = Path(str(files("aggregator.dataset")))
    paths = (path for pattern in ("*.py", "*.json", "*.jinja") for path in folder.rglob(pattern))
    for path in sorted(paths):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def render_documents(contents: Contents, repository: str | None) -> dict[str, str]:
    """Return the text of each document by its path; `repository` is the dataset's id on the Hub."""
    changes = schema_version.read_released_schema().changes
    return {
        "README.md": render_card(contents, changes, repository),
        "LICENSE.md": render_license_page(contents),
        "CITATION.cff": render_citation(contents),
        DATA_PACKAGE: to_json(make_data_package(contents)),
        CROISSANT: to_json(make_croissant(contents, repository)),
        ".gitattributes": GIT_ATTRIBUTES,
    }


def to_json(document: Mapping[str, Any]) -> str:
    """Return a document as JSON, the same text for the same document."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def render_csv_files(connection: duckdb.DuckDBPyConnection, contents: Contents) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each CSV file."""
    for name in CSV_TABLES:
        if table := contents.table(name):
            rows = connection.execute(f"from {warehouse.quoted(name)}").fetchall()
            yield csv_path(name), to_csv([column.name for column in table.columns], rows)


def find_wrong_documents(
    directory: Path, connection: duckdb.DuckDBPyConnection, contents: Contents, *, is_installed: bool
) -> Iterator[str]:
    """Yield a sentence for each document and CSV file that does not describe the dataset in `directory`.

    Documents of the installed version (`is_installed`) must have its exact text. Those of other versions must list the
    files with their checksums and hold no HTML.
    """
    for path, content in render_csv_files(connection, contents):
        yield from _other_text(directory / path, path, content)
    croissant, package = (_json_object(directory / name) for name in (CROISSANT, DATA_PACKAGE))
    if croissant is None or package is None:
        yield f"{CROISSANT if croissant is None else DATA_PACKAGE} is not a JSON object"
    elif is_installed:
        for name, text in render_documents(contents, _repository(croissant)).items():
            yield from _other_text(directory / name, name, text.encode())
    else:
        yield from _html(directory)
        yield from _wrong_entries(contents, package, croissant)


def _other_text(file: Path, name: str, expected: bytes) -> Iterator[str]:
    """Yield in which line a file first differs from what the tables give."""
    if (found := _read(file)) == expected:
        return
    if not found:
        yield f"{name} is missing or empty"
        return
    ours, theirs = found.splitlines(), expected.splitlines()
    same = next((place for place, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), None)
    line = (min(len(ours), len(theirs)) if same is None else same) + 1
    yield f"{name} differs from the tables in line {line}"


def _html(directory: Path) -> Iterator[str]:
    """Yield the pages with a tag or a script outside of code spans."""
    for name in PAGES:
        text = _HEAD.sub("", _read(directory / name).decode("utf-8", "replace"))
        if match := _TAG.search(_CODE_SPAN.sub("", text)):
            yield f"{name} holds HTML or a script: {match[0]!r}"


def _wrong_entries(contents: Contents, package: Mapping[str, Any], croissant: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the two JSON documents list other files or checksums than the manifest."""
    expected = {table.path: table.sha256 for table in contents.tables}
    listed = {
        DATA_PACKAGE: {entry.get("path"): str(entry.get("hash", "")).removeprefix("sha256:") for entry in _entries(package, "resources")},
        CROISSANT: {entry.get("contentUrl"): str(entry.get("sha256", "")) for entry in _entries(croissant, "distribution")},
    }  # fmt: skip
    for name, entries in listed.items():
        for path, digest in expected.items():
            if entries.get(path) != digest:
                yield f"{name} has another checksum of {path} than the manifest"
                break


def _entries(document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = document.get(key)
    entries = found if isinstance(found, list) else []
    return [entry for entry in entries if isinstance(entry, dict) and all(isinstance(name, str) for name in entry)]


def _repository(croissant: Mapping[str, Any]) -> str | None:
    """Return the dataset's id on the Hub that the document names; its place may be another, for example a mirror."""
    address = str(croissant.get("url", ""))
    try:
        place = parse_destination(address.replace("https://huggingface.co/", HUB, 1))
    except UsageError:
        return None
    return place.id if isinstance(place, Repository) else None


def _json_object(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(_read(path))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _read(path: Path) -> bytes:
    """Return the content of a file; empty when it is missing, a link, or too large for a document."""
    try:
        if path.is_symlink() or path.stat().st_size > MAX_DOCUMENT_BYTES:
            return b""
        return path.read_bytes()
    except OSError:
        return b""
