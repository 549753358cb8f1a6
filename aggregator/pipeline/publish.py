"""Publish the current generation as a dataset: to a folder or to the Hugging Face Hub."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from aggregator.dataset import folder, release_check
from aggregator.dataset.build import prepare_dataset
from aggregator.dataset.destination import Repository, parse_destination
from aggregator.errors import StorageError, UsageError
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
    revision: str | None = None
    """The commit on the Hub."""
    tag: str | None = None


def publish(
    home: Path, to: str, *, withheld: Sequence[str] = (), dry_run: bool = False, log: Log = print
) -> PublishResult:
    """Publish the current generation of `home`; nothing is written if the same rows are already published.

    Raises `StorageError` when there is no intact generation, `UsageError` for a wrong destination or source,
    `PublishError` when the published edition is newer or the Hub refuses. With `dry_run` everything is prepared and
    nothing is published.
    """
    current = Home(home).current
    if current is None:
        raise StorageError(f"{home} holds no generation", hint="Run `metaboard refresh` first.")
    destination = parse_destination(to)
    if isinstance(destination, Path):
        return _to_folder(current, destination, withheld, dry_run=dry_run, log=log)
    return _to_hub(current, destination, withheld, dry_run=dry_run, log=log)


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
        **commit,
    )
