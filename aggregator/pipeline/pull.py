"""Download a published dataset, verify it, and make it the current generation of a home directory."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aggregator.dataset import checksums, folder, release_check
from aggregator.dataset.contents import CHECKSUMS
from aggregator.dataset.destination import parse_destination
from aggregator.dataset.signature import SIGNATURE, PublicKey
from aggregator.errors import PULL_AGAIN, IncompleteDataset, StorageError, UsageError
from aggregator.pipeline import published_ids
from aggregator.store.generations import Generation, Home
from aggregator.store.manifest import MANIFEST, read_manifest

PULLED = "pulled"
"""The `inputs_hash` of a pulled generation; it equals no real hash, so a refresh always builds a new generation."""


@dataclass(frozen=True)
class PullResult:
    """The current generation after a pull."""

    generation: Generation
    is_new: bool
    revision: str
    made_at: datetime
    notes: tuple[str, ...] = ()
    """What could not be checked, and why."""
    signed_by: str | None = None
    """The number of the key that signed it; None unless a key was given."""


def pull(
    home: Path,
    source: str,
    revision: str | None = None,
    *,
    key: str | None = None,
    log: checksums.Log = lambda _: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> PullResult:
    """Download and verify a published dataset, and make it the current generation of `home`.

    With `key`, a public key of minisign or a file with one, the edition must be signed by it. Raises `FetchError` when
    it cannot be downloaded, `StorageError` when a file is damaged or the newest edition is older than the current one,
    `UsageError` when `home` builds its own generations or the key is none.
    """
    expected = PublicKey(key) if key else None
    place = Home(home)
    if (home / "snapshots").exists():
        raise UsageError(
            f"{home} is refreshed from the leaderboards", hint="Pull into another directory: --home or METABOARD_HOME."
        )
    with place.lock(), place.build() as build:
        commit = download(source, revision, build)
        verified = checksums.verify_dataset(build, key=expected, now=now(), log=log)
        if verified.problems:
            raise StorageError(f"{source} is refused: {verified.problems[0]}", hint=PULL_AGAIN)
        signed_by = verified.signed_by if expected else None
        manifest = read_manifest(build)
        made_at = release_check.created_at(manifest)
        current = place.current
        before = current.manifest().get("published", {}) if current else {}
        if current and before.get("from") == source:
            if before.get("created_at") == manifest["created_at"]:
                return PullResult(current, False, commit, made_at, tuple(verified.notes), signed_by)
            if revision is None and _is_later(before, made_at, now()):
                raise _older_edition(source, manifest, before)
        # Both files describe the dataset; `Home.publish` writes new ones for the generation.
        (build / CHECKSUMS).unlink()
        (build / MANIFEST).unlink()
        (build / SIGNATURE).unlink(missing_ok=True)
        published_ids.adopt_registry(place, build, str(manifest["created_at"]))
        generation = place.publish(build, _generation_manifest(manifest, source, commit, signed_by))
        return PullResult(generation, True, commit, made_at, tuple(verified.notes), signed_by)


def _is_later(before: dict[str, Any], made_at: datetime, now: datetime) -> bool:
    """Return whether the edition here is later than that of `made_at`.

    One that is dated in the future proves nothing: it was pulled while a clock was wrong, and would shut out all others.
    """
    try:
        here = release_check.created_at(before)
    except StorageError:
        return False
    return here > made_at and release_check.future_problem(here, now) is None


def _older_edition(source: str, manifest: dict[str, Any], before: dict[str, Any]) -> StorageError:
    return StorageError(
        f"{source} now has an edition of {manifest['created_at']}, older than the one here of {before['created_at']}",
        hint="Nothing was changed here. Name the revision to go back to it.",
    )


def _generation_manifest(manifest: dict[str, Any], source: str, commit: str, signed_by: str | None) -> dict[str, Any]:
    """Return the manifest of the generation: without snapshots, which only the home that built it has."""
    sources = {name: entry | {"files": [], "held": []} for name, entry in manifest["sources"].items()}
    published = {
        "from": source,
        "revision": commit,
        "generation": manifest["generation"],
        "created_at": manifest["created_at"],
        "signed_by": signed_by,
    }
    return manifest | {"inputs_hash": PULLED, "sources": sources, "published": published}


def download(source: str, revision: str | None, directory: Path) -> str:
    """Download a dataset into `directory` without a check of its contents; return its revision."""
    place = parse_destination(source)
    if isinstance(place, Path):
        if revision:
            raise UsageError(f"{place} is a folder and has no revisions", hint="Leave REVISION out.")
        folder.copy_dataset(place, directory)
        return str(read_manifest(directory).get("generation"))
    from aggregator.hub.repository import HubRepository  # noqa: PLC0415 - slow to import, and a folder does not need it

    return HubRepository(place).pull(revision or place.revision, directory)


def verify_published(
    source: str,
    revision: str | None,
    since: datetime | None,
    *,
    key: str | None = None,
    log: checksums.Log = lambda _: None,
) -> checksums.Verification:
    """Verify a published revision; it is downloaded into a temporary folder."""
    expected = PublicKey(key) if key else None
    with TemporaryDirectory() as directory:
        try:
            download(source, revision, Path(directory))
        except IncompleteDataset as error:
            return checksums.Verification([error.headline])
        return checksums.verify_dataset(Path(directory), since=since, key=expected, log=log)
