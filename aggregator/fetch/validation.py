"""Check that a response body is complete, of the expected kind, and within its size limit; decompress it. Pure."""

import re
import zlib
from collections.abc import Iterable

from aggregator.fetch.body_error import BodyError
from aggregator.fetch.text_validation import check_text

PARQUET_MAGIC = b"PAR1"
TEXT_MEDIA = ("csv", "yaml", "markdown")
HTML_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html|\?xml)\b", re.IGNORECASE)
HTML_TYPES = ("text/html", "application/xhtml+xml")
JSON_DEPTH = 64
"""Deeper nesting than this is refused; the boards nest four levels."""

JSON_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
PIECE_BYTES = 64 * 1024


def check_body(media: str, content: bytes) -> None:
    """Raise `BodyError` unless `content` is a complete file of the kind `media`.

    Kinds: `parquet`, `json`, `csv`, `yaml`, `markdown`; `listing` is a web server's index, a page of links or JSON. Of
    any other kind only an empty file and an HTML page are refused.
    """
    if not content[:PIECE_BYTES].strip():
        raise BodyError(f"is empty, not {_media_name(media)}")
    if media == "listing":
        return
    check_beginning(media, content)
    if media == "parquet":
        _check_parquet(content)
    elif media == "json":
        _check_json(content)
    elif media in TEXT_MEDIA:
        check_text(media, content)


def check_beginning(media: str, content: bytes) -> None:
    """Raise `BodyError` if the first bytes of a file are not of the kind `media`."""
    # Markdown may begin with an HTML element such as a picture.
    is_page = HTML_PAGE.match(content) if media == "markdown" else content.lstrip()[:1] == b"<"
    if is_page:
        raise BodyError(f"is an HTML or XML page, not {_media_name(media)}")
    if media in TEXT_MEDIA and b"\0" in content:
        raise BodyError(f"is not text: byte {content.index(0)} is NUL")
    if media == "json" and content.lstrip()[:1] not in (b"{", b"["):
        raise BodyError(f"is not JSON: it begins with {content.lstrip()[:4]!r}")


def check_content_type(media: str, content_type: str) -> None:
    """Raise `BodyError` if the header `Content-Type` is that of an HTML page."""
    if media != "listing" and content_type.partition(";")[0].strip().lower() in HTML_TYPES:
        raise BodyError(f"is an HTML page, not {_media_name(media)}")


def _media_name(media: str) -> str:
    return {"parquet": "Parquet", "json": "JSON", "csv": "CSV", "yaml": "YAML", "markdown": "Markdown"}.get(
        media, media
    )


def _check_parquet(content: bytes) -> None:
    """Check the magic bytes at both ends and the length of the footer; a truncated file lacks the end."""
    if content[:4] != PARQUET_MAGIC:
        raise BodyError(f"is not Parquet: it begins with {content[:4]!r}")
    if len(content) < 12 or content[-4:] != PARQUET_MAGIC:
        raise BodyError(
            f"is cut short: {len(content)} bytes that begin as Parquet but do not end as Parquet", is_transient=True
        )
    footer = int.from_bytes(content[-8:-4], "little")
    if not 0 < footer <= len(content) - 12:
        raise BodyError(f"is not Parquet: its footer claims {footer} of {len(content)} bytes")


def _check_json(content: bytes) -> None:
    """Check for one object or list with all brackets closed; a truncated document has open ones."""
    text = content.strip(b" \t\r\n")
    if text[:1] not in (b"{", b"["):
        raise BodyError(f"is not JSON: it begins with {text[:4]!r}")
    try:
        content.decode()
    except UnicodeDecodeError as cause:
        raise BodyError(f"is not JSON in UTF-8 or is cut short (byte {cause.start})", is_transient=True) from cause
    if text[-1:] not in (b"}", b"]"):
        raise BodyError(
            f"is cut short: {len(content)} bytes that begin as JSON but do not end as JSON", is_transient=True
        )
    outside = JSON_STRINGS.sub(b"", text)
    if b'"' in outside:
        raise BodyError(f"is cut short: {len(content)} bytes of JSON that end inside a string", is_transient=True)
    brackets = outside.translate(None, NOT_BRACKETS)
    if brackets.count(b"{") != brackets.count(b"}") or brackets.count(b"[") != brackets.count(b"]"):
        raise BodyError(f"is cut short: {len(content)} bytes of JSON whose brackets do not close", is_transient=True)
    for _ in range(JSON_DEPTH):
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not brackets:
            return
    raise BodyError(f"is not plain JSON: brackets cross or nest more than {JSON_DEPTH} levels")


def decompress(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> Iterable[bytes]:
    """Yield the decompressed body of `chunks` (`identity`, `gzip`, `deflate`) in pieces of at most 64 KiB.

    Raises `BodyError` if the raw or the decompressed size exceeds `max_bytes`, if the stream is truncated or damaged,
    or if bytes follow its end.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        yield from _limit_bytes(chunks, max_bytes)
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BodyError(f"comes with content encoding {encoding!r}, which was not asked for")
    decoder = zlib.decompressobj(zlib.MAX_WBITS | (16 if "gzip" in encoding else 0))
    try:
        yield from _limit_bytes(_decompress(decoder, _limit_bytes(chunks, max_bytes)), max_bytes)
    except zlib.error as cause:
        raise BodyError(f"is damaged: {cause}", is_transient=True) from cause
    if not decoder.eof:
        raise BodyError("is cut short: its compressed stream has no end", is_transient=True)


def _decompress(decoder: "zlib._Decompress", chunks: Iterable[bytes]) -> Iterable[bytes]:
    for chunk in chunks:
        if decoder.eof:
            raise BodyError("has more bytes after the end of its compressed stream", is_transient=True)
        rest = chunk
        while rest and not decoder.eof:
            yield decoder.decompress(rest, PIECE_BYTES)
            rest = decoder.unconsumed_tail
        if decoder.unused_data:
            raise BodyError("has more bytes after the end of its compressed stream", is_transient=True)


def _limit_bytes(chunks: Iterable[bytes], max_bytes: int) -> Iterable[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise BodyError(f"is larger than the {max_bytes} bytes allowed")
        yield chunk
