import gzip
import itertools
import json
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from aggregator.errors import FetchError
from aggregator.fetch.addresses import Reach
from aggregator.fetch.download import Ask, Downloader
from aggregator.fetch.limits import Budget, Clock
from tests.fetch.test_validation import PARQUET
from tests.support.clocks import NOON, FakeTime
from tests.support.fault_server import (
    RESET,
    Answer,
    Asked,
    FaultServer,
    Piece,
    chunked,
    drip,
    head,
    serving,
    truncated,
    whole,
)

JSON = json.dumps({"rows": [{"model": f"org/model-{row}", "score": row / 3} for row in range(200)]}).encode()
BODIES = {"json": JSON, "parquet": PARQUET}


def downloader(server: FaultServer, time: FakeTime | None = None, **budget: float) -> Downloader:
    return Downloader(
        reach=Reach(hosts=(), named=frozenset({server.endpoint})),
        budget=replace(Budget(), **budget),  # type: ignore[arg-type]
        clock=time.clock() if time else Clock(),
    )


def ask(server: FaultServer, media: str = "json", max_bytes: int = 1 << 20) -> Ask:
    return Ask(server.url("file"), media, max_bytes)


def first(bad: Iterable[Piece], then: Iterable[Piece] = tuple(whole(JSON))) -> Answer:
    """Give `bad` to the first request and `then` to the others."""
    bad, then = list(bad), list(then)
    return lambda _, count: bad if count == 0 else then


def always(pieces: Iterable[Piece]) -> Answer:
    kept = list(pieces)
    return lambda _asked, _count: kept


def too_many(**headers: object) -> list[Piece]:
    return whole(b"slow down", 429, **headers)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Retry_After": "7"}, 7),
        ({"Retry_After": format_datetime(NOON + timedelta(seconds=90), usegmt=True)}, 90),
        ({"RateLimit": '"api";r=0;t=138'}, 139),
        ({"Retry_After": "-5"}, 0),
        ({"Retry_After": "soon"}, 0),
        ({"Retry_After": format_datetime(NOON - timedelta(days=1), usegmt=True)}, 0),
        ({}, 0),
    ],
)
def test_a_retry_never_comes_earlier_than_the_host_asks(headers: dict[str, str], told: float) -> None:
    time = FakeTime()
    with serving(first(too_many(**headers))) as server:
        assert downloader(server, time).download(ask(server)).content == JSON
    assert len(time.slept) == 1
    assert told < time.slept[0] <= told + Budget().first_wait


@pytest.mark.parametrize("wait", ["1000000000", "9" * 400, format_datetime(NOON + timedelta(days=9), usegmt=True)])
def test_a_wait_longer_than_the_budget_ends_the_fetch_at_once(wait: str) -> None:
    time = FakeTime()
    with (
        serving(always(too_many(Retry_After=wait))) as server,
        pytest.raises(FetchError, match="are left for this file"),
    ):
        downloader(server, time).download(ask(server))
    assert (len(server.asked), time.slept) == (1, [])


def test_a_burst_of_server_errors_is_ridden_out() -> None:
    bursts = [500, 502, 503, 504]
    with serving(lambda _, count: whole(b"", bursts[count]) if count < 4 else whole(JSON)) as server:
        assert downloader(server, FakeTime()).download(ask(server)).content == JSON
    assert len(server.asked) == 5


def test_a_permanent_error_costs_no_more_requests_than_tries() -> None:
    time = FakeTime()
    with serving(always(whole(b"down", 503))) as server, pytest.raises(FetchError, match=r"HTTP 503.*tried 3 times"):
        downloader(server, time, tries=3).download(ask(server))
    assert len(server.asked) == 3
    assert time.slept == [0.5, 1.0], "half of 1 s, then of 2 s, where jitter is a half"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 206, 204, 300, 501])
def test_an_answer_that_will_not_change_is_asked_for_once(status: int) -> None:
    with serving(always(whole(b"", status))) as server, pytest.raises(FetchError, match=f"HTTP {status}"):
        downloader(server, FakeTime()).download(ask(server))
    assert len(server.asked) == 1


def test_a_refused_connection_is_tried_again_and_then_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = FaultServer(taken.getsockname()[1])
    time = FakeTime()
    with pytest.raises(FetchError, match=r"Connection refused \(tried 5 times\)"):
        downloader(server, time).download(ask(server))
    assert len(time.slept) == 4


