"""The Hub's benchmark API: a list in pages, and one file for each object of it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.errors import AccessDenied, FetchError, NotFound, RateLimited
from aggregator.fetch import file_sets
from aggregator.fetch.client import HttpFetcher, open_fetcher
from aggregator.fetch.file_sets import object_path
from aggregator.model import Resource, Snapshot
from tests.support.clocks import FakeTime
from tests.support.downloads import downloader
from tests.support.fault_server import FaultServer, Piece, RecordedRequest, response, serve
from tests.support.mirrors import fetch_from_mirror
from tests.support.remote_hosts import BenchmarkHub

TOKEN = "hf_valid"  # noqa: S105 - of a stand-in


def fetch(
    server: FaultServer,
    resource: Resource,
    kept: Sequence[Snapshot] = (),
    token: str | None = None,
    time: FakeTime | None = None,
) -> tuple[Snapshot, ...]:
    one = replace(downloader(server, time or FakeTime(), attempts=2), token=token, token_origin=server.url("")[:-1])
    return HttpFetcher(one).fetch("source", resource, kept)


@pytest.mark.parametrize("page", [1, 3, 4, 100])
def test_every_object_of_every_page_is_followed_to_its_file(page: int) -> None:
    hub = BenchmarkHub(page=page)
    with serve(hub) as server:
        snapshots = fetch(server, BenchmarkHub.resource(server))
    assert {one.resource: one.content for one in snapshots} == {
        f"boards/{name}": content for name, content in hub.boards.items()
    }
    assert {snapshot.parts for snapshot in snapshots} == {4}


def test_an_unchanged_file_of_the_list_is_not_sent_again() -> None:
    hub = BenchmarkHub()
    with serve(hub) as server:
        kept = [replace(one, content=b"") for one in fetch(server, BenchmarkHub.resource(server))]
        hub.boards["org/hle"] = b"[]"
        snapshots = fetch(server, BenchmarkHub.resource(server), kept)
    assert [one.resource for one in snapshots if one.content] == ["boards/org/hle"]


def test_a_benchmark_without_a_leaderboard_is_left_out_only_of_an_optional_set() -> None:
    with serve(BenchmarkHub(missing=frozenset({"org/hle"}))) as server:
        with pytest.raises(NotFound, match="org/hle"):
            fetch(server, BenchmarkHub.resource(server))
        snapshots = fetch(server, BenchmarkHub.resource(server, is_optional=True))
    assert [one.resource for one in snapshots] == [
        "boards/org/aime_2026",
        "boards/org/gpqa",
        "boards/org/swe-bench.verified",
    ]


@pytest.mark.parametrize("token", [None, TOKEN, "hf_expired"])
def test_the_token_is_optional_and_an_expired_one_does_not_hide_public_files(token: str | None) -> None:
    with serve(BenchmarkHub(token=TOKEN)) as server:
        assert len(fetch(server, BenchmarkHub.resource(server), token=token)) == 4
    sent = {request.headers.get("authorization") for request in server.requests}
    assert (f"Bearer {token}" in sent) == (token is not None)


def test_a_private_file_needs_the_token() -> None:
    with serve(BenchmarkHub(token=TOKEN, private=frozenset({"org/hle"}))) as server:
        assert len(fetch(server, BenchmarkHub.resource(server), token=TOKEN)) == 4
        with pytest.raises(AccessDenied, match="HTTP 401"):
            fetch(server, BenchmarkHub.resource(server))


def test_a_used_up_rate_limit_is_waited_for_before_the_next_file() -> None:
    time = FakeTime()
    with serve(BenchmarkHub(rate_limit='"api";r=0;t=9')) as server:
        fetch(server, BenchmarkHub.resource(server), time=time)
    assert time.slept == [10.0] * 5, "before every request but the first"


def test_a_rate_limit_that_lasts_longer_than_a_download_is_a_typed_error() -> None:
    with (
        serve(BenchmarkHub(rate_limit='"api";r=0;t=3000')) as server,
        pytest.raises(RateLimited, match="used up for 3001 s") as error,
    ):
        fetch(server, BenchmarkHub.resource(server))
    assert error.value.seconds == 3001
    assert error.value.hint == "Run again in 50 minutes."
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "org/x"}',
        b"[1]",
        b'[{"name": "org/x"}]',
        b'[{"id": 7}]',
        b'[{"id": ""}]',
        b'[{"id": "../../private"}]',
        b'[{"id": "org/../x"}]',
        b'[{"id": "org/x?y=1"}]',
        b'[{"id": "/x"}]',
        b'[{"id": "https://elsewhere/x"}]',
        b'[{"id": "org//x"}]',
        '[{"id": "örg/x"}]'.encode(),
    ],
)
def test_a_list_of_another_shape_or_with_an_id_that_is_none_is_refused(body: bytes) -> None:
    with (
        serve(lambda _request, _count: response(body)) as server,
        pytest.raises(FetchError, match=r"JSON list|valid id"),
    ):
        fetch(server, BenchmarkHub.resource(server))
    assert len(server.requests) == 1


def test_an_empty_list_is_missing_unless_it_is_optional(tmp_path: Path) -> None:
    path = tmp_path / "api/benchmarks/list.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"[]")
    with serve(lambda _request, _count: response(b"[]")) as server:
        wanted = BenchmarkHub.resource(server)
        for fetcher in (HttpFetcher(downloader(server)), open_fetcher(str(tmp_path))):
            with pytest.raises(NotFound, match="without objects"):
                fetcher.fetch("source", wanted)
            assert fetcher.fetch("source", replace(wanted, is_optional=True)) == ()


def test_a_list_that_never_ends_and_one_that_repeats_itself_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(request: RecordedRequest, _count: int) -> Sequence[Piece]:
        if request.target.endswith("leaderboard"):
            return response(b"[]")
        return response(b'[{"id": "org/x"}]', Link=f'<{request.target}x>; rel="next"')

    with serve(endless) as server, pytest.raises(FetchError, match="more than 10 pages"):
        fetch(server, BenchmarkHub.resource(server))
    monkeypatch.setattr(file_sets, "MAX_FILES", 3)
    with serve(BenchmarkHub()) as server, pytest.raises(FetchError, match="names 4 files, more than the 3 allowed"):
        fetch(server, BenchmarkHub.resource(server))


def test_the_next_page_must_be_on_an_allowed_host() -> None:
    page = response(b'[{"id": "org/x"}]', Link='<http://169.254.169.254/x>; rel="next"')
    with serve(lambda _request, _count: page) as server, pytest.raises(FetchError, match=r"169\.254\.169\.254"):
        fetch(server, BenchmarkHub.resource(server))
    assert len(server.requests) == 1


def write_mirror(root: Path, hub: BenchmarkHub) -> None:
    """Write the list, and each file beside it under its encoded id."""
    path = root / "api/benchmarks/list.json"
    path.parent.mkdir(parents=True)
    entries = ",".join(f'{{"id": "{name}"}}' for name in hub.boards)
    path.write_text(f"[{entries}]")
    for name, content in hub.boards.items():
        (root / object_path("api/benchmarks/list.json", name)).write_bytes(content)


@pytest.mark.parametrize("kind", ["folder", "server"])
def test_a_mirror_holds_the_list_and_the_files_beside_it(tmp_path: Path, kind: str) -> None:
    hub = BenchmarkHub()
    write_mirror(tmp_path, hub)
    assert (tmp_path / "api/benchmarks/org%2Fgpqa.json").is_file()
    with serve(hub) as server:
        snapshots = fetch_from_mirror(tmp_path, kind, BenchmarkHub.resource(server))
    assert {one.resource: one.content for one in snapshots} == {f"boards/{n}": c for n, c in hub.boards.items()}
