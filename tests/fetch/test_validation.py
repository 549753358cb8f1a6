"""Checks of response bodies: complete, of the expected kind, and within the size limit."""

import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch.body_error import BodyError
from aggregator.fetch.validation import check_body, check_content_type, decompress
from tests.support.downloads import PARQUET

LIMIT = 1 << 20

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
documents = st.lists(values, max_size=5) | st.dictionaries(st.text(), values, max_size=5)


@given(documents, st.sampled_from([None, 2]), st.booleans())
def test_every_json_document_is_complete(document: object, indent: int | None, ascii_only: bool) -> None:
    check_body("json", json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode())


@given(documents, st.floats(0, 1, exclude_max=True))
def test_no_strict_prefix_of_a_json_document_is_complete(document: object, share: float) -> None:
    content = json.dumps(document, ensure_ascii=False).encode()
    with pytest.raises(BodyError):
        check_body("json", content[: int(len(content) * share)])


@given(st.integers(0, len(PARQUET) - 1))
def test_no_strict_prefix_of_a_parquet_file_is_complete(size: int) -> None:
    check_body("parquet", PARQUET)
    with pytest.raises(BodyError):
        check_body("parquet", PARQUET[:size])


@pytest.mark.parametrize("footer", [0, 2**32 - 1, len(PARQUET) - 11])
def test_a_footer_larger_than_its_file_is_refused(footer: int) -> None:
    with pytest.raises(BodyError, match="footer"):
        check_body("parquet", PARQUET[:-8] + footer.to_bytes(4, "little") + b"PAR1")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<!doctype html><title>Just a moment</title>", "HTML"),
        (b"  \n<html></html>", "HTML"),
        (b'\xef\xbb\xbf{"a": 1}', "not JSON"),
        ('{"a": 1}'.encode("utf-16"), "not JSON"),
        ('{"name": "café"}'.encode("latin-1"), "UTF-8"),
        (b"rate limited, try later", "not JSON"),
        (b'"a string"', "not JSON"),
        (b'{"a": [1, 2}]', "brackets"),
        (b'{"name": "curly }', "inside a string"),
        (b"[" * 100_000 + b"]" * 100_000, "nest"),
        (PARQUET, "not JSON"),
    ],
)
def test_a_body_that_is_not_json_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(BodyError, match=reason):
        check_body("json", content)


@pytest.mark.parametrize(("content", "reason"), [(b'{"a": 1}', "begins with"), (b"", "empty"), (b"<html>", "HTML")])
def test_a_body_that_is_not_parquet_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(BodyError, match=reason):
        check_body("parquet", content)


def test_the_content_type_of_an_html_page_is_refused() -> None:
    with pytest.raises(BodyError, match="HTML page"):
        check_content_type("json", "Text/HTML; charset=utf-8")


def split(content: bytes, size: int) -> list[bytes]:
    return [content[place : place + size] for place in range(0, len(content), size)]


@given(st.binary(max_size=5000), st.integers(1, 700), st.sampled_from(["gzip", "x-gzip", "deflate", "identity", ""]))
def test_decompression_does_not_depend_on_the_size_of_the_chunks(content: bytes, size: int, encoding: str) -> None:
    packed = gzip.compress(content) if "gzip" in encoding else content
    packed = zlib.compress(content) if encoding == "deflate" else packed
    assert b"".join(decompress(split(packed, size), encoding, LIMIT)) == content


@given(st.binary(max_size=2000), st.floats(0, 1, exclude_max=True), st.integers(1, 100))
def test_a_truncated_gzip_stream_is_refused(content: bytes, share: float, size: int) -> None:
    packed = gzip.compress(content)
    with pytest.raises(BodyError, match=r"cut short|damaged"):
        list(decompress(split(packed[: int(len(packed) * share)], size), "gzip", LIMIT))


@given(st.binary(min_size=1, max_size=50), st.integers(1, 40))
def test_bytes_after_the_end_of_a_gzip_stream_are_refused(more: bytes, size: int) -> None:
    with pytest.raises(BodyError, match="after the end"):
        list(decompress(split(gzip.compress(b"body") + more, size), "gzip", LIMIT))


def test_a_gzip_stream_with_a_wrong_checksum_is_refused() -> None:
    packed = bytearray(gzip.compress(b"body"))
    packed[-8] ^= 1
    with pytest.raises(BodyError, match="damaged"):
        list(decompress([bytes(packed)], "gzip", LIMIT))


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_an_encoding_that_was_not_requested_is_refused(encoding: str) -> None:
    with pytest.raises(BodyError, match="not asked for"):
        list(decompress([b"body"], encoding, LIMIT))


@pytest.mark.parametrize(("encoding", "body"), [("", b"x" * 1000), ("gzip", gzip.compress(b"x" * 1_000_000))])
def test_a_body_above_the_size_limit_is_refused(encoding: str, body: bytes) -> None:
    with pytest.raises(BodyError, match="larger than the 999 bytes"):
        list(decompress([body], encoding, 999))


def test_a_gzip_bomb_is_decompressed_in_small_pieces() -> None:
    bomb = gzip.compress(bytes(4 << 20))
    assert max(len(piece) for piece in decompress([bomb], "gzip", 8 << 20)) <= 64 * 1024
