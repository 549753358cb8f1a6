"""A folder that stands in for the network: each file under the path at which its host serves it."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from aggregator.errors import FetchError, ForeignBody, NotFound
from aggregator.fetch.limits import Clock
from aggregator.fetch.validation import BodyError, Shard, check, shards_of
from aggregator.model import Resource, Snapshot
from aggregator.store.files import digest


@dataclass(frozen=True)
class FolderFetcher:
    """Files from a folder on this machine; `previous` makes no difference to it."""

    root: Path
    clock: Clock = field(default_factory=Clock)

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`; shards are the files beside the unsplit one whose names say so."""
        del previous
        path = self.root / inside(resource.path)
        names = [path.name] if resource.listing is None else [shard.name for shard in self._shards(path)] or [path.name]
        left, snapshots = resource.max_bytes, []
        for name in names:
            content = _read(path.with_name(name), resource.media, left)
            left -= len(content)
            snapshots.append(
                Snapshot(
                    source=source_id,
                    resource=resource.name if len(names) == 1 else f"{resource.name}/{name}",
                    url=f"mirror:{PurePosixPath(resource.path).with_name(name)}",
                    sha256=digest(content),
                    size=len(content),
                    retrieved_at=self._retrieved_at(path, names),
                    content=content,
                )
            )
        return tuple(snapshots)

    def _retrieved_at(self, path: Path, names: Sequence[str]) -> datetime:
        """Return when the mirror got the files, which is what their time on disk says; never a time to come."""
        modified = max(path.with_name(name).stat().st_mtime for name in names)
        return min(datetime.fromtimestamp(modified, UTC), self.clock.now())

    @staticmethod
    def _shards(path: Path) -> tuple[Shard, ...]:
        try:
            siblings = [entry.name for entry in os.scandir(path.parent)]
        except OSError:
            return ()
        try:
            return shards_of(path.name, map(Shard, siblings))
        except BodyError as error:
            raise FetchError(str(path), error.reason) from error


def inside(path: str) -> str:
    """Return `path` when it stays inside the folder that it is joined to; raises `FetchError`."""
    parts = path.split("/")
    if not path or "\\" in path or "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise FetchError(path, "is not a path inside the mirror")
    return path


def _read(path: Path, media: str, limit: int) -> bytes:
    """Return a file of a mirror, whole and of the promised kind; raises `FetchError` naming its full path."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise FetchError(str(path), "is not a file")
        if found.st_size > limit:
            raise FetchError(str(path), f"has {found.st_size} bytes, more than the {limit} allowed")
        content = path.read_bytes()
        check(media, content)
    except FileNotFoundError as cause:
        raise NotFound(
            str(path), "no such file", hint="A mirror holds each file under the path at which its host serves it."
        ) from cause
    except OSError as cause:
        raise FetchError(str(path), f"cannot be read: {cause.strerror}") from cause
    except BodyError as error:
        kind = FetchError if error.again else ForeignBody
        raise kind(str(path), error.reason) from error
    return content
