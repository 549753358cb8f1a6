"""The network edge: the bytes of a source's files, from their hosts or from a mirror, or a typed failure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import quote, urlsplit

from aggregator.model import Resource, Snapshot
from aggregator.transfer import Clock, Downloader

LISTING_BYTES = 8 * 1024 * 1024
LISTING_PAGES = 10


class Fetcher(Protocol):
    """Anything that can say what the files of a source are now."""

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """Return the file, or its shards in order, each with its bytes.

        `previous` is what is kept of the last fetch. A snapshot that comes back without bytes says that the
        kept ones are still those of the host. One file is called `resource.name`; shards of a resource that
        has a `listing` are called `resource.name/<file name>`. Raises `FetchError`.
        """
        ...


def open_fetcher(mirror: str | None) -> Fetcher:
    """Return the fetcher for the live hosts, or for a mirror: a folder, or the http(s) address of one.

    Raises `UsageError` where the mirror is neither.
    """
    return HttpFetcher() if mirror is None else MirrorFetcher(mirror)


@dataclass(frozen=True)
class HttpFetcher:
    """Files from where they live, over https, anonymously."""

    downloader: Downloader = field(default_factory=Downloader)

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`; shards are taken as the Hub lists them, and held to the digests of that list."""
        downloader = _reaching(self.downloader, resource)
        take = _Take(downloader, source_id, resource, previous, downloader.clock.now())
        if resource.listing is None:
            return (take.one(resource.name, resource.url),)
        file = PurePosixPath(urlsplit(resource.url).path).name
        shards = _chosen(resource.listing, file, _listed(downloader, resource.listing))
        folder = resource.url.rpartition("/")[0]
        return take.all((f"{folder}/{quote(shard.name)}", shard) for shard in shards)


class MirrorFetcher:
    """The same paths from a folder, or from a web server that serves such a folder.

    Names on disk are taken letter by letter, so a `%28` in a path is `%2528` on the wire.
    """

    def __init__(self, root: str, downloader: Downloader | None = None) -> None:
        """Raises `UsageError` unless `root` is a folder or an http(s) address without user or query."""
        self._fetcher: Fetcher
        if root.startswith(("http://", "https://")):
            self._fetcher = SiteFetcher(root.rstrip("/"), downloader or Downloader())
        else:
            self._fetcher = FolderFetcher(Path(root), downloader.clock if downloader else Clock())

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`."""
        return self._fetcher.fetch(source_id, resource, previous)
