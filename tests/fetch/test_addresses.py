import hashlib
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from aggregator.errors import FetchError
from aggregator.fetch.addresses import OutOfReach, Reach, is_public
from aggregator.fetch.download import Ask, Downloader
from tests.fetch.test_download import JSON, ask, downloader
from tests.support.clocks import FakeTime
from tests.support.fault_server import Asked, Piece, redirect, serving, whole

SHA = hashlib.sha256(JSON).hexdigest()


@pytest.mark.parametrize(
    "url",
    [
        "https://huggingface.co/datasets/org/name/resolve/main/data/train.parquet",
        "https://us.aws.cdn.hf.co/xet-bridge-us/abc?X-Amz-Signature=1",
        "https://cdn-lfs.huggingface.co/repos/x",
        "https://mteb-leaderboard-backend.hf.space:443/v1/benchmarks",
    ],
)
def test_the_boards_and_their_stores_are_in_reach(url: str) -> None:
    Reach().check(httpx.URL(url))


@pytest.mark.parametrize(
    "url",
    [
        "http://huggingface.co/x",
        "https://huggingface.co:8443/x",
        "https://huggingface.co.evil.example/x",
        "https://evilhuggingface.co/x",
        "https://user:pass@huggingface.co/x",
        "https://huggingface.co@evil.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "file:///etc/passwd",
        "ftp://huggingface.co/x",
        "https:///x",
        "//huggingface.co/x",
    ],
)
def test_everything_else_is_out_of_reach(url: str) -> None:
    with pytest.raises(OutOfReach):
        Reach().check(httpx.URL(url))


@pytest.mark.parametrize(
    "address", ["18.155.129.31", "2600:9000:2375::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",  # noqa: S104 - refused here, not bound
            "224.0.0.1",
        ),
        *("::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
        *("2002:7f00:1::", "64:ff9b::a9fe:a9fe", "not an address", ""),
    ],
)
def test_private_addresses_are_not_public_in_any_spelling(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1"])
def test_an_allowed_name_that_resolves_to_a_private_address_is_never_connected_to(address: str) -> None:
    there = Downloader(clock=FakeTime().clock(), resolve=lambda _host, _port: ["8.8.8.8", address])
    with pytest.raises(FetchError, match=f"resolves to {address}, which is not a public address"):
        there.download(Ask("https://huggingface.co/file", "json", 1000))


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
def test_a_redirect_out_of_reach_is_refused_and_nothing_is_sent_there(location: str) -> None:
    resolved: list[str] = []

    def spy(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    with serving(lambda _asked, _count: redirect(location)) as server:
        there = replace(downloader(server, FakeTime()), resolve=spy)
        with pytest.raises(FetchError, match="redirects"):
            there.download(ask(server))
    assert (len(server.asked), resolved) == (1, ["127.0.0.1"])


def test_a_redirect_to_another_port_of_a_named_host_is_refused() -> None:
    with (
        serving(lambda _asked, _count: whole(JSON)) as secret,
        serving(lambda _asked, _count: redirect(secret.url("file"))) as server,
        pytest.raises(FetchError, match="redirects to"),
    ):
        downloader(server).download(ask(server))
    assert secret.connections == 0


def test_a_loop_of_redirects_ends_after_five() -> None:
    with (
        serving(lambda asked, _count: redirect(asked.target)) as server,
        pytest.raises(FetchError, match="more than 5 times"),
    ):
        downloader(server).download(ask(server))
    assert len(server.asked) == 6


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_relative_or_absolute(status: int) -> None:
    def answer(asked: Asked, count: int) -> list[Piece]:
        places = ["/cdn/a%2528b?sig=1#part", f"http://{asked.headers['host']}/cdn/c"]
        return redirect(places[count], status) if count < 2 else whole(JSON)

    with serving(answer) as server:
        assert downloader(server).download(ask(server)).content == JSON
    assert [asked.target for asked in server.asked] == ["/file", "/cdn/a%2528b?sig=1", "/cdn/c"]


def through_the_hub(announced: str) -> list[Piece]:
    return redirect("/cdn", X_Repo_Commit="c" * 40, X_Linked_ETag=f'"{announced}"')


def test_the_hubs_revision_and_digest_are_heard_on_the_way() -> None:
    with serving(lambda _, count: whole(JSON, ETag='"s3"') if count else through_the_hub(SHA)) as server:
        answer = downloader(server).download(ask(server))
    assert (answer.content, answer.revision, answer.etag) == (JSON, "c" * 40, '"s3"')


def test_a_body_with_another_digest_than_the_hub_announces_is_refused() -> None:
    with (
        serving(lambda asked, _: whole(JSON) if asked.target == "/cdn" else through_the_hub("d" * 64)) as server,
        pytest.raises(FetchError, match=f"sha256 {'d' * 64} that the host announces"),
    ):
        downloader(server, FakeTime(), tries=2).download(ask(server))
    assert len(server.asked) == 4


def test_a_digest_that_is_kept_already_is_not_fetched() -> None:
    with serving(lambda _asked, _count: through_the_hub(SHA)) as server:
        answer = downloader(server).download(Ask(server.url("file"), "json", 1000, sha256=SHA))
    assert (answer.content, answer.revision, len(server.asked)) == (None, "c" * 40, 1)


def test_no_secret_of_the_machine_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login canary password canary-secret\n")
    for name, value in {
        "HOME": str(tmp_path),
        "NETRC": str(tmp_path / ".netrc"),
        "HF_TOKEN": "canary-token",
        "HTTP_PROXY": "http://canary-proxy:1",
        "ALL_PROXY": "http://canary-proxy:1",
    }.items():
        monkeypatch.setenv(name, value)

    def answer(_asked: Asked, count: int) -> list[Piece]:
        return whole(JSON) if count else redirect("/cdn", Set_Cookie="session=canary-cookie; Path=/")

    with serving(answer) as server:
        assert downloader(server).download(ask(server)).content == JSON
    sent = [asked.headers for asked in server.asked]
    assert not any(
        "canary" in value or name in ("authorization", "cookie") for headers in sent for name, value in headers.items()
    )
    assert all(headers["user-agent"].startswith("metaboard/") for headers in sent)


def test_a_closed_port_on_one_address_does_not_hide_an_open_one_on_the_next() -> None:
    with serving(lambda _asked, _count: whole(JSON)) as server:
        there = downloader(server, FakeTime(), tries=1)
        two = replace(there, resolve=lambda _host, _port: ["::1", "127.0.0.1"])
        assert two.download(ask(server)).content == JSON