def test_a_name_without_an_address_is_reported() -> None:
    def nowhere(host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, f"{host} not known")

    with pytest.raises(FetchError, match=r"huggingface\.co has no address"):
        Downloader(clock=FakeTime().clock(), resolve=nowhere).download(Ask("https://huggingface.co/x", "json", 100))


def test_a_connection_reset_in_the_middle_is_tried_again() -> None:
    with serving(first([head(Content_Length=len(JSON)), JSON[:100], 0.05, RESET])) as server:
        assert downloader(server, FakeTime()).download(ask(server)).content == JSON
    assert len(server.asked) == 2


@pytest.mark.parametrize("media", BODIES)
@pytest.mark.parametrize("way", truncated(b"xx"))
def test_a_truncated_body_is_never_taken_and_a_whole_one_after_it_is(way: str, media: str) -> None:
    body = BODIES[media]
    with serving(first(truncated(body)[way], whole(body))) as server:
        assert downloader(server, FakeTime()).download(ask(server, media)).content == body
    assert len(server.asked) == 2


@pytest.mark.parametrize("media", BODIES)
@pytest.mark.parametrize("way", truncated(b"xx"))
def test_a_body_that_stays_truncated_is_an_error(way: str, media: str) -> None:
    with serving(always(truncated(BODIES[media])[way])) as server, pytest.raises(FetchError, match="tried 2 times"):
        downloader(server, FakeTime(), tries=2).download(ask(server, media))


@pytest.mark.parametrize(
    "pieces",
    [
        whole(JSON),
        [head(), JSON],
        [*chunked(JSON[:500], JSON[500:]), b"0\r\n\r\n"],
        whole(gzip.compress(JSON), Content_Encoding="gzip"),
    ],
    ids=["length", "no length", "chunked", "gzip"],
)
def test_a_whole_body_arrives_however_it_is_framed(pieces: list[Piece]) -> None:
    with serving(always(pieces)) as server:
        assert downloader(server).download(ask(server)).content == JSON


@pytest.mark.parametrize("media", BODIES)
@pytest.mark.parametrize(
    "pieces",
    [
        whole(b"<!doctype html><h1>Just a moment</h1>", Content_Type="text/html"),
        whole(b"<html>Log in</html>", Content_Type="application/octet-stream"),
        whole(JSON, Content_Type="text/html; charset=utf-8"),
        whole(b""),
        [head()],
        whole(b"\xef\xbb\xbf" + JSON),
        whole(JSON.decode().encode("utf-16")),
        whole(b"PK\x03\x04 a zip"),
    ],
    ids=["html", "html in disguise", "html by type", "empty", "empty, no length", "bom", "utf-16", "zip"],
)
def test_a_body_of_another_kind_is_refused_without_asking_again(pieces: list[Piece], media: str) -> None:
    with serving(always(pieces)) as server, pytest.raises(FetchError, match=r"not (JSON|Parquet)|is an HTML"):
        downloader(server, FakeTime()).download(ask(server, media))
    assert len(server.asked) == 1


@pytest.mark.parametrize("where", ["body", "headers"])
def test_a_drip_ends_at_the_deadline_of_the_whole_file(where: str) -> None:
    opening = [head(Content_Length=len(JSON))] if where == "body" else []
    dripped = JSON if where == "body" else head(Content_Length=len(JSON))
    start = time.monotonic()
    with (
        serving(lambda _asked, _count: itertools.chain(opening, drip(dripped, 0.05))) as server,
        pytest.raises(FetchError, match=r"took longer than 0\.6 s"),
    ):
        downloader(server, seconds=0.6).download(ask(server))
    assert 0.5 < time.monotonic() - start < 1.6


def test_a_silent_host_ends_at_the_deadline_too() -> None:
    start = time.monotonic()
    with serving(always([30.0])) as server, pytest.raises(FetchError):
        downloader(server, seconds=0.5).download(ask(server))
    assert time.monotonic() - start < 1.5


def test_a_length_above_the_cap_is_refused_before_the_body() -> None:
    with (
        serving(always([head(Content_Length=10**12), b"{" * 1000])) as server,
        pytest.raises(FetchError, match="announces"),
    ):
        downloader(server).download(ask(server))
    assert len(server.asked) == 1


