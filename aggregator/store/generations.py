"""Generations in the home directory: build in a separate folder, verify, then move one link.

::

    HOME/build/<id>/                 one build at a time; removed after a crash
    HOME/generations/000007-1a2b3c4d immutable and complete, with `manifest.json`
    HOME/current                     symbolic link to one generation, replaced by one rename
    HOME/registry/                   the ids that were published; see `aggregator.store.registry`
    HOME/ledger.jsonl                one line for each event
    HOME/lease.lock                  lock for the one process that writes
"""

import json
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.errors import NOTHING_PUBLISHED, StorageError, UsageError
from aggregator.store.files import (
    append_line,
    crash_point,
    read_lines,
    remove_parts,
    storage_errors,
    sync_directory,
    sync_tree,
    write_atomically,
)
from aggregator.store.lock import lock_directory
from aggregator.store.manifest import (
    LEDGER,
    MANIFEST,
    list_files,
    manifest_hash,
    read_manifest,
    verify,
)

__all__ = ["Generation", "Home", "utc_now", "verify"]

KEPT_GENERATIONS = 14
GENERATION_NAME = re.compile(r"(?P<number>\d{6,})-(?P<hash>[0-9a-f]{8})")


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Generation:
    """One complete output. The fields from its manifest are empty when the manifest is unreadable."""

    id: str
    path: Path
    content_hash: str = ""
    created_at: str = ""

    @property
    def number(self) -> int:
        """Position in the order of publication."""
        return int(self.id.partition("-")[0])

    def manifest(self) -> dict[str, Any]:
        """Return the manifest; raises `StorageError` when it is unreadable."""
        return read_manifest(self.path)


