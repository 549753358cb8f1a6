"""One small request for a file: what the host says of it, and the few KB that tell most about its contents."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import httpx
import polars as pl

from aggregator.errors import FetchError, NotFound
from aggregator.fetch.addresses import DeadlinePassed
from aggregator.fetch.client import listed, reaching
from aggregator.fetch.download import AGAIN_STATUSES, TRANSIENT, Downloader, Hop
from aggregator.fetch.validation import MAGIC, BodyError, check, check_type, shards_of
from aggregator.model import Resource, Snapshot

PIECE = 16 * 1024


class Silent(Exception):
    """The host did not answer, or answered that it cannot now."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Look:
    """What one request showed."""

    status: int
    host: str
    size: int | None = None
    etag: str | None = None
    revision: str | None = None
    digests: tuple[str, ...] = ()
    """The sha256 of each part, where the host announces them."""
    unchanged: bool = False
    """Whether the host says so itself."""
    piece: bytes = field(default=b"", repr=False)


def look(resource: Resource, kept: Sequence[Snapshot], downloader: Downloader) -> Look:
    """Ask once for a part of `resource`, or for the listing that names its shards.

    Raises `FetchError` when the host gives something else or the way leads out of reach, `Silent`
    when it gives nothing.
    """
    downloader = reaching(downloader, resource)
    url = resource.listing or resource.url
    one = kept[0] if len(kept) == 1 and kept[0].url == url else None
    end = downloader.clock.monotonic() + downloader.budget.seconds
    try:
        with downloader.follow(url, _headers(resource, one), end, known=one.sha256 if one else None) as hop:
            return _listing(resource, hop) if resource.listing else _part(resource, hop, one)
    except DeadlinePassed as cause:
        raise Silent(f"took longer than {downloader.budget.seconds:g} s") from cause
    except TRANSIENT as cause:
        raise Silent(str(cause) or type(cause).__name__) from cause
    except BodyError as error:
        raise FetchError(url, error.reason) from error


def schema_of(parquet: bytes | Path) -> Mapping[str, pl.DataType] | None:
    """Return the columns of a Parquet file, or of its last bytes where these hold the footer; else None."""
    # A reader of the schema looks at both magics and the footer, and at nothing between.
    file = io.BytesIO(MAGIC + _footer(parquet)) if isinstance(parquet, bytes) else parquet
    try:
        return pl.read_parquet_schema(file)
    except (OSError, pl.exceptions.PolarsError):
        return None


def _footer(tail: bytes) -> bytes:
    """Return the footer at the end of `tail`, or nothing where it begins before."""
    size = int.from_bytes(tail[-8:-4], "little") + 8
    return tail[-size:] if tail[-4:] == MAGIC and 8 < size <= len(tail) else b""


def _headers(resource: Resource, kept: Snapshot | None) -> dict[str, str]:
    sent = {"Accept-Encoding": "identity"}
    if resource.listing is None:
        sent["Range"] = f"bytes=-{PIECE}" if resource.media == "parquet" else f"bytes=0-{PIECE - 1}"
    if kept and kept.etag:
        sent["If-None-Match"] = kept.etag
    return sent


def _part(resource: Resource, hop: Hop, kept: Snapshot | None) -> Look:
    response = hop.response
    seen = _seen(hop)
    if kept and (response.status_code == 304 or hop.sha256 == kept.sha256):
        return replace(seen, unchanged=True, size=kept.size)
    _check_status(response)
    check_type(resource.media, response.headers.get("Content-Type", ""))
    piece, is_whole = _piece(response)
    if is_whole:
        check(resource.media, piece)
    elif resource.media == "parquet" and response.status_code == 206 and piece[-4:] != MAGIC:
        raise BodyError("does not end as Parquet")
    elif resource.media == "json" and piece.lstrip()[:1] not in (b"{", b"["):
        raise BodyError("does not begin as JSON")
    return replace(seen, size=len(piece) if is_whole else _size(response), piece=piece)


def _listing(resource: Resource, hop: Hop) -> Look:
    _check_status(hop.response)
    content, is_whole = _piece(hop.response)
    if not is_whole:
        raise BodyError(f"is a listing of more than {PIECE} bytes")
    check("json", content)
    shards = shards_of(unquote(PurePosixPath(urlsplit(resource.url).path).name), listed(str(hop.response.url), content))
    if not shards:
        raise BodyError("names no part of the file")
    digests = tuple(shard.sha256 for shard in shards if shard.sha256)
    return replace(
        _seen(hop),
        etag=None,
        size=sum(shard.size or 0 for shard in shards),
        digests=digests if len(digests) == len(shards) else (),
    )


def _seen(hop: Hop) -> Look:
    response = hop.response
    return Look(
        status=response.status_code,
        host=response.url.host,
        etag=response.headers.get("ETag"),
        revision=hop.revision,
        digests=(hop.sha256,) if hop.sha256 else (),
    )


def _check_status(response: httpx.Response) -> None:
    """Raise `Silent` for a host that cannot now, `NotFound` for one without the file, `BodyError` for one that will not."""
    status = f"HTTP {response.status_code} {response.reason_phrase}".strip()
    if response.status_code in AGAIN_STATUSES:
        raise Silent(status, response.status_code)
    if response.status_code in (404, 410):
        raise NotFound(str(response.url), f"answers {status}")
    if response.status_code not in (200, 206):
        raise BodyError(f"answers {status}")


def _piece(response: httpx.Response) -> tuple[bytes, bool]:
    """Return the first `PIECE` bytes of what comes, and whether they are the whole file."""
    piece = bytearray()
    for chunk in response.iter_raw():
        piece += chunk
        if len(piece) > PIECE:
            return bytes(piece[:PIECE]), False
    return bytes(piece), response.status_code == 200 or len(piece) == _size(response)


def _size(response: httpx.Response) -> int | None:
    """Return the size of the whole file, as the headers of a full or partial answer give it."""
    total = response.headers.get("Content-Range", "").rpartition("/")[2]
    if response.status_code == 200:
        total = response.headers.get("Content-Length", "")
    return int(total) if total.isascii() and total.isdecimal() else None
