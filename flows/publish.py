"""Publish the current generation as a dataset, and pull a published one: to and from a folder or the Hub."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from aggregator.dataset import checksums, folder, release_check
from aggregator.dataset.build import prepare
from aggregator.dataset.contents import MANIFEST, SUMS
from aggregator.dataset.destination import Repository, parse_place
from aggregator.errors import StorageError, UsageError
from aggregator.store.generations import Generation, Home
from aggregator.store.manifest import read_manifest
from flows.runners import Runner

if TYPE_CHECKING:
    from aggregator.hub.repository import Hub

Say = Callable[[str], None]
PULLED = "pulled"
"""Stands in a manifest for the inputs of a generation that was not built here, so that no refresh takes it for its own."""


@dataclass(frozen=True)
class Published:
    """What a publication did, or would do."""

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


def publish(home: Path, to: str, *, withheld: Sequence[str] = (), dry_run: bool = False, say: Say = print) -> Published:
    """Publish the current generation of `home`; where its rows are published already, nothing is written.

    Raises `StorageError` when there is no sound generation, `UsageError` for a wrong place or source, `PublishError`
    when what is published is newer or the Hub refuses. With `dry_run` everything is prepared and nothing is published.
    """
    current = Home(home).current
    if current is None:
        raise StorageError(f"{home} holds no generation", hint="Run `metaboard refresh` first.")
    place = parse_place(to)
    if isinstance(place, Path):
        return _to_folder(current, place, withheld, dry_run=dry_run, say=say)
    return _to_hub(current, place, withheld, dry_run=dry_run, say=say)


def last_step(home: Path, to: str, run: Runner, *, withheld: Sequence[str] = ()) -> Published:
    """Publish as the last step of a flow; a failure leaves the generation current here, and the edition before there."""
    done = run.once("release", lambda: publish(home, to, withheld=withheld, say=run.say))
    run.say(f"{done.place}: {'published ' + done.generation if done.is_new else 'has these rows already'}")
    return done


def _to_folder(current: Generation, target: Path, withheld: Sequence[str], *, dry_run: bool, say: Say) -> Published:
    before = folder.published(target)
    with TemporaryDirectory() if dry_run else folder.beside(target) as place:
        prepared = Path(place)
        manifest = prepare(current.path, prepared, withheld=withheld)
        is_new = release_check.is_news(before, manifest)
        done = _published(str(target), prepared, manifest, is_new=is_new)
        if is_new and not dry_run:
            say(f"replacing the edition in {target} …" if before else f"putting the dataset in place at {target} …")
            folder.put_in_place(prepared, target)
        return done


def _to_hub(current: Generation, place: Repository, withheld: Sequence[str], *, dry_run: bool, say: Say) -> Published:
    if place.revision:
        raise UsageError(f"{place} names a revision", hint="A publication becomes the newest revision; leave out @….")
    with TemporaryDirectory() as folder_name:
        prepared = Path(folder_name)
        manifest = prepare(current.path, prepared, withheld=withheld, repository=place.id)
        if dry_run:
            say(f"asking {place} what is published …")
            return _published(
                str(place), prepared, manifest, is_new=release_check.is_news(_anonymous(place).published(), manifest)
            )
        say(f"publishing to {place} …")
        made = _with_token(place).publish(prepared, manifest)
        return _published(str(place), prepared, manifest, is_new=made.is_new, revision=made.commit, tag=made.tag)


def _published(place: str, prepared: Path, manifest: dict[str, Any], *, is_new: bool, **more: str) -> Published:
    files = [path for path in prepared.rglob("*") if path.is_file()]
    return Published(
        place=place,
        is_new=is_new,
        content_hash=str(manifest["content_hash"]),
        data_date=manifest["data_date"],
        generation=str(manifest["generation"]),
        files=len(files),
        bytes=sum(path.stat().st_size for path in files),
        withheld=tuple(manifest["withheld"]),
        **more,
    )


def _anonymous(place: Repository) -> "Hub":
    from aggregator.hub.repository import Hub  # noqa: PLC0415 - the Hub's client is imported by those who go there

    return Hub(place)


def _with_token(place: Repository) -> "Hub":
    from aggregator.hub.repository import with_token  # noqa: PLC0415 - as above

    return with_token(place)


@dataclass(frozen=True)
class Pulled:
    """What a pull did."""

    generation: Generation
    is_new: bool
    revision: str
    made_at: datetime


def pull(home: Path, source: str, revision: str | None = None) -> Pulled:
    """Make a published dataset the current generation of `home`: downloaded, verified, swapped in.

    Raises `FetchError` when it cannot be downloaded, `StorageError` when a file is not what it should be, or when the
    newest edition is older than the one that is here, `UsageError` where `home` builds generations of its own.
    """
    here = Home(home)
    if (home / "snapshots").exists():
        raise UsageError(
            f"{home} is refreshed from the leaderboards", hint="Pull into another directory: --home or METABOARD_HOME."
        )
    with here.lease(), here.build() as build:
        commit = download(source, revision, build)
        if problems := checksums.problems(build):
            raise StorageError(f"{source} is damaged: {problems[0]}", hint="Nothing was changed here.")
        manifest = read_manifest(build)
        origin = {
            "from": source,
            "revision": commit,
            "generation": manifest["generation"],
            "created_at": manifest["created_at"],
        }
        before = here.current.manifest().get("published", {}) if here.current else {}
        if before.get("from") == source and before.get("created_at") == origin["created_at"] and here.current:
            return Pulled(here.current, is_new=False, revision=commit, made_at=release_check.made_at(manifest))
        if (
            revision is None
            and before.get("from") == source
            and release_check.made_at(before) > release_check.made_at(manifest)
        ):
            raise StorageError(
                f"{source} now has an edition of {origin['created_at']}, older than the one here of {before['created_at']}",
                hint="Nothing was changed here. Name the revision to go back to it.",
            )
        # The sums are of the manifest as it was published; the generation gets one of its own.
        (build / SUMS).unlink()
        (build / MANIFEST).unlink()
        generation = here.publish(build, _as_generation(manifest) | {"published": origin})
        return Pulled(generation, is_new=True, revision=commit, made_at=release_check.made_at(manifest))


def _as_generation(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest without what only the home that built it can use: its kept bytes."""
    sources = {name: entry | {"files": []} for name, entry in manifest["sources"].items()}
    return manifest | {"inputs_hash": PULLED, "sources": sources}


def download(source: str, revision: str | None, directory: Path) -> str:
    """Download a dataset into `directory` without looking into it; return the revision that it is."""
    place = parse_place(source)
    if isinstance(place, Path):
        if revision:
            raise UsageError(f"{place} is a folder and has no revisions", hint="Leave REVISION out.")
        folder.fetch(place, directory)
        return str(read_manifest(directory)["generation"])
    return _anonymous(place).pull(revision or place.revision, directory)


def examine(source: str, revision: str | None, since: datetime | None) -> list[str]:
    """Return what is wrong with a published revision, downloaded for this and then removed."""
    with TemporaryDirectory() as directory:
        try:
            download(source, revision, Path(directory))
        except StorageError as error:
            return [error.headline]
        return checksums.problems(Path(directory), since)
