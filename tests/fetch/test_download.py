"""Downloads from a server that sends truncated, slow, endless and wrong responses."""

import gzip
import itertools
import subprocess
import sys
import time
import zlib

import pytest

from aggregator.errors import FetchError
from tests.support.clocks import FakeTime
from tests.support.downloads import JSON, PARQUET, downloader, request_for
from tests.support.fault_server import (
    Piece,
    RecordedRequest,
    drip,
    fail_once,
    repeat,
    response,
    response_head,
    serve,
    truncated_responses,
    unterminated_chunks,
)

BODIES = {"json": JSON, "parquet": PARQUET}


@pytest.mark.parametrize("media", BODIES)
@pytest.mark.parametrize("way", truncated_responses(b"xx"))
def test_a_truncated_body_is_refused_and_the_complete_one_after_it_accepted(way: str, media: str) -> None:
    body = BODIES[media]
    with serve(fail_once(truncated_responses(body)[way], response(body))) as server:
        assert downloader(server, FakeTime()).download(request_for(server, media)).content == body
    assert len(server.requests) == 2


@pytest.mark.parametrize("media", BODIES)
@pytest.mark.parametrize("way", truncated_responses(b"xx"))
def test_a_body_that_is_truncated_in_every_attempt_is_an_error(way: str, media: str) -> None:
    with (
        serve(repeat(truncated_responses(BODIES[media])[way])) as server,
        pytest.raises(FetchError, match="tried 2 times"),
    ):
        downloader(server, FakeTime(), attempts=2).download(request_for(server, media))


@pytest.mark.parametrize(
    "pieces",
    [
        response(JSON),
        [response_head(), JSON],
        [*unterminated_chunks(JSON[:500], JSON[500:]), b"0\r\n\r\n"],
        response(gzip.compress(JSON), Content_Encoding="gzip"),
    ],
    ids=["length", "no length", "chunked", "gzip"],
)
def test_a_complete_body_is_accepted_in_every_framing(pieces: list[Piece]) -> None:
    with serve(repeat(pieces)) as server:
        assert downloader(server).download(request_for(server)).content == JSON


@pytest.mark.parametrize("media", BODIES)
@pytest.mark.parametrize(
    "pieces",
    [
        response(b"<!doctype html><h1>Just a moment</h1>", Content_Type="text/html"),
        response(b"<html>Log in</html>", Content_Type="application/octet-stream"),
        response(JSON, Content_Type="text/html; charset=utf-8"),
        response(b""),
        [response_head()],
        response(b"\xef\xbb\xbf" + JSON),
        response(JSON.decode().encode("utf-16")),
        response(b"PK\x03\x04 a zip"),
    ],
    ids=["html", "html in disguise", "html by type", "empty", "empty, no length", "bom", "utf-16", "zip"],
)
def test_a_body_of_another_kind_is_refused_without_a_retry(pieces: list[Piece], media: str) -> None:
    with serve(repeat(pieces)) as server, pytest.raises(FetchError, match=r"not (JSON|Parquet)|is an HTML"):
        downloader(server, FakeTime()).download(request_for(server, media))
    assert len(server.requests) == 1


@pytest.mark.parametrize("where", ["body", "headers"])
def test_a_slow_response_ends_at_the_deadline_of_the_file(where: str) -> None:
    opening = [response_head(Content_Length=len(JSON))] if where == "body" else []
    dripped = JSON if where == "body" else response_head(Content_Length=len(JSON))
    start = time.monotonic()
    with (
        serve(lambda _request, _count: itertools.chain(opening, drip(dripped, 0.05))) as server,
        pytest.raises(FetchError, match=r"took longer than 0\.6 s"),
    ):
        downloader(server, total_seconds=0.6).download(request_for(server))
    assert 0.5 < time.monotonic() - start < 1.6


def test_a_host_that_sends_nothing_ends_at_the_deadline() -> None:
    start = time.monotonic()
    with serve(repeat([30.0])) as server, pytest.raises(FetchError):
        downloader(server, total_seconds=0.5).download(request_for(server))
    assert time.monotonic() - start < 1.5


def test_a_content_length_above_the_limit_is_refused_before_the_body() -> None:
    with (
        serve(repeat([response_head(Content_Length=10**12), b"{" * 1000])) as server,
        pytest.raises(FetchError, match="announces"),
    ):
        downloader(server).download(request_for(server))
    assert len(server.requests) == 1


def test_an_endless_body_is_ended_at_the_size_limit() -> None:
    cap, piece = 256 * 1024, unterminated_chunks(b" " * 16384)[1]
    with (
        serve(lambda _request, _count: itertools.chain(unterminated_chunks(), itertools.repeat(piece))) as server,
        pytest.raises(FetchError, match=f"larger than the {cap} bytes"),
    ):
        downloader(server).download(request_for(server, max_bytes=cap))
    socket_buffers = 8 * 1024 * 1024
    assert server.sent_bytes < cap + 64 * 1024 + socket_buffers
    assert len(server.requests) == 1


def test_endless_headers_are_ended() -> None:
    with (
        serve(
            lambda _request, _count: itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X: y\r\n" * 500))
        ) as server,
        pytest.raises(FetchError, match="broke off"),
    ):
        downloader(server, FakeTime(), attempts=1).download(request_for(server))
    assert server.sent_bytes < 16 * 1024 * 1024


BOMB = """
import resource, sys
from aggregator.errors import FetchError
from aggregator.fetch.addresses import AllowList
from aggregator.fetch.limits import Limits
from aggregator.fetch.download import Downloader, Request
endpoint = sys.argv[1]
downloader = Downloader(allow_list=AllowList(hosts=(), endpoints=frozenset({endpoint})), limits=Limits(attempts=1))
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
def attempt(path, cap):
    try:
        downloader.download(Request(f"http://{endpoint}/{path}", "json", cap))
    except FetchError as error:
        return error.reason
attempt("small", 1000)
before = peak()
print(attempt("bomb", 8 << 20))
print(peak() - before)
"""


def test_a_gzip_bomb_costs_little_memory() -> None:
    block = b" " * (1 << 20)
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(block) for _ in range(512)) + packer.flush()

    def handler(request: RecordedRequest, _count: int) -> list[Piece]:
        return response(bomb, Content_Encoding="gzip") if request.target == "/bomb" else response(b"", 404)

    with serve(handler) as server:
        ran = subprocess.run(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-c", BOMB, server.endpoint], capture_output=True, text=True, timeout=60, check=True
        )
    reason, grown = ran.stdout.splitlines()
    assert "larger than the 8388608 bytes" in reason
    assert int(grown) <= 64
