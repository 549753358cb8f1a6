"""Conditional requests: when stored bytes count as current."""

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from aggregator.errors import FetchError
from aggregator.fetch.download import Request
from tests.support.clocks import NOON, FakeTime
from tests.support.downloads import JSON, PARQUET, downloader, request_for
from tests.support.fault_server import (
    FaultServer,
    fail_once,
    repeat,
    response,
    response_head,
    serve,
)


def conditional_request(server: FaultServer, **known: str) -> Request:
    return replace(request_for(server), **known)  # type: ignore[arg-type] # each test gives the fields it is about


def test_stored_bytes_are_not_downloaded_again_after_a_304() -> None:
    with serve(repeat([response_head(304, ETag='"v1"')])) as server:
        downloaded = downloader(server).download(conditional_request(server, etag='"v1"', sha256="a" * 64))
    assert downloaded.content is None
    assert server.requests[0].headers["if-none-match"] == '"v1"'


@pytest.mark.parametrize("known", [{}, {"etag": '"v2"'}])
def test_a_304_for_other_bytes_is_retried_without_a_condition(known: dict[str, str]) -> None:
    with serve(fail_once([response_head(304, ETag='"v1"')], response(JSON))) as server:
        assert downloader(server, FakeTime()).download(conditional_request(server, **known)).content == JSON
    assert "if-none-match" not in server.requests[1].headers


def test_a_host_that_always_responds_304_is_an_error() -> None:
    with (
        serve(repeat([response_head(304)])) as server,
        pytest.raises(FetchError, match="for other bytes than the stored ones"),
    ):
        downloader(server, FakeTime()).download(request_for(server))


def test_a_new_body_under_an_old_etag_is_accepted() -> None:
    with serve(repeat(response(JSON, ETag='"v1"'))) as server:
        assert downloader(server).download(conditional_request(server, etag='"v1"')).content == JSON


def test_only_a_last_modified_date_in_the_past_becomes_a_condition() -> None:
    past, future = (format_datetime(NOON + timedelta(days=days), usegmt=True) for days in (-1, 1))
    with serve(lambda _, count: response(JSON, Last_Modified=future if count == 1 else past)) as server:
        dates = [downloader(server, FakeTime()).download(request_for(server)).last_modified for _ in range(2)]
        downloader(server).download(conditional_request(server, last_modified=past))
    assert dates == [past, None]
    assert server.requests[2].headers["if-modified-since"] == past


def test_parquet_is_requested_uncompressed_and_json_with_gzip() -> None:
    with serve(
        lambda request, _: response(JSON if request.headers["accept-encoding"] == "gzip" else PARQUET)
    ) as server:
        for media in ("json", "parquet"):
            downloader(server).download(request_for(server, media))
    assert [request.headers["accept-encoding"] for request in server.requests] == ["gzip", "identity"]


def test_a_weak_etag_confirms_the_strong_one_with_the_same_value() -> None:
    with serve(repeat([response_head(304, ETag='"v1"')])) as server:
        assert downloader(server).download(conditional_request(server, etag='W/"v1"')).content is None
    assert server.requests[0].headers["if-none-match"] == 'W/"v1"'
