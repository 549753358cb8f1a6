"""Download a set of files over HTTP: those of a folder that match a pattern, or one for each object of a JSON list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from aggregator.errors import AccessDenied, FetchError, NotFound
from aggregator.fetch.download import Request
from aggregator.fetch.file_sets import index_names, matching_names, object_ids, object_names
from aggregator.fetch.resource_download import (
    MAX_LISTING_BYTES,
    ResourceDownload,
    check_one_revision,
    download_pages,
    iterate_pages,
)
from aggregator.fetch.shards import Shard, parse_listing
from aggregator.model import Snapshot

SET_SECONDS = 1800
"""The time limit of all files of a set together."""


@dataclass(frozen=True)
class Listed:
    """The files that a listing names; `listed_by` and `note` as in `Snapshot`."""

    files: Mapping[str, Shard]
    listed_by: str | None = None
    note: str = ""


@dataclass(frozen=True)
class SetDownload:
    """One download of a resource with many files; `one` downloads each of them.

    All methods raise `FetchError` if a file is missing, and `NotFound` if there is no file at all. Of an optional set,
    missing files are left out. If the listing of a folder fails, the files of the last fetch are fetched: a listing
    that is down must not hide new scores.
    """

    one: ResourceDownload

    def matching(self, listing: str, folder: str) -> tuple[Snapshot, ...]:
        """Return the files at the address `folder` that the host's `listing` names and the pattern matches."""
        return self._in_folder(folder, self._listed_or_known(lambda: self._read_listing(listing)))

    def in_index(self, folder: str, listing: str | None) -> tuple[Snapshot, ...]:
        """Return the matching files of a mirror's `folder` by its index, or by the host's `listing` if it serves that."""
        return self._in_folder(folder, self._listed_or_known(lambda: self._read_index(folder, listing)))

    def followed(self, url: str, address_of: Callable[[str], str]) -> tuple[Snapshot, ...]:
        """Return the file at `address_of(id)` of each object of the JSON list at `url`."""
        ids = [found for page in download_pages(self.one.downloader, url) for found in object_ids(url, page)]
        names = object_names(url, ids)
        return self._download_all(url, Listed({name: Shard(name) for name in names}), address_of)

    def _read_listing(self, listing: str) -> Listed:
        """Read all pages of a listing; if the host confirms that it is unchanged, the known files are in it."""
        known, key = self._known_files(), f"{listing} {self.one.resource.pattern} "
        before = self.one.previous[0].listed_by or "" if known else ""
        etag = before.removeprefix(key) if before.startswith(key) else None
        request = Request(listing, "json", MAX_LISTING_BYTES, etag=etag)
        pages = list(iterate_pages(self.one.downloader, request))
        if pages[0].content is None:
            return Listed(known, before)
        files = {file.name: file for page in pages for file in parse_listing(listing, page.content or b"")}
        # An ETag is that of one page, so only a listing of one page can be confirmed.
        return Listed(files, f"{key}{pages[0].etag}" if pages[0].etag and len(pages) == 1 else None)

    def _read_index(self, folder: str, listing: str | None) -> Listed:
        """Read the index of a mirror's folder, or the `listing` if the mirror has no index."""
        url = f"{folder}/"
        try:
            page = self.one.downloader.download(Request(url, "listing", MAX_LISTING_BYTES))
        except (NotFound, AccessDenied):
            if listing is None:
                raise
            url = listing
            page = self.one.downloader.download(Request(url, "listing", MAX_LISTING_BYTES))
        return Listed({name: Shard(name) for name in index_names(url, page.content or b"")})

    def _listed_or_known(self, read: Callable[[], Listed]) -> Listed:
        """Return the listed files, or those of the last fetch if the listing fails."""
        known = self._known_files()
        try:
            return read()
        except FetchError as error:
            if not known:
                raise
            note = f"the list of files is not available ({error.location}: {error.reason}); only the {len(known)} files"
            return Listed(known, self.one.previous[0].listed_by, f"{note} of the last fetch were fetched")

    def _known_files(self) -> dict[str, Shard]:
        """Return the files of the last fetch, by name."""
        names = [snapshot.resource.partition("/")[2] for snapshot in self.one.previous]
        return {name: Shard(name) for name in names if name}

    def _in_folder(self, folder: str, listed: Listed) -> tuple[Snapshot, ...]:
        names = matching_names(self.one.resource, folder, listed.files)
        matching = replace(listed, files={name: listed.files[name] for name in names})
        return self._download_all(folder, matching, lambda name: f"{folder}/{quote(name)}")

    def _download_all(self, place: str, listed: Listed, address_of: Callable[[str], str]) -> tuple[Snapshot, ...]:
        """Return all files within the limits of bytes and time of the set."""
        resource, clock = self.one.resource, self.one.downloader.clock
        bytes_left, end, snapshots = resource.max_bytes, clock.monotonic() + SET_SECONDS, list[Snapshot]()
        for name, file in listed.files.items():
            if clock.monotonic() > end:
                done = f"{len(snapshots)} of {len(listed.files)} files"
                raise FetchError(place, f"took longer than {SET_SECONDS} s for {done}")
            try:
                snapshot = self.one.download(address_of(name), f"{resource.name}/{name}", bytes_left, file)
            except NotFound:
                if not resource.is_optional:
                    raise
                continue
            bytes_left -= snapshot.size
            snapshots.append(snapshot)
        if not snapshots:
            raise NotFound(place, "has none of the files that are listed")
        check_one_revision(place, snapshots)
        count = len(snapshots)
        return tuple(replace(one, parts=count, listed_by=listed.listed_by, note=listed.note) for one in snapshots)