def test_an_endless_body_is_cut_off_at_the_cap() -> None:
    cap, piece = 256 * 1024, chunked(b" " * 16384)[1]
    with (
        serving(lambda _asked, _count: itertools.chain(chunked(), itertools.repeat(piece))) as server,
        pytest.raises(FetchError, match=f"larger than the {cap} bytes"),
    ):
        downloader(server).download(ask(server, max_bytes=cap))
    socket_buffers = 8 * 1024 * 1024
    assert server.sent < cap + 64 * 1024 + socket_buffers
    assert len(server.asked) == 1


def test_endless_headers_are_cut_off() -> None:
    with (
        serving(
            lambda _asked, _count: itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X: y\r\n" * 500))
        ) as server,
        pytest.raises(FetchError, match="broke off"),
    ):
        downloader(server, FakeTime(), tries=1).download(ask(server))
    assert server.sent < 16 * 1024 * 1024


BOMB = """
import resource, sys
from aggregator.errors import FetchError
from aggregator.fetch.addresses import Reach
from aggregator.fetch.limits import Budget
from aggregator.fetch.download import Ask, Downloader
endpoint = sys.argv[1]
there = Downloader(reach=Reach(hosts=(), named=frozenset({endpoint})), budget=Budget(tries=1))
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
def attempt(path, cap):
    try:
        there.download(Ask(f"http://{endpoint}/{path}", "json", cap))
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

    def answer(asked: Asked, _count: int) -> list[Piece]:
        return whole(bomb, Content_Encoding="gzip") if asked.target == "/bomb" else whole(b"", 404)

    with serving(answer) as server:
        ran = subprocess.run(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-c", BOMB, server.endpoint], capture_output=True, text=True, timeout=60, check=True
        )
    reason, grown = ran.stdout.splitlines()
    assert "larger than the 8388608 bytes" in reason
    assert int(grown) <= 64


def kept(server: FaultServer, **known: str) -> Ask:
    return replace(ask(server), **known)  # type: ignore[arg-type]


def test_what_is_kept_is_not_fetched_again_when_the_host_vouches_for_it() -> None:
    with serving(always([head(304, ETag='"v1"')])) as server:
        answer = downloader(server).download(kept(server, etag='"v1"', sha256="a" * 64))
    assert answer.content is None
    assert server.asked[0].headers["if-none-match"] == '"v1"'


@pytest.mark.parametrize("known", [{}, {"etag": '"v2"'}])
def test_a_304_about_bytes_that_are_not_ours_is_asked_again_without_conditions(known: dict[str, str]) -> None:
    with serving(first([head(304, ETag='"v1"')])) as server:
        assert downloader(server, FakeTime()).download(kept(server, **known)).content == JSON
    assert "if-none-match" not in server.asked[1].headers


def test_a_host_that_says_nothing_but_304_is_an_error() -> None:
    with serving(always([head(304)])) as server, pytest.raises(FetchError, match="not ours"):
        downloader(server, FakeTime()).download(ask(server))


def test_a_new_body_under_an_old_etag_is_taken() -> None:
    with serving(always(whole(JSON, ETag='"v1"'))) as server:
        assert downloader(server).download(kept(server, etag='"v1"')).content == JSON


def test_a_date_in_the_past_serves_as_a_condition_and_one_to_come_does_not() -> None:
    past, to_come = (format_datetime(NOON + timedelta(days=days), usegmt=True) for days in (-1, 1))
    with serving(lambda _, count: whole(JSON, Last_Modified=to_come if count == 1 else past)) as server:
        dates = [downloader(server, FakeTime()).download(ask(server)).last_modified for _ in range(2)]
        downloader(server).download(kept(server, last_modified=past))
    assert dates == [past, None]
    assert server.asked[2].headers["if-modified-since"] == past


def test_parquet_is_asked_for_as_it_is_and_json_may_be_packed() -> None:
    with serving(lambda asked, _: whole(JSON if asked.headers["accept-encoding"] == "gzip" else PARQUET)) as server:
        for media in BODIES:
            downloader(server).download(ask(server, media))
    assert [asked.headers["accept-encoding"] for asked in server.asked] == ["gzip", "identity"]
