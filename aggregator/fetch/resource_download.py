"""Download one resource of a source over HTTP, whole or in shards, and skip what is already stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, unquote

from aggregator.errors import FetchError
from aggregator.fetch.download import Downloader, Request
from aggregator.fetch.shards import Shard, parse_listing, select_shards
from aggregator.fetch.validation import BodyError
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
        return self._download(url, self.resource.name, self.resource.max_bytes)

    def shards(self, listing: str, url: str) -> tuple[Snapshot, ...]:
        """Return the shards of the file at `url` that the page `listing` names; their total size is limited."""
        folder, file = url.rpartition("/")[::2]
        bytes_left, snapshots = self.resource.max_bytes, list[Snapshot]()
        shards = self._select_shards(listing, unquote(file))
        for shard in shards:
            name = self.resource.name if len(shards) == 1 else f"{self.resource.name}/{shard.name}"
            snapshot = self._download(f"{folder}/{quote(shard.name)}", name, bytes_left, shard)
            bytes_left -= snapshot.size
            snapshots.append(snapshot)
        revisions = {snapshot.revision for snapshot in snapshots if snapshot.content and snapshot.revision}
        if len(revisions) > 1:
            raise FetchError(listing, "changed while its parts were fetched", hint="Run again in a few minutes.")
        return tuple(snapshots)

    def _select_shards(self, listing: str, file: str) -> tuple[Shard, ...]:
        try:
            shards = select_shards(file, self._list_files(listing))
        except BodyError as error:
            raise FetchError(listing, error.reason) from error
        if not shards:
            raise FetchError(listing, f"names no part of {file}")
        return shards

    def _list_files(self, listing: str) -> list[Shard]:
        """Return the files of the Hub's listing of one folder, from all pages."""
        files: list[Shard] = []
        page: str | None = listing
        for _ in range(MAX_LISTING_PAGES):
            if page is None:
                return files
            response = self.downloader.download(Request(page, "json", MAX_LISTING_BYTES))
            files += parse_listing(listing, response.content or b"")
            page = response.next_page
        raise FetchError(listing, f"has more than {MAX_LISTING_PAGES} pages")

    def _download(self, url: str, name: str, max_bytes: int, shard: Shard | None = None) -> Snapshot:
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


def _request(url: str, media: str, max_bytes: int, stored: Snapshot | None) -> Request:
    if stored is None:
        return Request(url, media, max_bytes)
    return Request(url, media, max_bytes, stored.etag, stored.last_modified, stored.sha256)
