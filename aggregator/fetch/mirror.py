"""Read the files of a source from a mirror: a folder with each file under its path on the host."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from aggregator.errors import FetchError, NotFound, WrongContent
from aggregator.fetch.limits import Clock
from aggregator.fetch.shards import Shard, select_shards
from aggregator.fetch.validation import BodyError, check_body
from aggregator.model import Resource, Snapshot
from aggregator.store.files import sha256_hex


@dataclass(frozen=True)
class FolderFetcher:
    """Fetches files from a local folder; `previous` is ignored, because nothing is downloaded."""

    root: Path
    clock: Clock = field(default_factory=Clock)

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`; shards are the files in the same folder with the names of shards."""
        del previous
        path = self.root / check_relative_path(resource.path)
        shards = () if resource.listing is None else self._shards(path)
        names = [shard.name for shard in shards] or [path.name]
        bytes_left, snapshots = resource.max_bytes, []
        for name in names:
            content = _read(path.with_name(name), resource.media, bytes_left)
            bytes_left -= len(content)
            snapshots.append(
                Snapshot(
                    source=source_id,
                    resource=resource.name if len(names) == 1 else f"{resource.name}/{name}",
                    url=f"mirror:{PurePosixPath(resource.path).with_name(name)}",
                    sha256=sha256_hex(content),
                    size=len(content),
                    retrieved_at=self._retrieved_at(path, names),
                    content=content,
                )
            )
        return tuple(snapshots)

    def _retrieved_at(self, path: Path, names: Sequence[str]) -> datetime:
        """Return the newest modification time of the files, or the current time if that is earlier."""
        modified = max(path.with_name(name).stat().st_mtime for name in names)
        return min(datetime.fromtimestamp(modified, UTC), self.clock.now())

    @staticmethod
    def _shards(path: Path) -> tuple[Shard, ...]:
        try:
            siblings = [entry.name for entry in os.scandir(path.parent)]
        except OSError:
            return ()
        try:
            return select_shards(path.name, map(Shard, siblings))
        except BodyError as error:
            raise FetchError(str(path), error.reason) from error


def check_relative_path(path: str) -> str:
    """Return `path` if it stays inside the folder that it is joined to; else raises `FetchError`."""
    parts = path.split("/")
    if not path or "\\" in path or "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise FetchError(path, "is not a path inside the mirror")
    return path


def _read(path: Path, media: str, max_bytes: int) -> bytes:
    """Return a complete file of the kind `media`; raises `FetchError` with its full path."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise FetchError(str(path), "is not a file")
        if status.st_size > max_bytes:
            raise FetchError(str(path), f"has {status.st_size} bytes, more than the {max_bytes} allowed")
        content = path.read_bytes()
        check_body(media, content)
    except FileNotFoundError as cause:
        raise NotFound(
            str(path), "no such file", hint="A mirror holds each file under the path at which its host serves it."
        ) from cause
    except OSError as cause:
        raise FetchError(str(path), f"cannot be read: {cause.strerror}") from cause
    except BodyError as error:
        kind = FetchError if error.is_transient else WrongContent
        raise kind(str(path), error.reason) from error
    return content
