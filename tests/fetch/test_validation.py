import gzip
import io
import json
import zlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch.validation import BodyError, Shard, check, check_type, inflate, shards_of

LIMIT = 1 << 20

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
documents = st.lists(values, max_size=5) | st.dictionaries(st.text(), values, max_size=5)


def parquet(rows: int = 50) -> bytes:
    file = io.BytesIO()
    pl.DataFrame(
        {"name": [f"model {row}" for row in range(rows)], "score": [row / 7 for row in range(rows)]}
    ).write_parquet(file)
    return file.getvalue()


PARQUET = parquet()


@given(documents, st.sampled_from([None, 2]), st.booleans())
def test_every_json_document_is_whole(document: object, indent: int | None, ascii_only: bool) -> None:
    check("json", json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode())


@given(documents, st.floats(0, 1, exclude_max=True))
def test_no_beginning_of_a_json_document_is_whole(document: object, share: float) -> None:
    content = json.dumps(document, ensure_ascii=False).encode()
    with pytest.raises(BodyError):
        check("json", content[: int(len(content) * share)])


@given(st.integers(0, len(PARQUET) - 1))
def test_no_beginning_of_a_parquet_file_is_whole(size: int) -> None:
    check("parquet", PARQUET)
    with pytest.raises(BodyError):
        check("parquet", PARQUET[:size])


@pytest.mark.parametrize("footer", [0, 2**32 - 1, len(PARQUET) - 11])
def test_a_footer_larger_than_its_file_is_refused(footer: int) -> None:
    with pytest.raises(BodyError, match="footer"):
        check("parquet", PARQUET[:-8] + footer.to_bytes(4, "little") + b"PAR1")


@pytest.mark.parametrize(
    ("content", "says"),
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
def test_what_is_not_a_json_document_is_refused_with_the_reason(content: bytes, says: str) -> None:
    with pytest.raises(BodyError, match=says):
        check("json", content)


@pytest.mark.parametrize(("content", "says"), [(b'{"a": 1}', "begins with"), (b"", "empty"), (b"<html>", "HTML")])
def test_what_is_not_parquet_is_refused_with_the_reason(content: bytes, says: str) -> None:
    with pytest.raises(BodyError, match=says):
        check("parquet", content)


def test_a_host_that_says_it_sends_a_page_is_believed() -> None:
    with pytest.raises(BodyError, match="HTML page"):
        check_type("json", "Text/HTML; charset=utf-8")


def pieces(content: bytes, size: int) -> list[bytes]:
    return [content[place : place + size] for place in range(0, len(content), size)]


@given(st.binary(max_size=5000), st.integers(1, 700), st.sampled_from(["gzip", "x-gzip", "deflate", "identity", ""]))
def test_what_was_packed_comes_back_however_it_is_cut_into_pieces(content: bytes, size: int, encoding: str) -> None:
    packed = gzip.compress(content) if "gzip" in encoding else content
    packed = zlib.compress(content) if encoding == "deflate" else packed
    assert b"".join(inflate(pieces(packed, size), encoding, LIMIT)) == content


@given(st.binary(max_size=2000), st.floats(0, 1, exclude_max=True), st.integers(1, 100))
def test_a_cut_gzip_stream_is_noticed(content: bytes, share: float, size: int) -> None:
    packed = gzip.compress(content)
    with pytest.raises(BodyError, match=r"cut short|damaged"):
        list(inflate(pieces(packed[: int(len(packed) * share)], size), "gzip", LIMIT))


@given(st.binary(min_size=1, max_size=50), st.integers(1, 40))
def test_anything_after_a_gzip_stream_is_noticed(more: bytes, size: int) -> None:
    with pytest.raises(BodyError, match="after the end"):
        list(inflate(pieces(gzip.compress(b"body") + more, size), "gzip", LIMIT))


def test_a_gzip_stream_with_a_wrong_checksum_is_refused() -> None:
    packed = bytearray(gzip.compress(b"body"))
    packed[-8] ^= 1
    with pytest.raises(BodyError, match="damaged"):
        list(inflate([bytes(packed)], "gzip", LIMIT))


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(BodyError, match="not asked for"):
        list(inflate([b"body"], encoding, LIMIT))


@pytest.mark.parametrize(("encoding", "body"), [("", b"x" * 1000), ("gzip", gzip.compress(b"x" * 1_000_000))])
def test_no_more_than_the_limit_comes_through(encoding: str, body: bytes) -> None:
    with pytest.raises(BodyError, match="larger than the 999 bytes"):
        list(inflate([body], encoding, 999))


def names(count: int) -> list[Shard]:
    return [Shard(f"train-{index:05d}-of-{count:05d}.parquet") for index in range(count)]


def test_shards_come_in_order_and_strangers_stay_out() -> None:
    strangers = [Shard("test-00000-of-00001.parquet"), Shard("train-00000-of-00003.json"), Shard("README.md")]
    assert shards_of("train-00000-of-00001.parquet", [*strangers, *reversed(names(3))]) == tuple(names(3))


def test_a_file_that_is_never_split_is_itself() -> None:
    assert shards_of("scores.json", [Shard("scores.json"), Shard("other.json")]) == (Shard("scores.json"),)


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        (names(4)[:3], "3 of 4 parts; part 3"),
        (names(4)[1:], "part 0 is missing"),
        ([*names(4), *names(2)], "2 and 4 parts"),
        ([*names(2), Shard("train-00000-of-00002-0a1b.parquet")], "two files for part 0"),
        ([*names(1), Shard("train-00007-of-00001.parquet")], "2 of 1 parts"),
    ],
)
def test_a_set_of_shards_that_is_not_one_whole_is_refused(listed: list[Shard], says: str) -> None:
    with pytest.raises(BodyError, match=says):
        shards_of("train-00000-of-00001.parquet", listed)


def test_a_bomb_is_unpacked_in_small_pieces() -> None:
    bomb = gzip.compress(bytes(4 << 20))
    assert max(len(piece) for piece in inflate([bomb], "gzip", 8 << 20)) <= 64 * 1024
