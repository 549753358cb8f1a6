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
import os
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
from aggregator.store.generation import (
    GENERATION_NAME,
    Generation,
    copied_generation,
    is_usable,
    read_generation,
)
from aggregator.store.layout import reader_files, repair_layout, set_aside
from aggregator.store.lock import lock_directory
from aggregator.store.manifest import (
    LEDGER,
    MANIFEST,
    list_files,
    manifest_hash,
    verify,
)

__all__ = ["Generation", "Home", "utc_now", "verify"]

KEPT_GENERATIONS = 14
REFRESH_REPAIRS = "Nothing was changed. `metaboard refresh` repairs the home directory."


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Home:
    """The home directory. Call the methods that change it only inside `lock()`."""

    root: Path
    kept: int = KEPT_GENERATIONS
    """Maximum number of generations; the current one is always kept."""
    now: Callable[[], datetime] = utc_now
    log: Callable[[str], None] = lambda _: None
    """Gets one sentence for each repair."""

    @property
    def current(self) -> Generation | None:
        """The generation that readers use, or None before the first one."""
        link, folder = self.root / "current", self.root / "generations"
        with suppress(OSError, RuntimeError):  # A loop of links is a RuntimeError.
            name = link.readlink().name
            if GENERATION_NAME.fullmatch(name) and (folder / name).is_dir() and link.samefile(folder / name):
                return read_generation(folder / name)
        return copied_generation(link)

    def generations(self) -> list[Generation]:
        """Return all kept generations, oldest first."""
        folder = self.root / "generations"
        paths = (path for path in folder.glob("*-*") if GENERATION_NAME.fullmatch(path.name) and path.is_dir())
        return sorted((read_generation(path) for path in paths), key=lambda generation: generation.number)

    def ledger(self) -> list[dict[str, Any]]:
        """Return the events, oldest first: `event`, `generation`, `content_hash`, `manifest` (its SHA-256), `at`.

        Raises `StorageError` when the file cannot be read.
        """
        with storage_errors(f"read {self.root / LEDGER}", hint=REFRESH_REPAIRS):
            lines = read_lines(self.root / LEDGER)
        return [line for line in lines if isinstance(line.get("generation"), str)]

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the home directory for this process, repair it, and remove what a crash left.

        Raises `LockedError` with the holder at once, without waiting; `StorageError` when it cannot be repaired.
        """
        with lock_directory(self.root, self.now):
            self.repair()
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
        self._append_to_ledger("published", read_generation(target))
        self._remove_oldest()
        return read_generation(target)

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
        for folder in reader_files(self.root / "generations"):
            shutil.rmtree(folder, ignore_errors=True)
        current, ledger = self.current, self.ledger()
        published = {line["generation"] for line in ledger}
        if current is None:
            return
        if not published & {generation.id for generation in self.generations()}:
            published = self._restore_ledger(current)
        for generation in self.generations():
            if generation.number > current.number and generation.id not in published:
                shutil.rmtree(generation.path, ignore_errors=True)
        if current.id not in published:
            with suppress(StorageError):
                self._append_to_ledger("published", current)

    def repair(self) -> None:
        """Move entries of another kind out of the way, and make the current link anew when it is none.

        Raises `StorageError` when that fails.
        """
        for sentence in repair_layout(self.root):
            self.log(sentence)
        link, current = self.root / "current", self.current
        if current and current.path.parent == self._folder and link.is_symlink() and is_usable(current):
            return
        if not link.is_symlink() and link.is_dir() and current and not (self._folder / current.id).exists():
            # The only copy of the generation, as `cp -L` makes it.
            with storage_errors(f"move {link} to {self._folder / current.id}", hint=REFRESH_REPAIRS):
                self._folder.mkdir(exist_ok=True)
                link.rename(self._folder / current.id)
        found = self._newest_intact(current)
        if os.path.lexists(link) and not link.is_symlink():
            self.log(f"{link} was no link; it is now {set_aside(self.root, link)}")
        if found is None:
            return
        with storage_errors(f"make the link {link}", hint=REFRESH_REPAIRS):
            self._set_current(found.id)
        self.log(f"{link} did not lead to a whole generation; it is now {found.id}, and nothing else was changed")
        if current and current.id != found.id:
            self._append_to_ledger("rolled back", found)

    @property
    def _folder(self) -> Path:
        return self.root / "generations"

    def _newest_intact(self, current: Generation | None) -> Generation | None:
        """Return the current generation if it is intact, else the last one that the ledger has and that is intact.

        Without a ledger it is the intact generation with the highest number.
        """
        kept = {generation.id: generation for generation in self.generations()}
        last = [line["generation"] for line in reversed(self.ledger()) if line["generation"] in kept]
        names = [*([current.id] if current else ()), *last, *reversed(kept)]
        candidates = (kept[name] for name in dict.fromkeys(names) if name in kept)
        return next((generation for generation in candidates if not verify(generation.path)), None)

    def _restore_ledger(self, current: Generation) -> set[str]:
        """Write a line for each kept generation into a ledger that has none of them; return their ids."""
        kept = self.generations()
        with suppress(StorageError):
            for generation in kept:
                self._append_to_ledger("published", generation)
            if kept and kept[-1].id != current.id:
                self._append_to_ledger("rolled back", current)
        return {generation.id for generation in kept}

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
        """Remove the oldest generations beyond `kept`."""
        current = self.current
        for generation in self.generations()[: -self.kept]:
            if current and generation.id != current.id:
                self.remove(generation)

    def remove(self, generation: Generation) -> None:
        """Remove a generation that is not current; a rename removes it from the list at once."""
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
