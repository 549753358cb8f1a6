"""Downloads of one resource from the Hub: whole, in shards, or unchanged."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from aggregator.errors import FetchError
from aggregator.fetch.client import HttpFetcher
from aggregator.model import Snapshot
from aggregator.store.files import sha256_hex
from tests.support.clocks import NOON, FakeTime
from tests.support.downloads import SHARDS, downloader, hub_handler, parquet, resource
from tests.support.fault_server import FaultServer, Piece, RecordedRequest, response, response_head, serve


def fetcher(server: FaultServer) -> HttpFetcher:
    return HttpFetcher(downloader(server, FakeTime(), attempts=2))


def without_content(snapshots: Sequence[Snapshot]) -> tuple[Snapshot, ...]:
    return tuple(replace(snapshot, content=b"") for snapshot in snapshots)


def test_a_snapshot_has_the_provenance_of_its_file() -> None:
    body = parquet()
    with serve(hub_handler({"train-00000-of-00001.parquet": body})) as server:
        (snapshot,) = fetcher(server).fetch("source", resource(server))
    assert snapshot == Snapshot(
        source="source",
        resource="results",
        url=resource(server).url,
        sha256=sha256_hex(body),
        size=len(body),
        retrieved_at=NOON,
        etag='"train-00000-of-00001.parquet"',
        revision="c" * 40,
    )
    assert snapshot.content == body


@pytest.mark.parametrize("page", [1, 2, 100])
def test_a_split_file_is_downloaded_as_the_listed_shards_in_order(page: int) -> None:
    with serve(hub_handler({**SHARDS, "README.md": b"x"}, page=page)) as server:
        snapshots = fetcher(server).fetch("source", resource(server, listing=True))
    assert [snapshot.resource for snapshot in snapshots] == [f"results/{name}" for name in SHARDS]
    assert [snapshot.content for snapshot in snapshots] == list(SHARDS.values())


def test_a_shard_with_a_stored_digest_is_not_downloaded() -> None:
    with serve(hub_handler(SHARDS)) as server:
        kept = without_content(fetcher(server).fetch("source", resource(server, listing=True)))
        before = len(server.requests)
        again = fetcher(server).fetch("source", resource(server, listing=True), kept)
    assert again == kept
    assert len(server.requests) == before + 1


def test_an_unchanged_file_is_returned_without_bytes() -> None:
    with serve(lambda _, count: [response_head(304)] if count else response(parquet(), ETag='"v1"')) as server:
        kept = without_content(fetcher(server).fetch("source", resource(server)))
        assert fetcher(server).fetch("source", resource(server), kept) == kept


def test_a_snapshot_from_another_url_makes_no_conditional_request() -> None:
    with serve(lambda _request, _count: response(parquet(), ETag='"v1"')) as server:
        kept = without_content(fetcher(server).fetch("source", resource(server)))
        moved = [replace(snapshot, url="https://elsewhere.example/x") for snapshot in kept]
        (snapshot,) = fetcher(server).fetch("source", resource(server), moved)
    assert "if-none-match" not in server.requests[-1].headers
    assert snapshot.content


@pytest.mark.parametrize(
    ("files", "wrong_digest", "reason"),
    [
        (dict(list(SHARDS.items())[:2]), "", "2 of 3 parts"),
        ({"README.md": b"x"}, "", "names no part"),
        (SHARDS, "e" * 64, "not the file that the host lists"),
    ],
)
def test_shards_that_differ_from_the_listing_are_refused(
    files: dict[str, bytes], wrong_digest: str, reason: str
) -> None:
    with serve(hub_handler(files, wrong_digest=wrong_digest)) as server, pytest.raises(FetchError, match=reason):
        fetcher(server).fetch("source", resource(server, listing=True))


@pytest.mark.parametrize(
    "body", [b"{}", b"[1]", b'[{"path": 3}]', b'[{"type": "file", "path": "x", "lfs": 7}]', b"[[]]"]
)
def test_a_listing_of_another_shape_is_refused(body: bytes) -> None:
    with (
        serve(lambda _request, _count: response(body)) as server,
        pytest.raises(FetchError, match=r"listing|names no part"),
    ):
        fetcher(server).fetch("source", resource(server, listing=True))


def test_a_listing_of_more_than_ten_pages_is_refused() -> None:
    with (
        serve(lambda request, _: response(b"[]", Link=f'<{request.target}x>; rel="next"')) as server,
        pytest.raises(FetchError, match="more than 10 pages"),
    ):
        fetcher(server).fetch("source", resource(server, listing=True))
    assert len(server.requests) == 10


def test_the_size_limit_applies_to_all_shards_together() -> None:
    cap = sum(len(body) for body in SHARDS.values()) - 1
    with serve(hub_handler(SHARDS)) as server, pytest.raises(FetchError, match=r"announces|larger"):
        fetcher(server).fetch("source", resource(server, listing=True, max_bytes=cap))


def test_shards_of_two_revisions_are_refused() -> None:
    listing = json.dumps([{"type": "file", "path": f"data/{name}"} for name in SHARDS]).encode()

    def handler(request: RecordedRequest, count: int) -> Sequence[Piece]:
        if request.target.startswith("/api/"):
            return response(listing)
        return response(SHARDS[request.target.rpartition("/")[2]], X_Repo_Commit=f"{count // 3}" * 40)

    with serve(handler) as server, pytest.raises(FetchError, match="changed while its parts were fetched"):
        fetcher(server).fetch("source", resource(server, listing=True))
