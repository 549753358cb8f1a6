"""Retries: which failures are transient, how long the wait is, and when the download gives up."""

import socket
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from aggregator.errors import AccessDenied, FetchError, RateLimited
from aggregator.fetch.download import Downloader, Request
from aggregator.fetch.limits import Limits
from tests.support.clocks import NOON, FakeTime
from tests.support.downloads import JSON, allow, downloader, request_for
from tests.support.fault_server import (
    RESET,
    FaultServer,
    Piece,
    fail_once,
    repeat,
    response,
    response_head,
    serve,
)


def rate_limited(**headers: object) -> list[Piece]:
    return response(b"slow down", 429, **headers)


@pytest.mark.parametrize(
    ("headers", "wait"),
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
def test_a_retry_never_comes_before_the_time_that_the_host_asks_for(headers: dict[str, str], wait: float) -> None:
    time = FakeTime()
    with serve(fail_once(rate_limited(**headers), response(JSON))) as server:
        assert downloader(server, time).download(request_for(server)).content == JSON
    assert len(time.slept) == 1
    assert wait < time.slept[0] <= wait + Limits().first_wait_seconds


@pytest.mark.parametrize("wait", ["1000000000", "9" * 400, format_datetime(NOON + timedelta(days=9), usegmt=True)])
def test_a_wait_beyond_the_deadline_ends_the_download_at_once(wait: str) -> None:
    time = FakeTime()
    with (
        serve(repeat(rate_limited(Retry_After=wait))) as server,
        pytest.raises(FetchError, match="are left for this file"),
    ):
        downloader(server, time).download(request_for(server))
    assert (len(server.requests), time.slept) == (1, [])


def test_a_download_survives_four_server_errors_in_a_row() -> None:
    bursts = [500, 502, 503, 504]
    with serve(lambda _, count: response(b"", bursts[count]) if count < 4 else response(JSON)) as server:
        assert downloader(server, FakeTime()).download(request_for(server)).content == JSON
    assert len(server.requests) == 5


@pytest.mark.usefixtures("half_jitter")
def test_a_permanent_server_error_costs_one_request_per_attempt() -> None:
    time = FakeTime()
    with serve(repeat(response(b"down", 503))) as server, pytest.raises(FetchError, match=r"HTTP 503.*tried 3 times"):
        downloader(server, time, attempts=3).download(request_for(server))
    assert len(server.requests) == 3
    assert time.slept == [0.5, 1.0], "half of 1 s, then half of 2 s"


def test_the_error_of_the_last_attempt_is_reported() -> None:
    statuses = [500, 502, 503]
    with (
        serve(lambda _, count: response(b"", statuses[count])) as server,
        pytest.raises(FetchError, match=r"HTTP 503.*tried 3 times"),
    ):
        downloader(server, FakeTime(), attempts=3).download(request_for(server))


def test_one_deadline_covers_the_waits_of_all_attempts() -> None:
    time = FakeTime()
    with (
        serve(repeat(rate_limited(Retry_After="7"))) as server,
        pytest.raises(FetchError, match=r"HTTP 429.*the next try would come in \d+ s, but \d+ s are left"),
    ):
        downloader(server, time, total_seconds=20).download(request_for(server))
    assert len(server.requests) == 3
    assert 14 < sum(time.slept) < 20


@pytest.mark.parametrize("status", [400, 401, 403, 404, 206, 204, 300, 501])
def test_a_status_that_is_not_transient_is_not_retried(status: int) -> None:
    with serve(repeat(response(b"", status))) as server, pytest.raises(FetchError, match=f"HTTP {status}"):
        downloader(server, FakeTime()).download(request_for(server))
    assert len(server.requests) == 1


def test_a_refused_connection_is_retried_and_then_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = FaultServer(taken.getsockname()[1])
    time = FakeTime()
    with pytest.raises(FetchError, match=r"Connection refused \(tried 5 times\)"):
        downloader(server, time).download(request_for(server))
    assert len(time.slept) == 4


def test_a_host_name_without_an_address_is_reported() -> None:
    def nowhere(host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, f"{host} not known")

    with pytest.raises(FetchError, match=r"huggingface\.co has no address"):
        Downloader(clock=FakeTime().clock(), resolve=nowhere).download(Request("https://huggingface.co/x", "json", 100))


def test_a_connection_reset_in_the_body_is_retried() -> None:
    with serve(fail_once([response_head(Content_Length=len(JSON)), JSON[:100], 0.05, RESET], response(JSON))) as server:
        assert downloader(server, FakeTime()).download(request_for(server)).content == JSON
    assert len(server.requests) == 2


RESET_AT = int((NOON + timedelta(seconds=120)).timestamp())


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (403, {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": RESET_AT}, 121),
        (429, {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": RESET_AT}, 121),
        (403, {"Retry_After": "60", "X_RateLimit_Remaining": "12"}, 60),
        (403, {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "tomorrow"}, 0),
        (403, {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": 1}, 1),
    ],
)
def test_the_rate_limit_of_github_is_waited_for(status: int, headers: dict[str, object], wait: float) -> None:
    time = FakeTime()
    with serve(fail_once(response(b"{}", status, **headers), response(JSON))) as server:
        assert downloader(server, time).download(request_for(server)).content == JSON
    assert len(time.slept) == 1
    assert wait <= time.slept[0] <= wait + Limits().first_wait_seconds


def test_a_403_with_requests_left_is_a_refusal_and_no_rate_limit() -> None:
    with (
        serve(repeat(response(b"{}", 403, X_RateLimit_Remaining="41", X_RateLimit_Reset=RESET_AT))) as server,
        pytest.raises(AccessDenied),
    ):
        downloader(server, FakeTime()).download(request_for(server))


def test_a_rate_limit_beyond_the_deadline_is_a_typed_error_and_the_host_is_left_alone_until_then() -> None:
    time = FakeTime()
    reset_at = int((NOON + timedelta(seconds=3000)).timestamp())
    with serve(repeat(response(b"{}", 403, X_RateLimit_Remaining="0", X_RateLimit_Reset=reset_at))) as server:
        client = downloader(server, time)
        for _ in range(2):
            with pytest.raises(RateLimited, match="rate limit of the host is used up") as error:
                client.download(request_for(server))
            assert error.value.seconds == 3001
            assert error.value.hint == "Run again in 50 minutes."
        assert (len(server.requests), time.slept) == (1, [])
        time.slept.append(3001)
        with pytest.raises(RateLimited):
            client.download(request_for(server))
        assert len(server.requests) > 1, "after the reset the host is asked again"


def test_the_pause_of_one_host_does_not_delay_another() -> None:
    time = FakeTime()
    with (
        serve(repeat(rate_limited(Retry_After="3000"))) as limited,
        serve(repeat(response(JSON))) as other,
    ):
        client = downloader(limited, time)
        with pytest.raises(RateLimited):
            client.download(request_for(limited))
        assert replace(client, allow_list=allow(other)).download(request_for(other)).content == JSON
    assert time.slept == []
