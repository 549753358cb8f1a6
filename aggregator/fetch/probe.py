"""Check a remote file with one small request: status, size, ETag, and its Parquet footer or first bytes."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import httpx
import polars as pl

from aggregator.errors import FetchError, NotFound
from aggregator.fetch.body_error import BodyError
from aggregator.fetch.client import allow_resource_hosts
from aggregator.fetch.download import TRANSIENT_ERRORS, TRANSIENT_STATUSES, Downloader
from aggregator.fetch.file_sets import matching_names, object_ids, object_names
from aggregator.fetch.limits import is_rate_limit, retry_after_seconds
from aggregator.fetch.redirects import FinalResponse
from aggregator.fetch.shards import Shard, parse_listing, select_shards
from aggregator.fetch.transport import DeadlineExceeded
from aggregator.fetch.validation import PARQUET_MAGIC, check_beginning, check_body, check_content_type
from aggregator.model import Resource, Snapshot

PROBE_BYTES = 16 * 1024
"""The most that a probe reads of a file."""
LISTING_BYTES = 2 * 1024 * 1024
"""The most that a probe reads of a listing."""


class HostUnavailable(Exception):
    """The host did not respond, or responded with a temporary error."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Probe:
    """The result of one request."""

    status: int
    host: str
    size: int | None = None
    """Bytes of the whole file, if known."""
    etag: str | None = None
    revision: str | None = None
    digests: tuple[str, ...] = ()
    """The SHA-256 of each shard, if the host announces them."""
    names: frozenset[str] | None = None
    """The files of a set that the listing names."""
    has_more: bool = False
    """Whether the listing has more pages than the one that was read."""
    is_unchanged: bool = False
    """Whether the host confirmed that the stored bytes are current."""
    excerpt: bytes = field(default=b"", repr=False)
    """The last bytes of a Parquet file, the first of any other."""


def probe_resource(resource: Resource, stored: Sequence[Snapshot], downloader: Downloader) -> Probe:
    """Request a part of `resource`, or the first page of the listing of its shards or of its set of files.

    Raises `FetchError` if the host returns something else or a redirect is not allowed, `HostUnavailable` if it
    returns nothing.
    """
    downloader = allow_resource_hosts(downloader, resource)
    url = resource.listing or resource.url
    known = stored[0] if len(stored) == 1 and stored[0].url == url else None
    deadline = downloader.clock.monotonic() + downloader.limits.total_seconds
    try:
        with downloader.stream(url, _headers(resource, known), deadline, known.sha256 if known else None) as final:
            return _probe_listing(resource, final) if _is_listed(resource) else _probe_file(resource, final, known)
    except DeadlineExceeded as cause:
        raise HostUnavailable(f"took longer than {downloader.limits.total_seconds:g} s") from cause
    except TRANSIENT_ERRORS as cause:
        raise HostUnavailable(str(cause) or type(cause).__name__) from cause
    except BodyError as error:
        raise FetchError(url, error.reason) from error


def _is_listed(resource: Resource) -> bool:
    """Return whether the probe reads a list of files, not a file."""
    return resource.listing is not None or resource.follow is not None


def parquet_schema(parquet: bytes | Path) -> Mapping[str, pl.DataType] | None:
    """Return the columns of a Parquet file, or of its last bytes if these hold the footer; else None."""
    # polars reads only the magic bytes at both ends and the footer.
    file = io.BytesIO(PARQUET_MAGIC + _footer(parquet)) if isinstance(parquet, bytes) else parquet
    try:
        return pl.read_parquet_schema(file)
    except (OSError, pl.exceptions.PolarsError):
        return None


def _footer(tail: bytes) -> bytes:
    """Return the footer at the end of `tail`; empty if it starts before `tail`."""
    size = int.from_bytes(tail[-8:-4], "little") + 8
    return tail[-size:] if tail[-4:] == PARQUET_MAGIC and 8 < size <= len(tail) else b""


def _headers(resource: Resource, known: Snapshot | None) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}
    if not _is_listed(resource):
        headers["Range"] = f"bytes=-{PROBE_BYTES}" if resource.media == "parquet" else f"bytes=0-{PROBE_BYTES - 1}"
    if known and known.etag:
        headers["If-None-Match"] = known.etag
    return headers


