"""Publish the current generation as a dataset: to a folder or to the Hugging Face Hub."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import polars as pl

from aggregator.dataset import checksums, folder, release_check
from aggregator.dataset.build import prepare_dataset
from aggregator.dataset.destination import Repository, parse_destination
from aggregator.dataset.signature import PublicKey, SigningKey
from aggregator.dataset.target_lock import lock_target
from aggregator.errors import StorageError, UsageError
from aggregator.model import is_withheld_by_default
from aggregator.pipeline.settings import load_settings
from aggregator.store.generations import Generation, Home

Log: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class PublishResult:
    """A publication, or with `dry_run` what it would be."""

    place: str
    is_new: bool
    content_hash: str
    data_date: str | None
    generation: str
    files: int
    bytes: int
    withheld: tuple[str, ...]
    withheld_by_licence: tuple[str, ...]
    """Those of `withheld` that are left out by default: their data has no licence, or a non-commercial one."""
    revision: str | None = None
    """The commit on the Hub."""
    tag: str | None = None
    signed_by: str | None = None
    """The number of the key that signed it."""


@dataclass(frozen=True)
class _Edition:
    """What is published: a generation without the sources in `withheld`, signed by `key` if there is one."""

    generation: Generation
    withheld: Sequence[str]
    key: SigningKey | None
    replace_future: bool
    dry_run: bool
    log: Log
    now: Callable[[], datetime]

    def prepare(self, directory: Path, repository: str | None = None) -> dict[str, Any]:
        """Write the dataset into `directory`, verify and sign it, and return its manifest; raises `StorageError`."""
        manifest = prepare_dataset(self.generation.path, directory, withheld=self.withheld, repository=repository)
        self.log("verifying it as a reader does …")
        if problems := checksums.verify_dataset(directory, now=self.now()).problems:
            raise StorageError(
                f"readers would refuse the dataset of {self.generation.path}: {problems[0]}",
                hint="Nothing was published. Run `metaboard refresh --force`.",
            )
        if self.key:
            self.key.sign(directory, manifest)
        return manifest

    def is_new(self, published: dict[str, Any] | None, manifest: dict[str, Any]) -> bool:
        """Return whether the edition replaces what is published; raises `PublishError`, see `release_check`."""
        return release_check.is_new_edition(published, manifest, self.now(), replace_future=self.replace_future)


def publish(
    home: Path,
    to: str,
    *,
    withheld: Sequence[str] = (),
    unlicensed: Sequence[str] = (),
    dry_run: bool = False,
    sign_key: Path | None = None,
    replace_future: bool = False,
    log: Log = print,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> PublishResult:
    """Publish the current generation of `home`; nothing is written if the same rows are already published.

    The sources in `withheld` are left out, and those whose data has no licence or a non-commercial one, unless
    `unlicensed` or the settings of `home` have them. `sign_key` is a file with a secret key of minisign. With
    `replace_future`, a published edition that is dated in the future is replaced.

    Raises `StorageError` when there is no intact generation, `UsageError` for a wrong destination, source or key,
    `PublishError` when the published edition is newer, when ours is dated in the future or the Hub refuses, and
    `LockedError` when another process holds the lock of the folder. With `dry_run` everything is prepared and nothing
    is published.
    """
    current = Home(home).current
    if current is None:
        raise StorageError(f"{home} holds no generation", hint="Run `metaboard refresh` first.")
    destination = parse_destination(to)
    release_check.check_time(current.manifest(), now())
    key = _signing_key(sign_key, home, destination)
    by_licence = find_withheld(current, {*unlicensed, *load_settings(home).published}, unlicensed)
    if both := sorted({*withheld} & {*unlicensed}):
        raise UsageError(f"{', '.join(both)} cannot be withheld and published", hint="Give one of the two options.")
    left_out = sorted({*withheld, *by_licence})
    edition = _Edition(current, left_out, key, replace_future, dry_run, log, now)
    made = _to_folder(edition, destination) if isinstance(destination, Path) else _to_hub(edition, destination)
    return replace(made, withheld_by_licence=tuple(board for board in by_licence if board not in withheld))


def find_withheld(current: Generation, published: Collection[str], named: Sequence[str] = ()) -> list[str]:
    """Return the sources of a generation that are not published by default, without those in `published`.

    Raises `UsageError` for an unknown source in `named`, and `StorageError` for a damaged table.
    """
    path = current.path / "data" / "sources" / "sources.parquet"
    try:
        licences = dict(pl.read_parquet(path, columns=["source", "license"], glob=False).fill_null("").iter_rows())
    except (OSError, pl.exceptions.PolarsError) as cause:
        raise StorageError(f"{path} cannot be read: {cause}", hint="Run `metaboard refresh --force`.") from cause
    if unknown := sorted({*named} - licences.keys()):
        raise UsageError(f"no source is called {', '.join(unknown)}", hint="`metaboard boards` lists them.")
    return [source for source, name in licences.items() if is_withheld_by_default(name) and source not in published]


def _signing_key(path: Path | None, home: Path, destination: Path | Repository) -> SigningKey | None:
    """Return the key in `path`; raises `UsageError` for a key inside a folder that others read."""
    if path is None:
        return None
    for folder_ in (home, destination):
        if isinstance(folder_, Path) and path.resolve().is_relative_to(folder_.resolve()):
            raise UsageError(
                f"the secret key {path} is inside {folder_}", hint="Keep it outside of homes and datasets."
            )
    return SigningKey(path)


def _to_folder(edition: _Edition, place: Path) -> PublishResult:
    target = place.resolve()
    # An older edition is refused before the work of preparing it.
    before = folder.read_published(target)
    edition.is_new(before, edition.generation.manifest())
    with TemporaryDirectory() if edition.dry_run else folder.temporary_sibling(target, edition.log) as name:
        prepared = Path(name)
        manifest = edition.prepare(prepared)
        result = _result(edition, str(place), prepared, manifest)
        if edition.dry_run:
            return replace(result, is_new=edition.is_new(before, manifest))
        with lock_target(target, edition.log):
            # Another publisher may have been here since.
            before = folder.read_published(target)
            is_new = edition.is_new(before, manifest) or (
                edition.key is not None and not _is_signed(target, edition.key)
            )
            if is_new:
                action = f"replacing the edition in {place}" if before else f"putting the dataset in place at {place}"
                edition.log(f"{action} …")
                folder.put_in_place(prepared, target)
        return replace(result, is_new=is_new)


def _is_signed(directory: Path, key: SigningKey) -> bool:
    """Return whether the dataset in `directory` is signed by `key`; its rows are those of our edition."""
    try:
        return PublicKey(key.public).find_problem(directory) is None
    except StorageError:
        return False


def _to_hub(edition: _Edition, repository: Repository) -> PublishResult:
    if repository.revision:
        raise UsageError(
            f"{repository} names a revision", hint="A publication becomes the newest revision; leave out @…."
        )
    # The Hub's client is slow to import, and a folder does not need it.
    from aggregator.hub.repository import HubRepository, open_for_publishing  # noqa: PLC0415 - for the reason above

    with TemporaryDirectory() as name:
        prepared = Path(name)
        manifest = edition.prepare(prepared, repository.id)
        result = _result(edition, str(repository), prepared, manifest)
        if edition.dry_run:
            edition.log(f"checking what is published at {repository} …")
            return replace(result, is_new=edition.is_new(HubRepository(repository).published_manifest(), manifest))
        edition.log(f"publishing to {repository} …")
        made = open_for_publishing(repository).publish(prepared, manifest, edition.is_new)
        return replace(result, is_new=made.is_new, revision=made.commit, tag=made.tag)


def _result(edition: _Edition, place: str, prepared: Path, manifest: dict[str, Any]) -> PublishResult:
    files = [path for path in prepared.rglob("*") if path.is_file()]
    return PublishResult(
        place=place,
        is_new=False,
        content_hash=str(manifest["content_hash"]),
        data_date=manifest["data_date"],
        generation=str(manifest["generation"]),
        files=len(files),
        bytes=sum(path.stat().st_size for path in files),
        withheld=tuple(manifest["withheld"]),
        withheld_by_licence=(),
        signed_by=edition.key.number if edition.key else None,
    )
