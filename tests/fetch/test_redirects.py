"""Redirects and connections: each address is checked, and nothing else about this machine is sent."""

import hashlib
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from aggregator.errors import FetchError
from aggregator.fetch.addresses import AllowList
from aggregator.fetch.download import Downloader, Request
from aggregator.fetch.redirects import HUB, is_same_origin
from tests.support.clocks import FakeTime
from tests.support.downloads import JSON, downloader, request_for
from tests.support.fault_server import Piece, RecordedRequest, redirect, response, serve

SHA = hashlib.sha256(JSON).hexdigest()


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1"])
def test_an_allowed_host_with_one_private_address_is_never_connected_to(address: str) -> None:
    client = Downloader(clock=FakeTime().clock(), resolve=lambda _host, _port: ["8.8.8.8", address])
    with pytest.raises(FetchError, match=f"resolves to {address}, which is not a public address"):
        client.download(Request("https://huggingface.co/file", "json", 1000))


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://localhost/",
        "http://10.0.0.1/",
        "https://example.com/",
        "file:///etc/passwd",
        "http://user@127.0.0.1/",
        "gopher://127.0.0.1/",
        "//example.com/x",
        "http://[broken",
        "",
    ],
)
def test_a_redirect_outside_the_allow_list_is_refused_and_nothing_is_sent_there(location: str) -> None:
    resolved: list[str] = []

    def spy(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    with serve(lambda _request, _count: redirect(location)) as server:
        client = replace(downloader(server, FakeTime()), resolve=spy)
        with pytest.raises(FetchError, match="redirects"):
            client.download(request_for(server))
    assert (len(server.requests), resolved) == (1, ["127.0.0.1"])


def test_a_redirect_to_another_port_of_an_allowed_endpoint_is_refused() -> None:
    with (
        serve(lambda _request, _count: response(JSON)) as secret,
        serve(lambda _request, _count: redirect(secret.url("file"))) as server,
        pytest.raises(FetchError, match="redirects to"),
    ):
        downloader(server).download(request_for(server))
    assert secret.connections == 0


def test_a_loop_of_redirects_ends_after_five() -> None:
    with (
        serve(lambda request, _count: redirect(request.target)) as server,
        pytest.raises(FetchError, match="more than 5 times"),
    ):
        downloader(server).download(request_for(server))
    assert len(server.requests) == 6


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_relative_or_absolute(status: int) -> None:
    def handler(request: RecordedRequest, count: int) -> list[Piece]:
        places = ["/cdn/a%2528b?sig=1#part", f"http://{request.headers['host']}/cdn/c"]
        return redirect(places[count], status) if count < 2 else response(JSON)

    with serve(handler) as server:
        assert downloader(server).download(request_for(server)).content == JSON
    assert [request.target for request in server.requests] == ["/file", "/cdn/a%2528b?sig=1", "/cdn/c"]


def hub_redirect(announced: str) -> list[Piece]:
    return redirect("/cdn", X_Repo_Commit="c" * 40, X_Linked_ETag=f'"{announced}"')


def test_the_revision_and_digest_of_a_redirect_are_used() -> None:
    with serve(lambda _, count: response(JSON, ETag='"s3"') if count else hub_redirect(SHA)) as server:
        downloaded = downloader(server).download(request_for(server))
    assert (downloaded.content, downloaded.revision, downloaded.etag) == (JSON, "c" * 40, '"s3"')


def test_a_body_with_another_digest_than_the_hub_announces_is_refused() -> None:
    with (
        serve(lambda request, _: response(JSON) if request.target == "/cdn" else hub_redirect("d" * 64)) as server,
        pytest.raises(FetchError, match=f"sha256 {'d' * 64} that the host announces"),
    ):
        downloader(server, FakeTime(), attempts=2).download(request_for(server))
    assert len(server.requests) == 4


def test_a_file_with_a_stored_digest_is_not_downloaded() -> None:
    with serve(lambda _request, _count: hub_redirect(SHA)) as server:
        downloaded = downloader(server).download(Request(server.url("file"), "json", 1000, sha256=SHA))
    assert (downloaded.content, downloaded.revision, len(server.requests)) == (None, "c" * 40, 1)


def test_no_credential_of_the_environment_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login canary password canary-secret\n")
    for name, value in {
        "HOME": str(tmp_path),
        "NETRC": str(tmp_path / ".netrc"),
        "HF_TOKEN": "canary-token",
        "HTTP_PROXY": "http://canary-proxy:1",
        "ALL_PROXY": "http://canary-proxy:1",
    }.items():
        monkeypatch.setenv(name, value)

    def handler(_request: RecordedRequest, count: int) -> list[Piece]:
        return response(JSON) if count else redirect("/cdn", Set_Cookie="session=canary-cookie; Path=/")

    with serve(handler) as server:
        assert downloader(server).download(request_for(server)).content == JSON
    sent = [request.headers for request in server.requests]
    assert not any(
        "canary" in value or name in ("authorization", "cookie") for headers in sent for name, value in headers.items()
    )
    assert all(headers["user-agent"].startswith("metaboard/") for headers in sent)


def test_the_next_address_is_used_after_a_refused_connection() -> None:
    with serve(lambda _request, _count: response(JSON)) as server:
        client = downloader(server, FakeTime(), attempts=1)
        client = replace(client, resolve=lambda _host, _port: ["::1", "127.0.0.1"])
        assert client.download(request_for(server)).content == JSON


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_never_follows_a_redirect_to_another_origin(status: int) -> None:
    with (
        serve(lambda _request, _count: response(JSON)) as storage,
        serve(lambda _request, _count: redirect(storage.url("file"), status)) as hub,
    ):
        endpoints = frozenset({hub.endpoint, storage.endpoint})
        client = replace(
            downloader(hub),
            allow_list=AllowList(hosts=(), endpoints=endpoints),
            token="hf_canary",  # noqa: S106 - of a stand-in
            token_origin=f"http://{hub.endpoint}",
        )
        assert client.download(request_for(hub)).content == JSON
    assert hub.requests[0].headers["authorization"] == "Bearer hf_canary"
    assert "authorization" not in storage.requests[0].headers
    assert "hf_canary" not in repr(client)


@pytest.mark.parametrize(
    ("url", "is_hub"),
    [
        ("https://huggingface.co/api/datasets", True),
        ("https://huggingface.co:443/x", True),
        ("http://huggingface.co/x", False),
        ("https://huggingface.co:8443/x", False),
        ("https://cdn.huggingface.co/x", False),
        ("https://huggingface.co.evil.example/x", False),
        ("https://org-board.hf.space/x", False),
        ("https://raw.githubusercontent.com/x", False),
    ],
)
def test_only_the_exact_origin_of_the_hub_gets_the_token(url: str, is_hub: bool) -> None:
    assert is_same_origin(httpx.URL(url), HUB) == is_hub
