"""Fetch the files of a source from their live hosts or from a mirror."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

import httpx

from aggregator.errors import NotFound, UsageError
from aggregator.fetch.addresses import AllowList, endpoint_of
from aggregator.fetch.download import Downloader
from aggregator.fetch.mirror import FolderFetcher, check_relative_path
from aggregator.fetch.resource_download import ResourceDownload
from aggregator.model import Resource, Snapshot


class Fetcher(Protocol):
    """Returns the current files of a source, from the network, a mirror or the snapshots."""

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """Return the file, or its shards in order, each with its bytes.

        `previous` are the stored snapshots of the last fetch. A returned snapshot without bytes means that the stored
        bytes are still current. A single file is named `resource.name`; shards of a resource with a `listing` are named
        `resource.name/<file name>`. Raises `FetchError`.
        """
        ...


def open_fetcher(mirror: str | None) -> Fetcher:
    """Return the fetcher for the live hosts, or for a mirror: a folder or an http(s) address.

    Raises `UsageError` if `mirror` is neither.
    """
    return HttpFetcher() if mirror is None else MirrorFetcher(mirror)


@dataclass(frozen=True)
class HttpFetcher:
    """Fetches files from their live hosts: https, no credentials."""

    downloader: Downloader = field(default_factory=Downloader)

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`; the Hub's listing gives the shards and their digests.

        The host of `resource.url` is allowed besides the Hub's, by https and on public addresses.
        """
        downloader = allow_resource_host(self.downloader, resource)
        download = ResourceDownload(downloader, source_id, resource, previous, downloader.clock.now())
        if resource.listing is None:
            return (download.file(resource.url),)
        return download.shards(resource.listing, resource.url)


def allow_resource_host(downloader: Downloader, resource: Resource) -> Downloader:
    """Return a downloader that may also reach the host of `resource.url`."""
    allowed = downloader.allow_list
    host = urlsplit(resource.url).hostname or ""
    return replace(downloader, allow_list=replace(allowed, hosts=(*allowed.hosts, host)))


@dataclass(frozen=True)
class ServerFetcher:
    """Fetches files from a web server with a mirror's folder; redirects must stay on its host and port.

    Names on disk are used literally, so a `%28` in a path is `%2528` in the URL. If the whole file is missing, the
    shards are fetched, provided that the mirror also serves the Hub's listing of the folder.
    """

    base: str
    downloader: Downloader

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`."""
        allow_list = AllowList(hosts=(), endpoints=frozenset({endpoint_of(httpx.URL(self.base))}))
        downloader = replace(self.downloader, allow_list=allow_list)
        download = ResourceDownload(downloader, source_id, resource, previous, downloader.clock.now())
        url = f"{self.base}/{quote(check_relative_path(resource.path))}"
        try:
            return (download.file(url),)
        except NotFound as missing:
            if resource.listing is None:
                raise
            try:
                return download.shards(f"{self.base}/{quote(urlsplit(resource.listing).path.lstrip('/'))}", url)
            except NotFound:
                raise missing from None


class MirrorFetcher:
    """Fetches files from a mirror: a folder, or the http(s) address of a server with one."""

    def __init__(self, root: str, downloader: Downloader | None = None) -> None:
        """Raise `UsageError` unless `root` is a folder or a plain http(s) address."""
        downloader = downloader or Downloader()
        self.fetcher: Fetcher
        if not root.startswith(("http://", "https://")):
            if not root or not Path(root).is_dir():
                raise UsageError(f"no such folder: {root!r}", hint="--mirror takes a folder, or an http:// address.")
            self.fetcher = FolderFetcher(Path(root).absolute(), downloader.clock)
            return
        parts = urlsplit(root)
        if not parts.hostname or parts.username or parts.query or parts.fragment:
            raise UsageError(f"not the address of a mirror: {root}", hint="Give it as http://host:port/path.")
        self.fetcher = ServerFetcher(root.rstrip("/"), downloader)

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`."""
        return self.fetcher.fetch(source_id, resource, previous)
