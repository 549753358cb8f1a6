"""The network edge: the bytes of a source's files, from their hosts or from a mirror, or a typed failure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

import httpx

from aggregator.errors import FetchError, NotFound, UsageError
from aggregator.fetch.addresses import Reach, endpoint
from aggregator.fetch.download import Ask, Downloader
from aggregator.fetch.mirror import FolderFetcher, inside
from aggregator.fetch.validation import BodyError, Shard, shards_of
from aggregator.model import Resource, Snapshot
from aggregator.store.files import digest

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
        """See `Fetcher`; shards are those that the Hub lists, and are held to the digests of that list.

        The host of `resource.url` is allowed besides the Hub's, by https and on public addresses.
        """
        downloader = reaching(self.downloader, resource)
        take = _Take(downloader, source_id, resource, previous, downloader.clock.now())
        if resource.listing is None:
            return (take.one(resource.url),)
        return take.shards(resource.listing, resource.url)


@dataclass(frozen=True)
class SiteFetcher:
    """Files from a web server that serves a mirror's folder; redirects may not leave the named host and port.

    Names on disk are taken letter by letter, so a `%28` in a path is `%2528` on the wire. A file that is not
    there whole is looked for in parts where the mirror also serves the Hub's listing of its folder.
    """

    base: str
    downloader: Downloader

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`."""
        reach = Reach(hosts=(), named=frozenset({endpoint(httpx.URL(self.base))}))
        downloader = replace(self.downloader, reach=reach)
        take = _Take(downloader, source_id, resource, previous, downloader.clock.now())
        url = f"{self.base}/{quote(inside(resource.path))}"
        try:
            return (take.one(url),)
        except NotFound as missing:
            if resource.listing is None:
                raise
            try:
                return take.shards(f"{self.base}/{quote(urlsplit(resource.listing).path.lstrip('/'))}", url)
            except NotFound:
                raise missing from None


class MirrorFetcher:
    """A mirror as a person names it: a folder, or the http(s) address of a server that serves one."""

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
        self.fetcher = SiteFetcher(root.rstrip("/"), downloader)

    def fetch(self, source_id: str, resource: Resource, previous: Sequence[Snapshot] = ()) -> tuple[Snapshot, ...]:
        """See `Fetcher`."""
        return self.fetcher.fetch(source_id, resource, previous)


@dataclass(frozen=True)
class _Take:
    """One fetch of one resource over HTTP: what is asked for, what is kept, and when."""

    downloader: Downloader
    source: str
    resource: Resource
    previous: Sequence[Snapshot]
    now: datetime

    def one(self, url: str) -> Snapshot:
        """Return the unsplit file."""
        return self._take(url, self.resource.name, self.resource.max_bytes)

    def shards(self, listing: str, url: str) -> tuple[Snapshot, ...]:
        """Return the parts of the file at `url` that `listing` names."""
        folder, file = url.rpartition("/")[::2]
        try:
            found = shards_of(unquote(file), self._listed(listing))
        except BodyError as error:
            raise FetchError(listing, error.reason) from error
        if not found:
            raise FetchError(listing, f"names no part of {unquote(file)}")
        left, snapshots = self.resource.max_bytes, []
        for shard in found:
            name = self.resource.name if len(found) == 1 else f"{self.resource.name}/{shard.name}"
            snapshot = self._take(f"{folder}/{quote(shard.name)}", name, left, shard)
            left -= snapshot.size
            snapshots.append(snapshot)
        revisions = {snapshot.revision for snapshot in snapshots if snapshot.content and snapshot.revision}
        if len(revisions) > 1:
            raise FetchError(listing, "changed while its parts were fetched", hint="Run again in a few minutes.")
        return tuple(snapshots)

    def _listed(self, listing: str) -> list[Shard]:
        """Return the files of the Hub's listing of one folder, all pages."""
        found: list[Shard] = []
        page: str | None = listing
        for _ in range(LISTING_PAGES):
            if page is None:
                return found
            answer = self.downloader.download(Ask(page, "json", LISTING_BYTES))
            found += listed(listing, answer.content or b"")
            page = answer.next_page
        raise FetchError(listing, f"has more than {LISTING_PAGES} pages")

    def _take(self, url: str, name: str, limit: int, shard: Shard | None = None) -> Snapshot:
        kept = next((snapshot for snapshot in self.previous if (snapshot.resource, snapshot.url) == (name, url)), None)
        if kept and shard and shard.sha256 == kept.sha256:
            return replace(kept, retrieved_at=self.now, content=b"")
        answer = self.downloader.download(_ask(url, self.resource.media, limit, kept))
        if answer.content is None and kept:
            return replace(kept, retrieved_at=self.now, revision=answer.revision or kept.revision, content=b"")
        content = answer.content or b""
        sha256 = digest(content)
        if shard and shard.sha256 not in (None, sha256):
            raise FetchError(url, "is not the file that the host lists", hint="Run again in a few minutes.")
        return Snapshot(
            source=self.source,
            resource=name,
            url=url,
            sha256=sha256,
            size=len(content),
            retrieved_at=self.now,
            etag=answer.etag,
            last_modified=answer.last_modified,
            revision=answer.revision,
            content=content,
        )


def reaching(downloader: Downloader, resource: Resource) -> Downloader:
    """Return `downloader`, allowed on the host where the source says that its file lives."""
    host = urlsplit(resource.url).hostname or ""
    return replace(downloader, reach=replace(downloader.reach, hosts=(*downloader.reach.hosts, host)))


def _ask(url: str, media: str, limit: int, kept: Snapshot | None) -> Ask:
    if kept is None:
        return Ask(url, media, limit)
    return Ask(url, media, limit, kept.etag, kept.last_modified, kept.sha256)


def listed(listing: str, content: bytes) -> list[Shard]:
    """Return the files of one page of the Hub's tree listing; raises `FetchError` when it is no such page."""
    try:
        return [
            Shard(PurePosixPath(entry["path"]).name, (entry.get("lfs") or {}).get("oid"), entry.get("size"))
            for entry in json.loads(content)
            if entry["type"] == "file"
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as cause:
        raise FetchError(listing, "is not a listing as the Hub gives it") from cause
