"""Read the files of a source from a mirror: a folder with each file under its path on the host."""

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from aggregator.errors import FetchError, NotFound, WrongContent
from aggregator.fetch.body_error import BodyError
from aggregator.fetch.file_sets import matching_names, object_ids, object_names, object_path
from aggregator.fetch.limits import Clock
from aggregator.fetch.shards import Shard, select_shards
from aggregator.fetch.validation import check_body
from aggregator.model import Resource, Snapshot
from aggregator.store.files import sha256_hex

MAX_LIST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class FolderFetcher:
    """Fetches files from a local folder; `previous` is ignored, because nothing is downloaded."""

    root: Path
    clock: Clock = field(default_factory=Clock)

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`; shards, and the files of a set, are in the same folder."""
        del previous
        return absent_if_optional(resource, partial(self._read_resource, source_id, resource))

    def _read_resource(self, source_id: str, resource: Resource) -> tuple[Snapshot, ...]:
        check_relative_path(resource.path)
        files = self._files(resource)
        contents = self._read_all(resource, files)
        retrieved_at = self._retrieved_at([files[name] for name in contents])
        return tuple(
            Snapshot(
                source=source_id,
                resource=name,
                url=f"mirror:{files[name]}",
                sha256=sha256_hex(content),
                size=len(content),
                retrieved_at=retrieved_at,
                parts=len(contents) if resource.is_set else None,
                content=content,
            )
            for name, content in contents.items()
        )

    def _files(self, resource: Resource) -> dict[str, str]:
        """Return the paths of all files of `resource` in the mirror, by the names of their snapshots, in order."""
        path = PurePosixPath(resource.path)
        if resource.follow is not None:
            place = self.root / path
            names = object_names(str(place), object_ids(str(place), _read(place, "json", MAX_LIST_BYTES)))
            return {f"{resource.name}/{name}": object_path(resource.path, name) for name in names}
        if resource.pattern is not None:
            folder = str(self.root / path.parent)
            names = matching_names(resource, folder, self._names(path.parent))
            return {f"{resource.name}/{name}": str(path.with_name(name)) for name in names}
        shards = () if resource.listing is None else self._shards(path)
        if len(shards) < 2:
            return {resource.name: str(path.with_name(shards[0].name) if shards else path)}
        return {f"{resource.name}/{shard.name}": str(path.with_name(shard.name)) for shard in shards}

    def _read_all(self, resource: Resource, files: Mapping[str, str]) -> dict[str, bytes]:
        """Return the contents by the names of the snapshots; an optional set may lack files of its list."""
        bytes_left, contents = resource.max_bytes, dict[str, bytes]()
        for name, path in files.items():
            try:
                contents[name] = _read(self.root / path, resource.media, bytes_left)
            except NotFound:
                if not (resource.is_set and resource.is_optional):
                    raise
            bytes_left -= len(contents.get(name, b""))
        if not contents:
            raise NotFound(str(self.root / resource.path), "none of the listed files is in the mirror")
        return contents

    def _retrieved_at(self, paths: Sequence[str]) -> datetime:
        """Return the newest modification time of the files, or the current time if that is earlier."""
        modified = max((self.root / path).stat().st_mtime for path in paths)
        return min(datetime.fromtimestamp(modified, UTC), self.clock.now())

    def _shards(self, path: PurePosixPath) -> tuple[Shard, ...]:
        try:
            return select_shards(path.name, map(Shard, self._names(path.parent)))
        except BodyError as error:
            raise FetchError(str(self.root / path), error.reason) from error

    def _names(self, folder: PurePosixPath) -> list[str]:
        """Return the names of the files in `folder`; empty if it cannot be listed."""
        try:
            return [entry.name for entry in os.scandir(self.root / folder) if entry.is_file()]
        except OSError:
            return []


def absent_if_optional(resource: Resource, fetch: Callable[[], tuple[Snapshot, ...]]) -> tuple[Snapshot, ...]:
    """Return the result of `fetch`, or nothing if an optional resource is absent."""
    try:
        return fetch()
    except NotFound:
        if resource.is_optional:
            return ()
        raise


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
