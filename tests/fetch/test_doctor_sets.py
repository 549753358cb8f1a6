"""Findings of `metaboard doctor` for sets of files, optional files, and hosts with a used-up rate limit."""

from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.fetch.client import HttpFetcher
from aggregator.fetch.doctor import PROBE_LIMITS, Finding, Verdict, check_addresses
from aggregator.fetch.download import Downloader
from aggregator.model import Resource
from aggregator.sources import registered
from aggregator.store.snapshots import SnapshotStore
from tests.support.downloads import SHARDS, allow, hub_handler
from tests.support.downloads import resource as hub_resource
from tests.support.fault_server import FaultServer, response, serve
from tests.support.remote_hosts import BenchmarkHub, GitHub

TEMPLATE = replace(registered()[0], id="board", frozen_on=None, homepage="https://board.example")


def check(server: FaultServer, resource: Resource, store: SnapshotStore | None = None) -> Finding:
    """Return the finding; it costs one request."""
    before = len(server.requests)
    client = Downloader(allow_list=allow(server), limits=PROBE_LIMITS)
    (finding,) = check_addresses([replace(TEMPLATE, resources=(resource,))], store, client)
    assert len(server.requests) == before + 1
    return finding


def store_files(server: FaultServer, resource: Resource, root: Path) -> SnapshotStore:
    store = SnapshotStore(root)
    for snapshot in HttpFetcher(Downloader(allow_list=allow(server))).fetch("board", resource):
        store.keep(snapshot)
    return store


def test_a_new_edition_is_named(tmp_path: Path) -> None:
    host = GitHub()
    with serve(host) as server:
        wanted = GitHub.resource(server)
        store = store_files(server, wanted, tmp_path)
        unchanged = check(server, wanted, store)
        host.files["table_2026_02_05.csv"] = b"model,score\n"
        changed = check(server, wanted, store)
        del host.files["table_2026_02_05.csv"], host.files["table_2025_11_25.csv"]
        gone = check(server, wanted, store)
    assert (unchanged.verdict, unchanged.detail) == (Verdict.OK, "unchanged")
    assert (changed.verdict, changed.detail) == (Verdict.CHANGED, "new files: table_2026_02_05.csv")
    assert changed.next_step == "Run `metaboard refresh`."
    assert (gone.verdict, gone.detail) == (Verdict.CHANGED, "files gone: table_2025_11_25.csv")


def test_another_size_of_a_file_of_the_set_is_a_change(tmp_path: Path) -> None:
    host = GitHub()
    with serve(host) as server:
        store = store_files(server, GitHub.resource(server), tmp_path)
        host.files["table_2026_01_08.csv"] += b"gamma,3\n"
        assert "its size changed" in check(server, GitHub.resource(server), store).detail


@pytest.mark.parametrize("page", [3, 100])
def test_a_new_object_of_a_list_is_named_and_no_object_of_a_later_page_is_missed(tmp_path: Path, page: int) -> None:
    hub = BenchmarkHub(page=page)
    with serve(hub) as server:
        wanted = BenchmarkHub.resource(server)
        store = store_files(server, wanted, tmp_path)
        assert check(server, wanted, store).detail == "unchanged"
        hub.boards = {"org/new": b"[]", **hub.boards}
        assert check(server, wanted, store).detail == "new files: org/new"


@pytest.mark.parametrize("is_optional", [True, False])
def test_a_missing_optional_file_is_no_problem(tmp_path: Path, is_optional: bool) -> None:
    with serve(GitHub(files={"other.csv": b"a,b\n"})) as server:
        lonely = GitHub.resource(server, listing=None, pattern=None, is_optional=is_optional)
        empty = GitHub.resource(server, is_optional=is_optional)
        for wanted in (lonely, empty):
            finding = check(server, wanted, SnapshotStore(tmp_path))
            assert finding.verdict == (Verdict.OK if is_optional else Verdict.MOVED)
            assert ("absent, which is allowed" in finding.detail) == is_optional


def test_an_optional_file_that_is_gone_is_a_change(tmp_path: Path) -> None:
    host = GitHub()
    with serve(host) as server:
        wanted = GitHub.resource(server, is_optional=True)
        store = store_files(server, wanted, tmp_path)
        host.files = {}
        finding = check(server, wanted, store)
    assert (finding.verdict, "no longer there" in finding.detail) == (Verdict.CHANGED, True)


def test_a_used_up_rate_limit_is_unreachable_with_the_wait_and_not_refused() -> None:
    with serve(GitHub(retry_after=600)) as server:
        finding = check(server, GitHub.resource(server))
    assert (finding.verdict, finding.http_status) == (Verdict.UNREACHABLE, 403)
    assert "the rate limit of the host is used up for 600 s" in finding.detail


@pytest.mark.parametrize(
    ("media", "body", "verdict"),
    [
        ("csv", b"model,score\nalpha,1\n" * 2000, Verdict.OK),
        ("csv", b"model,score\nalpha,1\n", Verdict.OK),
        ("csv", b"model,score\nalpha,\0\n" * 2000, Verdict.REFUSED),
        ("yaml", b"<!doctype html>" + b" " * 40_000, Verdict.REFUSED),
        ("markdown", b"<img src='x'>\n# Board\n" + b"text\n" * 9000, Verdict.OK),
        ("markdown", b"<!doctype html>" + b" " * 40_000, Verdict.REFUSED),
    ],
)
def test_a_text_file_is_probed_from_its_start(media: str, body: bytes, verdict: Verdict) -> None:
    with serve(lambda _request, _count: response(body)) as server:
        finding = check(server, GitHub.resource(server, listing=None, pattern=None, media=media))
    assert finding.verdict is verdict


def test_a_listing_in_pages_is_no_change_of_size(tmp_path: Path) -> None:
    with serve(hub_handler(SHARDS, page=2)) as server:
        wanted = replace(hub_resource(server, listing=True), pattern="train-.*")
        store = store_files(server, wanted, tmp_path)
        assert check(server, wanted, store).detail == "unchanged"
