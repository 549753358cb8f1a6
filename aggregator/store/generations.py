"""The home directory: build apart, prove, then swap one pointer.

::

    HOME/build/<id>/                 one build at a time; swept when it was abandoned
    HOME/generations/000007-1a2b3c4d immutable, complete, with `manifest.json`
    HOME/current                     a symbolic link to one of them, swapped by one rename
    HOME/ledger.jsonl                one line an event
    HOME/lease.lock                  held by the one process that builds
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

from aggregator.errors import StorageError, UsageError
from aggregator.store.files import (
    append_line,
    read_lines,
    remove_parts,
    step,
    storage,
    sync_directory,
    sync_tree,
    write_atomically,
)
from aggregator.store.lock import hold
from aggregator.store.manifest import LEDGER, MANIFEST, UNTOUCHED, listing, manifest_hash, read_manifest, verify

__all__ = ["Generation", "Home", "utc_now", "verify"]

KEPT = 14
NAME = re.compile(r"(?P<number>\d{6,})-(?P<hash>[0-9a-f]{8})")


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Generation:
    """One complete output: its directory, and what its manifest says (empty where that cannot be read)."""

    id: str
    path: Path
    content_hash: str = ""
    created_at: str = ""

    @property
    def number(self) -> int:
        """The place in the order of publication."""
        return int(self.id.partition("-")[0])

    def manifest(self) -> dict[str, Any]:
        """Return the manifest; raises `StorageError` when it cannot be read."""
        return read_manifest(self.path)


@dataclass(frozen=True)
class Home:
    """The home directory. Everything that changes it is called by the one process that holds `lease()`."""

    root: Path
    kept: int = KEPT
    """How many generations stay; the current one always does."""
    now: Callable[[], datetime] = utc_now

    @property
    def current(self) -> Generation | None:
        """The generation that readers see, or None before the first."""
        with suppress(OSError):
            target = (self.root / "current").readlink()
            path = self.root / "generations" / target.name
            if NAME.fullmatch(target.name) and path.is_dir():
                return _generation(path)
        return None

    def generations(self) -> list[Generation]:
        """Return all generations that are kept, oldest first."""
        folder = self.root / "generations"
        paths = (path for path in folder.glob("*-*") if NAME.fullmatch(path.name) and path.is_dir())
        return sorted((_generation(path) for path in paths), key=lambda generation: generation.number)

    def ledger(self) -> list[dict[str, Any]]:
        """Return the events, oldest first: `event`, `generation`, `content_hash`, `manifest` (its digest), `at`."""
        return read_lines(self.root / LEDGER)

    @contextmanager
    def lease(self) -> Iterator[None]:
        """Hold the home directory for the one refresh, after sweeping what a crash left.

        Raises `BusyError` naming the holder at once, without waiting.
        """
        with hold(self.root, self.now):
            self.sweep()
            yield

    @contextmanager
    def build(self) -> Iterator[Path]:
        """Yield a fresh directory to build in; whatever is still there at the end was not published and goes.

        Raises `StorageError` when the disk fails while the block fills it.
        """
        path = self.root / "build" / uuid.uuid4().hex[:12]
        try:
            with storage(f"build a generation in {path}", hint=UNTOUCHED):
                path.mkdir(parents=True)
                step("build")
                yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def publish(self, build: Path, manifest: Mapping[str, Any]) -> Generation:
        """Make `build` the current generation, whole or not at all.

        `manifest` needs `schema_version`, `content_hash` (hex) and `sources`, and may have `files`, a list of
        `{path, rows}`; `generation`, `created_at` and each file's sha256 are filled in here, and files without
        rows are added. Raises `StorageError` (disk full, a listed file missing, a live write-ahead log) or
        `UsageError` (a field missing); either way the generation before stays current.
        """
        content_hash = str(manifest.get("content_hash", ""))
        if missing := [key for key in ("schema_version", "content_hash", "sources") if key not in manifest]:
            raise UsageError(f"the manifest lacks {', '.join(missing)}")
        if not re.fullmatch(r"[0-9a-f]{8,}", content_hash):
            raise UsageError(f"content_hash is not hexadecimal: {content_hash!r}")
        generation = f"{self._next_number():06d}-{content_hash[:8]}"
        target = self.root / "generations" / generation
        with storage(f"publish {generation}", hint=UNTOUCHED):
            listed = {
                **manifest,
                "generation": generation,
                "created_at": self.now().isoformat(timespec="seconds"),
                "files": listing(build, manifest),
            }
            write_atomically(build / MANIFEST, json.dumps(listed, indent=1, ensure_ascii=False).encode() + b"\n")
            step("fsync")
            sync_tree(build)
            step("rename")
            target.parent.mkdir(exist_ok=True)
            build.rename(target)
            sync_directory(target.parent)
            self._point_at(generation)
        self._note("published", _generation(target))
        self._retire()
        return _generation(target)

    def rollback(self, generation_id: str) -> Generation:
        """Make a kept generation current again; raises `UsageError` when it is not kept, `StorageError` when it is damaged."""
        found = next((kept for kept in self.generations() if kept.id == generation_id), None)
        if found is None:
            kept = ", ".join(generation.id for generation in self.generations()) or "none"
            raise UsageError(f"no generation {generation_id} is kept", hint=f"Kept are: {kept}.")
        if problems := verify(found.path):
            raise StorageError(f"generation {found.id} is damaged: {problems[0]}")
        with storage(f"go back to {found.id}", hint="The pointer was not moved."):
            self._point_at(found.id)
        self._note("rolled back", found)
        return found

    def sweep(self) -> None:
        """Remove what a crash left: build directories, half-written files, links and generations never published."""
        shutil.rmtree(self.root / "build", ignore_errors=True)
        for folder in (self.root, *self.root.glob("snapshots/*")):
            remove_parts(folder)
        for link in self.root.glob(".current-*"):
            with suppress(OSError):
                link.unlink()
        current, ledger = self.current, self.ledger()
        known = {line.get("generation") for line in ledger}
        if current is None:
            return
        for generation in self.generations():
            if generation.number > current.number and generation.id not in known:
                shutil.rmtree(generation.path, ignore_errors=True)
        if current.id not in known:
            with suppress(StorageError):
                self._note("published", current)

    def _next_number(self) -> int:
        """Return a number above all that were ever published."""
        names = [generation.id for generation in self.generations()]
        names += [str(line.get("generation")) for line in self.ledger()]
        numbers = [int(match["number"]) for name in names if (match := NAME.fullmatch(name))]
        return max(numbers, default=0) + 1

    def _point_at(self, generation: str) -> None:
        link = self.root / f".current-{uuid.uuid4().hex[:12]}"
        link.symlink_to(Path("generations") / generation)
        step("swap")
        link.replace(self.root / "current")

    def _note(self, event: str, generation: Generation) -> None:
        step("ledger")
        with storage(
            f"write the ledger, though {generation.id} is current",
            hint="The next refresh mends the ledger by itself.",
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

    def _retire(self) -> None:
        """Remove the oldest generations beyond `kept`; each leaves the list in one rename."""
        current = self.current
        for generation in self.generations()[: -self.kept]:
            if current and generation.id != current.id:
                grave = self.root / "build" / f"retired-{generation.id}"
                with suppress(OSError):
                    grave.parent.mkdir(exist_ok=True)
                    generation.path.rename(grave)
                shutil.rmtree(grave, ignore_errors=True)


def _generation(path: Path) -> Generation:
    try:
        manifest = read_manifest(path)
    except StorageError:
        return Generation(path.name, path)
    return Generation(path.name, path, str(manifest.get("content_hash", "")), str(manifest.get("created_at", "")))
