"""Download one resource of a source over HTTP, whole or in shards, and skip what is already stored."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, unquote

from aggregator.errors import FetchError
from aggregator.fetch.body_error import BodyError
from aggregator.fetch.download import Downloader, Request, Response
from aggregator.fetch.shards import Shard, parse_listing, select_shards
from aggregator.model import Resource, Snapshot
from aggregator.store.files import sha256_hex

MAX_LISTING_BYTES = 8 * 1024 * 1024
MAX_LISTING_PAGES = 10


@dataclass(frozen=True)
class ResourceDownload:
    """One download of one resource; `previous` are its stored snapshots, `now` becomes the time of retrieval."""

    downloader: Downloader
    source: str
    resource: Resource
    previous: Sequence[Snapshot]
    now: datetime

    def file(self, url: str) -> Snapshot:
        """Return the unsplit file."""
        return self.download(url, self.resource.name, self.resource.max_bytes)

    def shards(self, listing: str, url: str) -> tuple[Snapshot, ...]:
        """Return the shards of the file at `url` that the page `listing` names; their total size is limited."""
        folder, file = url.rpartition("/")[::2]
        bytes_left, snapshots = self.resource.max_bytes, list[Snapshot]()
        shards = self._select_shards(listing, unquote(file))
        for shard in shards:
            name = self.resource.name if len(shards) == 1 else f"{self.resource.name}/{shard.name}"
            snapshot = self.download(f"{folder}/{quote(shard.name)}", name, bytes_left, shard)
            bytes_left -= snapshot.size
            snapshots.append(snapshot)
        check_one_revision(listing, snapshots)
        return tuple(snapshots)

    def _select_shards(self, listing: str, file: str) -> tuple[Shard, ...]:
        try:
            pages = download_pages(self.downloader, listing)
            shards = select_shards(file, [shard for page in pages for shard in parse_listing(listing, page)])
        except BodyError as error:
            raise FetchError(listing, error.reason) from error
        if not shards:
            raise FetchError(listing, f"names no part of {file}")
        return shards

    def download(self, url: str, name: str, max_bytes: int, shard: Shard | None = None) -> Snapshot:
        """Return a snapshot; without content if the stored bytes are still current."""
        stored = next((old for old in self.previous if (old.resource, old.url) == (name, url)), None)
        if stored and shard and shard.sha256 == stored.sha256:
            return replace(stored, retrieved_at=self.now, content=b"")
        response = self.downloader.download(_request(url, self.resource.media, max_bytes, stored))
        if response.content is None and stored:
            revision = response.revision or stored.revision
            return replace(stored, retrieved_at=self.now, revision=revision, content=b"")
        content = response.content or b""
        sha256 = sha256_hex(content)
        if shard and shard.sha256 not in (None, sha256):
            raise FetchError(url, "is not the file that the host lists", hint="Run again in a few minutes.")
        return Snapshot(
            source=self.source,
            resource=name,
            url=url,
            sha256=sha256,
            size=len(content),
            retrieved_at=self.now,
            etag=response.etag,
            last_modified=response.last_modified,
            revision=response.revision,
            content=content,
        )


def download_pages(downloader: Downloader, url: str) -> list[bytes]:
    """Return the pages of a JSON list, in order; raises `FetchError`, also when there are more than `MAX_LISTING_PAGES`."""
    return [response.content or b"" for response in iterate_pages(downloader, Request(url, "json", MAX_LISTING_BYTES))]


def iterate_pages(downloader: Downloader, request: Request) -> Iterator[Response]:
    """Yield the response to `request` and those of the pages after it; a condition applies to the first page only."""
    page: Request | None = request
    for _ in range(MAX_LISTING_PAGES):
        if page is None:
            return
        response = downloader.download(page)
        yield response
        page = Request(response.next_page, page.media, page.max_bytes) if response.next_page else None
    if page is not None:
        raise FetchError(request.url, f"has more than {MAX_LISTING_PAGES} pages")


def check_one_revision(place: str, snapshots: Iterable[Snapshot]) -> None:
    """Raise `FetchError` if files that were downloaded together are of several revisions of their repository."""
    if len({snapshot.revision for snapshot in snapshots if snapshot.content and snapshot.revision}) > 1:
        raise FetchError(place, "changed while its parts were fetched", hint="Run again in a few minutes.")


def _request(url: str, media: str, max_bytes: int, stored: Snapshot | None) -> Request:
    if stored is None:
        return Request(url, media, max_bytes)
    return Request(url, media, max_bytes, stored.etag, stored.last_modified, stored.sha256)
