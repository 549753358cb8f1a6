"""Read the manifest of an edition with checked types: another shape gives one sentence, never a traceback."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aggregator.errors import StorageError
from aggregator.store.manifest import MANIFEST
from aggregator.text import visible

Manifest = Mapping[str, Any]

MAX_PATH = 240
"""Characters of a path; file systems and the Hub accept at least this many."""
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_GENERATION = re.compile(r"[0-9]{6,}-[0-9a-f]{8}")
_VERSION = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})")
_TABLE_FILE = re.compile(r"data/(?P<table>\w+)/(?P=table)\.parquet", re.ASCII)


@dataclass(frozen=True)
class ListedFile:
    """One file of a manifest; `rows` is None unless it is a table."""

    path: str
    sha256: str
    rows: int | None

    @property
    def table(self) -> str | None:
        """The table that the file holds, or None."""
        match = _TABLE_FILE.fullmatch(self.path)
        return match["table"] if match else None


@dataclass(frozen=True)
class Edition:
    """What verification reads from a manifest."""

    schema_version: str
    content_hash: str
    generation: str
    created_at: datetime
    files: tuple[ListedFile, ...]
    withheld: tuple[str, ...]
    schema: Mapping[str, Mapping[str, str]] | None
    """Column types by table; None in a generation of a home directory."""
    sql: str | None
    """`warehouse.sql_digest` of the version that built the tables; None before 2.0.0."""
    documents: str | None
    """`documents.code_digest` of the version that wrote the documents; None in a generation and before 2.0.0."""

    @property
    def major(self) -> int:
        """The first number of the schema version."""
        return int(self.schema_version.partition(".")[0])

    @property
    def tables(self) -> Mapping[str, ListedFile]:
        """The file of each table, by the name of the table."""
        return {file.table: file for file in self.files if file.table}


def read_edition(manifest: Manifest) -> Edition:
    """Return the checked fields of a manifest; raises `StorageError` that names the first field of another shape."""
    version = _text(manifest, "schema_version", _VERSION)
    sources = manifest.get("sources")
    if not isinstance(sources, dict) or not all(isinstance(entry, dict) for entry in sources.values()):
        raise _wrong("sources", sources)
    return Edition(
        schema_version=version,
        content_hash=_text(manifest, "content_hash", _SHA256),
        generation=_text(manifest, "generation", _GENERATION),
        created_at=read_time(manifest),
        files=_files(manifest),
        withheld=_withheld(manifest),
        schema=_schema(manifest),
        sql=_text(manifest, "sql", _SHA256) if manifest.get("sql") is not None else None,
        documents=_text(manifest, "documents", _SHA256) if manifest.get("documents") is not None else None,
    )


def read_time(manifest: Manifest) -> datetime:
    """Return `created_at`, in UTC; raises `StorageError` when the manifest has no such time."""
    value = manifest.get("created_at")
    try:
        made = datetime.fromisoformat(value) if isinstance(value, str) else None
        made = made and (made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC))
    except (ValueError, OverflowError):
        made = None
    if made is None:
        raise _wrong("created_at", value)
    return made


def safe_paths(manifest: Manifest) -> list[str]:
    """Return the paths that a manifest lists; raises `StorageError` for a path outside the dataset."""
    return [file.path for file in _files(manifest)]


def _files(manifest: Manifest) -> tuple[ListedFile, ...]:
    entries = manifest.get("files")
    if not isinstance(entries, list):
        raise _wrong("files", entries)
    files = tuple(_file(entry) for entry in entries)
    # On some file systems, names that differ in case only are one file.
    names = [file.path.lower() for file in files]
    if len(set(names)) < len(names):
        raise StorageError(f"{MANIFEST} lists {next(name for name in names if names.count(name) > 1)} twice")
    return files


def _file(entry: object) -> ListedFile:
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        raise StorageError(f"{MANIFEST} lists a file without a path")
    path, digest, rows = entry["path"], entry.get("sha256"), entry.get("rows")
    parts = path.split("/")
    if len(path) > MAX_PATH or not _PATH.fullmatch(path) or any(part in (".", "..", ".git") for part in parts):
        raise StorageError(f"{MANIFEST} lists {_shown(path)}, which is not a path inside a dataset")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise StorageError(f"{MANIFEST} has no SHA-256 of {path}")
    has_rows = isinstance(rows, int) and not isinstance(rows, bool) and rows >= 0
    if has_rows is not (_TABLE_FILE.fullmatch(path) is not None) or not (has_rows or rows is None):
        raise StorageError(f"{MANIFEST} has {_shown(rows)} as the number of rows of {path}")
    return ListedFile(path, digest, rows)


def _withheld(manifest: Manifest) -> tuple[str, ...]:
    found = manifest.get("withheld", [])
    if not isinstance(found, list) or not all(isinstance(source, str) for source in found):
        raise _wrong("withheld", found)
    return tuple(found)


def _schema(manifest: Manifest) -> Mapping[str, Mapping[str, str]] | None:
    found = manifest.get("schema")
    if found is not None and not (
        isinstance(found, dict)
        and all(isinstance(columns, dict) for columns in found.values())
        and all(isinstance(type_, str) for columns in found.values() for type_ in columns.values())
    ):
        raise _wrong("schema", found)
    return found


def _text(manifest: Manifest, key: str, pattern: re.Pattern[str]) -> str:
    value = manifest.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _wrong(key, value)
    return value


def _wrong(key: str, value: object) -> StorageError:
    if value is None:
        return StorageError(f"{MANIFEST} has no `{key}`")
    return StorageError(f"{MANIFEST} has {_shown(value)} as `{key}`, which is not valid")


def _shown(value: object) -> str:
    """Return a value of a manifest for a message, at most 60 characters of it."""
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return f"a {'list' if isinstance(value, Sequence) else 'mapping'}"
    text = visible(repr(value))
    return text if len(text) <= 60 else f"{text[:60]}…"
