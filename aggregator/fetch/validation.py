"""What a body must look like to be believed: whole, of the promised kind, and no larger than allowed. Pure."""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

MAGIC = b"PAR1"
HTML_TYPES = ("text/html", "application/xhtml+xml")
JSON_DEPTH = 64
"""Deeper nesting than this is refused; the boards nest four levels."""

STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
SHARD = re.compile(r"(?P<stem>.+)-(?P<index>\d{5})-of-(?P<count>\d{5})(?P<rest>(?:-[0-9a-f]+)?\.\w+)")
STEP = 64 * 1024


class BodyError(Exception):
    """Bytes that must not be believed; `again` when another try may bring good ones."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


def check(media: str, content: bytes) -> None:
    """Raise `BodyError` unless `content` is a whole file of the kind `media` (`parquet`, `json`, else not HTML)."""
    if not content:
        raise BodyError(f"is empty, not {_title(media)}")
    if content.lstrip()[:1] == b"<":
        raise BodyError(f"is an HTML or XML page, not {_title(media)}")
    if media == "parquet":
        _check_parquet(content)
    elif media == "json":
        _check_json(content)


def check_type(media: str, content_type: str) -> None:
    """Raise `BodyError` where the host itself says that it sends a page."""
    if content_type.partition(";")[0].strip().lower() in HTML_TYPES:
        raise BodyError(f"is an HTML page, not {_title(media)}")


def _title(media: str) -> str:
    return {"parquet": "Parquet", "json": "JSON"}.get(media, media)


def _check_parquet(content: bytes) -> None:
    """Magic at both ends and a footer that fits between them: the end is what a cut file lacks."""
    if content[:4] != MAGIC:
        raise BodyError(f"is not Parquet: it begins with {content[:4]!r}")
    if len(content) < 12 or content[-4:] != MAGIC:
        raise BodyError(
            f"is cut short: {len(content)} bytes that begin as Parquet but do not end as Parquet", again=True
        )
    footer = int.from_bytes(content[-8:-4], "little")
    if not 0 < footer <= len(content) - 12:
        raise BodyError(f"is not Parquet: its footer claims {footer} of {len(content)} bytes")


def _check_json(content: bytes) -> None:
    """One object or list whose brackets close: no strict prefix of one does that."""
    text = content.strip(b" \t\r\n")
    if text[:1] not in (b"{", b"["):
        raise BodyError(f"is not JSON: it begins with {text[:4]!r}")
    try:
        content.decode()
    except UnicodeDecodeError as cause:
        raise BodyError(f"is not JSON in UTF-8 or is cut short (byte {cause.start})", again=True) from cause
    if text[-1:] not in (b"}", b"]"):
        raise BodyError(f"is cut short: {len(content)} bytes that begin as JSON but do not end as JSON", again=True)
    outside = STRINGS.sub(b"", text)
    if b'"' in outside:
        raise BodyError(f"is cut short: {len(content)} bytes of JSON that end inside a string", again=True)
    brackets = outside.translate(None, NOT_BRACKETS)
    if brackets.count(b"{") != brackets.count(b"}") or brackets.count(b"[") != brackets.count(b"]"):
        raise BodyError(f"is cut short: {len(content)} bytes of JSON whose brackets do not close", again=True)
    for _ in range(JSON_DEPTH):
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not brackets:
            return
    raise BodyError(f"is not plain JSON: brackets cross or nest more than {JSON_DEPTH} levels")


def inflate(chunks: Iterable[bytes], encoding: str, limit: int) -> Iterable[bytes]:
    """Yield the decoded body of `chunks` (`identity`, `gzip`, `deflate`) in pieces of at most 64 KiB.

    Raises `BodyError` when the raw or the decoded size passes `limit` bytes, when the stream is cut
    or damaged, and when anything follows its end.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        yield from _bounded(chunks, limit)
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BodyError(f"comes with content encoding {encoding!r}, which was not asked for")
    decoder = zlib.decompressobj(zlib.MAX_WBITS | (16 if "gzip" in encoding else 0))
    try:
        yield from _bounded(_decoded(decoder, _bounded(chunks, limit)), limit)
    except zlib.error as cause:
        raise BodyError(f"is damaged: {cause}", again=True) from cause
    if not decoder.eof:
        raise BodyError("is cut short: its compressed stream has no end", again=True)


def _decoded(decoder: "zlib._Decompress", chunks: Iterable[bytes]) -> Iterable[bytes]:
    for chunk in chunks:
        if decoder.eof:
            raise BodyError("has more bytes after the end of its compressed stream", again=True)
        rest = chunk
        while rest and not decoder.eof:
            yield decoder.decompress(rest, STEP)
            rest = decoder.unconsumed_tail
        if decoder.unused_data:
            raise BodyError("has more bytes after the end of its compressed stream", again=True)


def _bounded(chunks: Iterable[bytes], limit: int) -> Iterable[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise BodyError(f"is larger than the {limit} bytes allowed")
        yield chunk


@dataclass(frozen=True)
class Shard:
    """One part of a file that its host splits; `sha256` and `size` where the host's listing says them."""

    name: str
    sha256: str | None = None
    size: int | None = None


def shards_of(file: str, listed: Iterable[Shard]) -> tuple[Shard, ...]:
    """Return the parts of `file` (`train-00000-of-00001.parquet`) among `listed`, in order.

    Raises `BodyError` when a part is missing or the parts belong to more than one splitting.
    """
    wanted = SHARD.fullmatch(file)
    if wanted is None:
        return tuple(shard for shard in listed if shard.name == file)
    suffix = wanted["rest"].rpartition(".")[2]
    parts: dict[tuple[int, int], Shard] = {}
    for shard in listed:
        match = SHARD.fullmatch(shard.name)
        if match and match["stem"] == wanted["stem"] and match["rest"].rpartition(".")[2] == suffix:
            place = (int(match["count"]), int(match["index"]))
            if place in parts:
                raise BodyError(f"has two files for part {place[1]} of {place[0]}: {parts[place].name}, {shard.name}")
            parts[place] = shard
    counts = {count for count, _ in parts}
    if len(counts) > 1:
        raise BodyError(f"is split in more than one way: into {' and '.join(map(str, sorted(counts)))} parts")
    for count in counts:
        missing = sorted(set(range(count)) - {index for _, index in parts})
        if missing or len(parts) != count:
            raise BodyError(f"has {len(parts)} of {count} parts; part {missing[0] if missing else count} is missing")
    return tuple(parts[place] for place in sorted(parts))