@dataclass(frozen=True)
class Home:
    """The home directory. Call the methods that change it only inside `lock()`."""

    root: Path
    kept: int = KEPT_GENERATIONS
    """Maximum number of generations; the current one is always kept."""
    now: Callable[[], datetime] = utc_now

    @property
    def current(self) -> Generation | None:
        """The generation that readers use, or None before the first one."""
        with suppress(OSError):
            target = (self.root / "current").readlink()
            path = self.root / "generations" / target.name
            if GENERATION_NAME.fullmatch(target.name) and path.is_dir():
                return _generation(path)
        return None

    def generations(self) -> list[Generation]:
        """Return all kept generations, oldest first."""
        folder = self.root / "generations"
        paths = (path for path in folder.glob("*-*") if GENERATION_NAME.fullmatch(path.name) and path.is_dir())
        return sorted((_generation(path) for path in paths), key=lambda generation: generation.number)

    def ledger(self) -> list[dict[str, Any]]:
        """Return the events, oldest first: `event`, `generation`, `content_hash`, `manifest` (its SHA-256), `at`."""
        return read_lines(self.root / LEDGER)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the home directory for this process and remove what a crash left.

        Raises `LockedError` with the holder at once, without waiting.
        """
        with lock_directory(self.root, self.now):
            self.sweep()
            yield

    @contextmanager
    def build(self) -> Iterator[Path]:
        """Yield an empty directory for a build; remove it at the end unless it was published.

        Raises `StorageError` for a disk error inside the block.
        """
        path = self.root / "build" / uuid.uuid4().hex[:12]
        try:
            with storage_errors(f"build a generation in {path}", hint=NOTHING_PUBLISHED):
                path.mkdir(parents=True)
                crash_point("build")
                yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def publish(self, build: Path, manifest: Mapping[str, Any]) -> Generation:
        """Make `build` the current generation.

        `manifest` needs `schema_version`, `content_hash` (hexadecimal) and `sources`; `files`, a list of
        `{path, rows}`, is optional. This method adds `generation`, `created_at`, the SHA-256 of each file, and the
        files without rows. Raises `StorageError` (disk full, a listed file missing, a write-ahead log) or
        `UsageError` (a field missing). After an error, the previous generation stays current.
        """
        content_hash = _content_hash(manifest)
        generation = f"{self._next_number():06d}-{content_hash[:8]}"
        target = self.root / "generations" / generation
        with storage_errors(f"publish {generation}", hint=NOTHING_PUBLISHED):
            self._write_manifest(build, manifest, generation)
            crash_point("fsync")
            sync_tree(build)
            crash_point("rename")
            target.parent.mkdir(exist_ok=True)
            build.rename(target)
            sync_directory(target.parent)
            self._set_current(generation)
        self._append_to_ledger("published", _generation(target))
        self._remove_oldest()
        return _generation(target)

    def rollback(self, generation_id: str) -> Generation:
        """Make an earlier generation current again.

        Raises `UsageError` when it is not kept, and `StorageError` when it is damaged.
        """
        found = next((kept for kept in self.generations() if kept.id == generation_id), None)
        if found is None:
            kept = ", ".join(generation.id for generation in self.generations()) or "none"
            raise UsageError(f"there is no generation {generation_id}", hint=f"Kept generations: {kept}.")
        if problems := verify(found.path):
            raise StorageError(f"generation {found.id} is damaged: {problems[0]}")
        with storage_errors(f"go back to {found.id}", hint="The current generation did not change."):
            self._set_current(found.id)
        self._append_to_ledger("rolled back", found)
        return found

    def sweep(self) -> None:
        """Remove what a crash left: build directories, unfinished files, temporary links, unpublished generations."""
        shutil.rmtree(self.root / "build", ignore_errors=True)
        for folder in (self.root, *self.root.glob("snapshots/*")):
            remove_parts(folder)
        for link in self.root.glob(".current-*"):
            with suppress(OSError):
                link.unlink()
        current, ledger = self.current, self.ledger()
        published = {line.get("generation") for line in ledger}
        if current is None:
            return
        for generation in self.generations():
            if generation.number > current.number and generation.id not in published:
                shutil.rmtree(generation.path, ignore_errors=True)
        if current.id not in published:
            with suppress(StorageError):
                self._append_to_ledger("published", current)

    def _next_number(self) -> int:
        """Return a number greater than all published ones."""
        names = [generation.id for generation in self.generations()]
        names += [str(line.get("generation")) for line in self.ledger()]
        numbers = [int(match["number"]) for name in names if (match := GENERATION_NAME.fullmatch(name))]
        return max(numbers, default=0) + 1

    def _write_manifest(self, build: Path, manifest: Mapping[str, Any], generation: str) -> None:
        document = {
            **manifest,
            "generation": generation,
            "created_at": self.now().isoformat(timespec="seconds"),
            "files": list_files(build, manifest),
        }
        write_atomically(build / MANIFEST, json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n")

    def _set_current(self, generation: str) -> None:
        link = self.root / f".current-{uuid.uuid4().hex[:12]}"
        link.symlink_to(Path("generations") / generation)
        crash_point("swap")
        link.replace(self.root / "current")

    def _append_to_ledger(self, event: str, generation: Generation) -> None:
        crash_point("ledger")
        with storage_errors(
            f"write the ledger, although {generation.id} is current",
            hint="The next refresh completes the ledger.",
        ):
            sync_directory(self.root)
            append_line(
                self.root / LEDGER,
                {
                    "event": event,
                    "generation": generation.id,
                    "content_hash": generation.content_hash,
                    "manifest": manifest_hash(generation.path),
                    "at": self.now().isoformat(timespec="seconds"),
                },
            )

    def _remove_oldest(self) -> None:
        """Remove the oldest generations beyond `kept`; a rename removes each one from the list at once."""
        current = self.current
        for generation in self.generations()[: -self.kept]:
            if current and generation.id != current.id:
                removed = self.root / "build" / f"removed-{generation.id}"
                with suppress(OSError):
                    removed.parent.mkdir(exist_ok=True)
                    generation.path.rename(removed)
                shutil.rmtree(removed, ignore_errors=True)


def _content_hash(manifest: Mapping[str, Any]) -> str:
    """Return the content hash of a manifest; raises `UsageError` when a field is missing or it is not hexadecimal."""
    if missing := [key for key in ("schema_version", "content_hash", "sources") if key not in manifest]:
        raise UsageError(f"the manifest has no {', '.join(missing)}")
    content_hash = str(manifest["content_hash"])
    if not re.fullmatch(r"[0-9a-f]{8,}", content_hash):
        raise UsageError(f"content_hash is not hexadecimal: {content_hash!r}")
    return content_hash


def _generation(path: Path) -> Generation:
    try:
        manifest = read_manifest(path)
    except StorageError:
        return Generation(path.name, path)
    return Generation(path.name, path, str(manifest.get("content_hash", "")), str(manifest.get("created_at", "")))