def _probe_file(resource: Resource, final: FinalResponse, known: Snapshot | None) -> Probe:
    response = final.response
    probe = _probe_from_headers(final)
    if known and (response.status_code == 304 or final.sha256 == known.sha256):
        return replace(probe, is_unchanged=True, size=known.size)
    _check_status(response)
    check_content_type(resource.media, response.headers.get("Content-Type", ""))
    excerpt, is_whole = _read_excerpt(response)
    if is_whole:
        check_body(resource.media, excerpt)
    elif resource.media == "parquet" and response.status_code == 206 and excerpt[-4:] != PARQUET_MAGIC:
        raise BodyError("does not end as Parquet")
    elif resource.media != "parquet":
        check_beginning(resource.media, excerpt)
    return replace(probe, size=len(excerpt) if is_whole else _total_bytes(response), excerpt=excerpt)


def _probe_listing(resource: Resource, final: FinalResponse) -> Probe:
    _check_status(final.response)
    content, is_whole = _read_excerpt(final.response, LISTING_BYTES)
    if not is_whole:
        raise BodyError(f"is a listing of more than {LISTING_BYTES} bytes")
    check_body("json", content)
    probe = replace(_probe_from_headers(final), etag=None, has_more="next" in final.response.links)
    url = str(final.response.url)
    if resource.follow is not None:
        return replace(probe, names=frozenset(object_names(url, object_ids(url, content))))
    files = {file.name: file for file in parse_listing(url, content)}
    if resource.pattern is not None:
        names = matching_names(resource, url, files)
        return replace(_add_sizes(probe, [files[name] for name in names]), names=frozenset(names))
    shards = select_shards(unquote(PurePosixPath(urlsplit(resource.url).path).name), files.values())
    if not shards:
        raise BodyError("names no part of the file")
    return _add_sizes(probe, shards)


def _add_sizes(probe: Probe, files: Sequence[Shard]) -> Probe:
    """Return the probe with the size of all files together, and their digests if the listing has all of them.

    Of a listing with more pages than were read, neither is known.
    """
    if probe.has_more:
        return probe
    digests = tuple(file.sha256 for file in files if file.sha256)
    size = sum(file.size or 0 for file in files)
    return replace(probe, size=size, digests=digests if len(digests) == len(files) else ())


def _probe_from_headers(final: FinalResponse) -> Probe:
    response = final.response
    return Probe(
        status=response.status_code,
        host=response.url.host,
        etag=response.headers.get("ETag"),
        revision=final.revision,
        digests=(final.sha256,) if final.sha256 else (),
    )


def _check_status(response: httpx.Response) -> None:
    """Raise `HostUnavailable` for a temporary error, `NotFound` for 404 and 410, `BodyError` for any other error."""
    status = f"HTTP {response.status_code} {response.reason_phrase}".strip()
    if is_rate_limit(response.status_code, response.headers):
        wait = retry_after_seconds(response.headers, datetime.now(UTC))
        raise HostUnavailable(f"{status}: the rate limit of the host is used up for {wait:.0f} s", response.status_code)
    if response.status_code in TRANSIENT_STATUSES:
        raise HostUnavailable(status, response.status_code)
    if response.status_code in (404, 410):
        raise NotFound(str(response.url), f"answers {status}")
    if response.status_code not in (200, 206):
        raise BodyError(f"answers {status}")


def _read_excerpt(response: httpx.Response, max_bytes: int = PROBE_BYTES) -> tuple[bytes, bool]:
    """Return the first `max_bytes` of the body, and whether they are the whole file."""
    excerpt = bytearray()
    for chunk in response.iter_raw():
        excerpt += chunk
        if len(excerpt) > max_bytes:
            return bytes(excerpt[:max_bytes]), False
    return bytes(excerpt), response.status_code == 200 or len(excerpt) == _total_bytes(response)


def _total_bytes(response: httpx.Response) -> int | None:
    """Return the size of the whole file from the headers of a full or partial response."""
    total = response.headers.get("Content-Range", "").rpartition("/")[2]
    if response.status_code == 200:
        total = response.headers.get("Content-Length", "")
    return int(total) if total.isascii() and total.isdecimal() else None
