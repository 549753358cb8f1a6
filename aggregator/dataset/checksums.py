"""Verify a published dataset or a generation: files, checksums, signature, time, schema, and contents.

Each step opens more of the files than the one before, and runs only when that one found nothing: names and checksums,
the manifest, the signature, the first bytes of the files, the catalog of the DuckDB file, and then the rows.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.dataset import release_check
from aggregator.dataset.contents import CHECKSUMS
from aggregator.dataset.edition import Edition, read_edition, safe_paths
from aggregator.dataset.file_contents import find_wrong_contents, without_folder
from aggregator.dataset.schema_version import SCHEMA_VERSION
from aggregator.dataset.signature import SIGNATURE, PublicKey, read_signature, signature_number
from aggregator.errors import MetaboardError
from aggregator.model import Sha256
from aggregator.store.manifest import MANIFEST, read_manifest, verify
from aggregator.warehouse import RUN_TABLES, TableFile, content_hash, sql_digest

HUB_CACHE = ".cache/huggingface/"
"""Metadata that the Hub's own client adds to a folder of downloads."""

UPDATE = "update metaboard"
"""The end of a problem that another copy of the edition does not solve."""

Log = Callable[[str], None]


@dataclass(frozen=True)
class Verification:
    """The result of a verification; the edition is sound when there are no problems."""

    problems: list[str] = field(default_factory=list)
    """What is wrong, one sentence each."""
    notes: list[str] = field(default_factory=list)
    """What could not be checked, and why."""
    signed_by: str | None = None
    """The number of the key that the signature names; it is proved only for a key that was given."""


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
    """Return the problems of a published dataset, one sentence each; an empty list when it is sound."""
    return verify_dataset(directory, since=since).problems


def verify_dataset(
    directory: Path,
    *,
    since: datetime | None = None,
    key: PublicKey | None = None,
    now: datetime | None = None,
    log: Log = lambda _: None,
) -> Verification:
    """Verify the published dataset in `directory`, which may be hostile; no file of it can raise an error here.

    An edition that was built before `since` is a problem: an old edition that is served again has correct checksums.
    With `key`, an edition that is not signed by it is a problem.
    """
    directory = directory.resolve()

    def steps(manifest: Mapping[str, Any]) -> Iterator[list[str]]:
        yield _check_checksum_file(directory, manifest)
        yield [problem] if key and (problem := key.find_problem(directory)) else []

    log("checking the files …")
    found = _file_problems(directory, lambda path: path in (CHECKSUMS, SIGNATURE) or path.startswith(HUB_CACHE))
    result = _verify(directory, found, steps, now or datetime.now(UTC), log, is_published=True)
    with suppress(MetaboardError):
        if since and (made := release_check.created_at(read_manifest(directory))) < since:
            early = f"this edition was made {made:%Y-%m-%d %H:%M} UTC, before {since:%Y-%m-%d %H:%M} UTC"
            result.problems.append(early)
    return result


def verify_generation(directory: Path, *, now: datetime | None = None, log: Log = lambda _: None) -> Verification:
    """Verify a generation of a home directory in the same way."""
    directory = directory.resolve()
    log("checking the files …")
    return _verify(
        directory, _file_problems(directory), lambda _: iter(()), now or datetime.now(UTC), log, is_published=False
    )


def _file_problems(directory: Path, may_be_unlisted: Callable[[str], bool] = lambda _: False) -> list[str]:
    """Return the problems of the paths in the manifest, else those of the files."""
    try:
        safe_paths(read_manifest(directory))
    except MetaboardError as error:
        return [without_folder(error.headline, directory)]
    return verify(directory, may_be_unlisted)


def _verify(
    directory: Path,
    found: list[str],
    steps: Callable[[Mapping[str, Any]], Iterator[list[str]]],
    now: datetime,
    log: Log,
    *,
    is_published: bool,
) -> Verification:
    """Return the problems of the first step that has one."""
    try:
        manifest = read_manifest(directory)
        edition = read_edition(manifest)
        found = found or next(filter(None, steps(manifest)), [])
        found = found or _check_manifest(edition, now, is_published=is_published)
        found = found or list(find_wrong_contents(directory, manifest, edition, log, is_published=is_published))
        signature = read_signature(directory) if is_published else None
    except MetaboardError as error:
        return Verification(found or [without_folder(error.headline, directory)])
    except (OSError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        return Verification(found or [f"{MANIFEST} does not describe this dataset: {type(error).__name__}: {error}"])
    return Verification(found, _notes(edition), signature_number(signature) if signature else None)


def _check_checksum_file(directory: Path, manifest: Mapping[str, Any]) -> list[str]:
    path = directory / CHECKSUMS
    if path.is_symlink() or not path.is_file():
        return [f"{CHECKSUMS} is missing"]
    return (
        [] if path.read_bytes() == format_checksums(directory, manifest) else [f"{CHECKSUMS} does not match {MANIFEST}"]
    )


def _check_manifest(edition: Edition, now: datetime, *, is_published: bool) -> list[str]:
    """Return what is wrong with the time, the schema version or the content hash of an edition."""
    if edition.major > _installed_major():
        return [
            f"the edition has schema {edition.schema_version}, newer than {SCHEMA_VERSION} of this version: {UPDATE}"
        ]
    if is_published and edition.schema is None:
        return [f"{MANIFEST} has no `schema`"]
    if early := release_check.future_problem(edition.created_at, now):
        return [early]
    tables = [
        TableFile(table, file.path, Sha256(file.sha256), file.rows or 0) for table, file in edition.tables.items()
    ]
    if content_hash(tables, exclude=RUN_TABLES) != edition.content_hash:
        return [f"`content_hash` in {MANIFEST} is not the hash of the tables"]
    return []


OLDER_SCHEMA = (
    "the edition has schema {theirs}, older than {ours} of this version: some commands need newer columns, and its macros "
    "were checked for access to files only"
)
OTHER_SQL = "another version of metaboard built the edition: its macros were checked for access to files, not compared with sql/"


def _notes(edition: Edition) -> list[str]:
    """Return what this version of metaboard cannot check of an edition of another version."""
    if edition.major < _installed_major():
        return [OLDER_SCHEMA.format(theirs=edition.schema_version, ours=SCHEMA_VERSION)]
    return [OTHER_SQL] if edition.sql != sql_digest() else []


def _installed_major() -> int:
    return int(SCHEMA_VERSION.partition(".")[0])
