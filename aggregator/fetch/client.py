"""Fetch the files of a source from their live hosts or from a mirror."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

import httpx

from aggregator.errors import FetchError, NotFound, UsageError
from aggregator.fetch.addresses import AllowList, endpoint_of
from aggregator.fetch.download import Downloader
from aggregator.fetch.file_sets import object_path, object_url
from aggregator.fetch.limits import Limits
from aggregator.fetch.mirror import FolderFetcher, absent_if_optional, check_relative_path
from aggregator.fetch.resource_download import ResourceDownload
from aggregator.fetch.set_download import SetDownload
from aggregator.model import Resource, Snapshot

TOKEN_VARIABLE = "HF_TOKEN"  # noqa: S105 - the name of a variable, not its value


class Fetcher(Protocol):
    """Returns the current files of a source, from the network, a mirror or the snapshots."""

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """Return the file, or its shards in order, each with its bytes.

        `previous` are the stored snapshots of the last fetch. A returned snapshot without bytes means that the stored
        bytes are still current. A single file is named `resource.name`; shards and the files of a set are named
        `resource.name/<file name>`. An optional resource that is absent gives no snapshot. Raises `FetchError`.
        """
        ...


def open_fetcher(mirror: str | None) -> Fetcher:
    """Return the fetcher for the live hosts, or for a mirror: a folder or an http(s) address.

    Raises `UsageError` if `mirror` is neither.
    """
    return HttpFetcher() if mirror is None else MirrorFetcher(mirror)


def live_downloader(limits: Limits | None = None) -> Downloader:
    """Return the downloader for the live hosts; the token in `HF_TOKEN` is sent to the Hub only.

    Raises `UsageError` if `HF_TOKEN` has invalid characters.
    """
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise UsageError(f"{TOKEN_VARIABLE} has characters that no token has", hint="Set it again, or unset it.")
    return Downloader(limits=limits or Limits(), token=token or None)


@dataclass(frozen=True)
class HttpFetcher:
    """Fetches files from their live hosts by https; no credentials besides the Hub's own token."""

    downloader: Downloader = field(default_factory=live_downloader)

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`; a listing gives the shards or the files of a set, with their digests if it has them.

        The hosts of the addresses of `resource` are allowed besides the Hub's, by https and on public addresses.
        """
        downloader = allow_resource_hosts(self.downloader, resource)
        download = ResourceDownload(downloader, source_id, resource, previous, downloader.clock.now())
        return absent_if_optional(resource, partial(_download_live, download))


def _download_live(download: ResourceDownload) -> tuple[Snapshot, ...]:
    resource = download.resource
    if resource.follow is not None:
        return SetDownload(download).followed(resource.url, partial(object_url, resource.follow))
    if resource.pattern is not None and resource.listing is not None:
        return SetDownload(download).matching(resource.listing, resource.url.rpartition("/")[0])
    if resource.pattern is not None:
        raise FetchError(resource.url, "is a set of files without the address of a listing")
    return (
        (download.file(resource.url),) if resource.listing is None else download.shards(resource.listing, resource.url)
    )


def allow_resource_hosts(downloader: Downloader, resource: Resource) -> Downloader:
    """Return a downloader that may also reach the hosts of all addresses of `resource`."""
    allowed = downloader.allow_list
    try:
        hosts = [urlsplit(url).hostname or "" for url in (resource.url, resource.listing, resource.follow) if url]
    except ValueError as cause:
        raise FetchError(resource.url, f"is not a URL: {cause}") from cause
    return replace(downloader, allow_list=replace(allowed, hosts=(*allowed.hosts, *hosts)))


@dataclass(frozen=True)
class ServerFetcher:
    """Fetches files from a web server with a mirror's folder; redirects must stay on its host and port.

    Names on disk are used literally, so a `%28` in a path is `%2528` in the URL. If the whole file is missing, the
    shards are fetched, provided that the mirror also serves the host's listing of the folder. For a set of files the
    server must list the folder, as a page of links or as JSON, or serve the host's listing.
    """

    base: str
    downloader: Downloader

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`."""
        allow_list = AllowList(hosts=(), endpoints=frozenset({endpoint_of(httpx.URL(self.base))}))
        downloader = replace(self.downloader, allow_list=allow_list)
        download = ResourceDownload(downloader, source_id, resource, previous, downloader.clock.now())
        return absent_if_optional(resource, partial(self._download, download))

    def _download(self, download: ResourceDownload) -> tuple[Snapshot, ...]:
        resource = download.resource
        url = self._url(check_relative_path(resource.path))
        listing = None if resource.listing is None else self._url(urlsplit(resource.listing).path.lstrip("/"))
        if resource.follow is not None:
            return SetDownload(download).followed(url, lambda name: self._url(object_path(resource.path, name)))
        if resource.pattern is not None:
            return SetDownload(download).in_index(url.rpartition("/")[0], listing)
        try:
            return (download.file(url),)
        except NotFound as missing:
            if listing is None:
                raise
            try:
                return download.shards(listing, url)
            except NotFound:
                raise missing from None

    def _url(self, path: str) -> str:
        return f"{self.base}/{quote(path)}"


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
