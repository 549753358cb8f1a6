"""Publish the current generation as a dataset: to a folder or to the Hugging Face Hub."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import polars as pl

from aggregator.dataset import folder, release_check
from aggregator.dataset.build import prepare_dataset
from aggregator.dataset.destination import Repository, parse_destination
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


def publish(
    home: Path,
    to: str,
    *,
    withheld: Sequence[str] = (),
    unlicensed: Sequence[str] = (),
    dry_run: bool = False,
    log: Log = print,
) -> PublishResult:
    """Publish the current generation of `home`; nothing is written if the same rows are already published.

    The sources in `withheld` are left out, and those whose data has no licence or a non-commercial one, unless
    `unlicensed` or the settings of `home` have them.

    Raises `StorageError` when there is no intact generation, `UsageError` for a wrong destination or source,
    `PublishError` when the published edition is newer or the Hub refuses. With `dry_run` everything is prepared and
    nothing is published.
    """
    current = Home(home).current
    if current is None:
        raise StorageError(f"{home} holds no generation", hint="Run `metaboard refresh` first.")
    destination = parse_destination(to)
    by_licence = find_withheld(current, {*unlicensed, *load_settings(home).published}, unlicensed)
    if both := sorted({*withheld} & {*unlicensed}):
        raise UsageError(f"{', '.join(both)} cannot be withheld and published", hint="Give one of the two options.")
    left_out = sorted({*withheld, *by_licence})
    if isinstance(destination, Path):
        made = _to_folder(current, destination, left_out, dry_run=dry_run, log=log)
    else:
        made = _to_hub(current, destination, left_out, dry_run=dry_run, log=log)
    return replace(made, withheld_by_licence=tuple(board for board in by_licence if board not in withheld))


def find_withheld(current: Generation, published: Collection[str], named: Sequence[str] = ()) -> list[str]:
    """Return the sources of a generation that are not published by default, without those in `published`.

    Raises `UsageError` for an unknown source in `named`, and `StorageError` for a damaged table.
    """
    path = current.path / "data" / "sources" / "sources.parquet"
    try:
        licences = dict(pl.read_parquet(path, columns=["source", "license"]).fill_null("").iter_rows())
    except (OSError, pl.exceptions.PolarsError) as cause:
        raise StorageError(f"{path} cannot be read: {cause}", hint="Run `metaboard refresh --force`.") from cause
    if unknown := sorted({*named} - licences.keys()):
        raise UsageError(f"no source is called {', '.join(unknown)}", hint="`metaboard boards` lists them.")
    return [source for source, name in licences.items() if is_withheld_by_default(name) and source not in published]


def _to_folder(current: Generation, target: Path, withheld: Sequence[str], *, dry_run: bool, log: Log) -> PublishResult:
    before = folder.read_published(target)
    with TemporaryDirectory() if dry_run else folder.temporary_sibling(target) as name:
        prepared = Path(name)
        manifest = prepare_dataset(current.path, prepared, withheld=withheld)
        is_new = release_check.is_new_edition(before, manifest)
        result = _result(str(target), prepared, manifest, is_new=is_new)
        if is_new and not dry_run:
            log(f"replacing the edition in {target} …" if before else f"putting the dataset in place at {target} …")
            folder.put_in_place(prepared, target)
        return result


def _to_hub(
    current: Generation, repository: Repository, withheld: Sequence[str], *, dry_run: bool, log: Log
) -> PublishResult:
    if repository.revision:
        raise UsageError(
            f"{repository} names a revision", hint="A publication becomes the newest revision; leave out @…."
        )
    # The Hub's client is slow to import, and a folder does not need it.
    from aggregator.hub.repository import HubRepository, open_for_publishing  # noqa: PLC0415 - for the reason above

    with TemporaryDirectory() as name:
        prepared = Path(name)
        manifest = prepare_dataset(current.path, prepared, withheld=withheld, repository=repository.id)
        if dry_run:
            log(f"checking what is published at {repository} …")
            is_new = release_check.is_new_edition(HubRepository(repository).published_manifest(), manifest)
            return _result(str(repository), prepared, manifest, is_new=is_new)
        log(f"publishing to {repository} …")
        made = open_for_publishing(repository).publish(prepared, manifest)
        return _result(str(repository), prepared, manifest, is_new=made.is_new, revision=made.commit, tag=made.tag)


def _result(place: str, prepared: Path, manifest: dict[str, Any], *, is_new: bool, **commit: str) -> PublishResult:
    files = [path for path in prepared.rglob("*") if path.is_file()]
    return PublishResult(
        place=place,
        is_new=is_new,
        content_hash=str(manifest["content_hash"]),
        data_date=manifest["data_date"],
        generation=str(manifest["generation"]),
        files=len(files),
        bytes=sum(path.stat().st_size for path in files),
        withheld=tuple(manifest["withheld"]),
        withheld_by_licence=(),
        **commit,
    )
