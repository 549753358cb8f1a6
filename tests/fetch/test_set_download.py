"""Sets of files: every edition in a folder of GitHub or of a mirror, found by a listing."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator.errors import FetchError, NotFound
from aggregator.fetch import file_sets
from aggregator.fetch.addresses import AllowList
from aggregator.fetch.client import HttpFetcher, open_fetcher
from aggregator.model import Resource, Snapshot
from aggregator.sources.github import repository_files
from tests.support.clocks import FakeTime
from tests.support.downloads import SHARDS, downloader, hub_handler
from tests.support.downloads import resource as hub_resource
from tests.support.fault_server import FaultServer, Piece, RecordedRequest, response, serve
from tests.support.mirrors import fetch_from_mirror
from tests.support.remote_hosts import EDITIONS, FOLDER, PATTERN, REPOSITORY, GitHub

NAMES = [f"table/{name}" for name in EDITIONS]
LIVEBENCH = repository_files(
    "table", "LiveBench/livebench.github.io", "public/table_2026_01_08.csv", PATTERN, media="csv"
)


def fetch(
    server: FaultServer, resource: Resource, kept: Sequence[Snapshot] = (), api: FaultServer | None = None
) -> tuple[Snapshot, ...]:
    endpoints = frozenset({server.endpoint, (api or server).endpoint})
    one = replace(downloader(server, FakeTime(), attempts=2), allow_list=AllowList(hosts=(), endpoints=endpoints))
    return HttpFetcher(one).fetch("source", resource, kept)


def without_content(snapshots: Sequence[Snapshot]) -> tuple[Snapshot, ...]:
    return tuple(replace(snapshot, content=b"") for snapshot in snapshots)


def names_of(snapshots: Sequence[Snapshot]) -> list[str]:
    return [snapshot.resource for snapshot in snapshots]


def test_every_listed_file_that_matches_is_fetched_under_its_own_name() -> None:
    with serve(GitHub()) as server:
        snapshots = fetch(server, GitHub.resource(server))
    assert names_of(snapshots) == NAMES
    assert [snapshot.content for snapshot in snapshots] == list(EDITIONS.values())
    assert {snapshot.parts for snapshot in snapshots} == {3}


def test_a_new_edition_is_found_and_the_known_ones_are_not_sent_again() -> None:
    host = GitHub()
    with serve(host) as server:
        kept = without_content(fetch(server, GitHub.resource(server)))
        host.files["table_2026_02_05.csv"] = b"model,score\ngamma,3\n"
        snapshots = fetch(server, GitHub.resource(server), kept)
    assert [(one.resource, bool(one.content)) for one in snapshots] == [
        *((name, False) for name in NAMES),
        ("table/table_2026_02_05.csv", True),
    ]
    assert {snapshot.parts for snapshot in snapshots} == {4}


def test_an_unchanged_listing_is_confirmed_by_its_etag() -> None:
    with serve(GitHub()) as server:
        kept = without_content(fetch(server, GitHub.resource(server)))
        again = fetch(server, GitHub.resource(server), kept)
        sent = server.requests[4].headers
        wider = fetch(server, GitHub.resource(server, pattern=r".*\.csv|.*\.txt", media="text"), kept)
    assert names_of(again) == NAMES
    assert sent["if-none-match"].startswith('W/"')
    assert not any(snapshot.content for snapshot in again)
    assert "if-none-match" not in server.requests[8].headers, "another pattern needs the whole listing"
    assert names_of(wider) == ["table/notes.txt", *NAMES]


@pytest.mark.parametrize(
    "failure", [{"reset_at": 2**31}, {"retry_after": 9000}, {"listing_status": 500}, {"listing_status": 404}]
)
def test_a_failed_listing_keeps_the_known_editions_and_fetches_their_new_scores(failure: dict[str, int]) -> None:
    host = GitHub()
    with serve(host) as server, serve(host) as api:
        resource = GitHub.resource(server, api)
        kept = without_content(fetch(server, resource, api=api))
        for name, value in failure.items():
            setattr(host, name, value)
        host.files["table_2026_01_08.csv"] = b"model,score\nalpha,9.5\n"
        snapshots = fetch(server, resource, kept, api)
        for name in failure:
            setattr(host, name, 200 if name == "listing_status" else None)
        host.files["table_2026_02_05.csv"] = b"model,score\ngamma,3\n"
        later = fetch(server, resource, without_content(snapshots), api)
    assert names_of(snapshots) == NAMES
    assert snapshots[-1].content == b"model,score\nalpha,9.5\n"
    assert "only the 3 files of the last fetch were fetched" in snapshots[0].note
    assert (len(later), later[0].note) == (4, "")


def test_a_failed_listing_without_known_editions_is_an_error() -> None:
    with serve(GitHub(listing_status=500)) as server, pytest.raises(FetchError, match=r"HTTP 500.*tried 2 times"):
        fetch(server, GitHub.resource(server))


def test_a_set_without_a_file_is_missing_unless_it_is_optional() -> None:
    with serve(GitHub(files={"notes.txt": b""})) as server:
        with pytest.raises(NotFound, match="holds no file whose name matches"):
            fetch(server, GitHub.resource(server))
        assert fetch(server, GitHub.resource(server, is_optional=True)) == ()


def test_a_listed_file_that_is_gone_fails_the_set_unless_it_is_optional() -> None:
    host = GitHub()

    def without_the_first(request: RecordedRequest, count: int) -> Sequence[Piece]:
        return response(b"", 404) if "2025_11_25" in request.target else host(request, count)

    with serve(without_the_first) as server:
        with pytest.raises(NotFound, match="table_2025_11_25"):
            fetch(server, GitHub.resource(server))
        snapshots = fetch(server, GitHub.resource(server, is_optional=True))
    assert names_of(snapshots) == NAMES[1:]
    assert {snapshot.parts for snapshot in snapshots} == {2}


@pytest.mark.parametrize("is_optional", [True, False])
def test_only_an_optional_file_may_be_missing(tmp_path: Path, is_optional: bool) -> None:
    with serve(lambda _request, _count: response(b"", 404)) as server:
        lonely = GitHub.resource(server, listing=None, pattern=None, is_optional=is_optional)
        fetchers = [HttpFetcher(downloader(server)), open_fetcher(str(tmp_path)), open_fetcher(server.url("mirror"))]
        for fetcher in fetchers:
            if is_optional:
                assert fetcher.fetch("source", lonely) == ()
            else:
                with pytest.raises(NotFound):
                    fetcher.fetch("source", lonely)


def test_the_size_limit_applies_to_all_files_of_a_set_together(tmp_path: Path) -> None:
    cap = sum(map(len, EDITIONS.values())) - 1
    write_editions(tmp_path)
    with serve(GitHub()) as server, pytest.raises(FetchError, match=r"2026_01_08.*announces|larger"):
        fetch(server, GitHub.resource(server, max_bytes=cap))
    with pytest.raises(FetchError, match=r"2026_01_08.*allowed"):
        open_fetcher(str(tmp_path)).fetch("source", GitHub.resource(server, max_bytes=cap))


def test_a_set_of_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_sets, "MAX_FILES", 2)
    with serve(GitHub()) as server, pytest.raises(FetchError, match="names 3 files, more than the 2 allowed"):
        fetch(server, GitHub.resource(server))
    assert len(server.requests) == 1


def test_one_deadline_covers_all_files_of_a_set() -> None:
    host, time = GitHub(), FakeTime()

    def slow(request: RecordedRequest, count: int) -> Sequence[Piece]:
        time.slept.append(1000.0)
        return host(request, count)

    with serve(slow) as server, pytest.raises(FetchError, match=r"took longer than 1800 s for \d of 3 files"):
        HttpFetcher(downloader(server, time, total_seconds=9999)).fetch("source", GitHub.resource(server))


@pytest.mark.parametrize("changes", [{"pattern": "("}, {"listing": None}])
def test_a_set_that_is_declared_wrongly_is_an_error_of_its_own(changes: dict[str, Any]) -> None:
    with serve(GitHub()) as server, pytest.raises(FetchError, match=r"regular expression|without the address"):
        fetch(server, GitHub.resource(server, **changes))


def test_an_address_that_is_no_url_is_an_error_of_its_own() -> None:
    with serve(GitHub()) as server, pytest.raises(FetchError, match="not a URL"):
        fetch(server, GitHub.resource(server, url="https://[broken/x.csv"))


def write_editions(root: Path) -> Path:
    folder = root / "github" / REPOSITORY / FOLDER
    folder.mkdir(parents=True)
    for name, content in {**EDITIONS, "notes.txt": b"x", "xtable_2020_01_01.csv": b"y"}.items():
        (folder / name).write_bytes(content)
    (folder / "table_2020_01_01.csv").mkdir()
    return folder


@pytest.mark.parametrize("kind", ["folder", "server"])
def test_a_mirror_gives_every_file_of_the_folder_that_matches(tmp_path: Path, kind: str) -> None:
    write_editions(tmp_path)
    with serve(GitHub()) as server:
        snapshots = fetch_from_mirror(tmp_path, kind, GitHub.resource(server))
    assert names_of(snapshots) == NAMES
    assert [snapshot.content for snapshot in snapshots] == list(EDITIONS.values())
    assert [snapshot.parts for snapshot in snapshots] == [3, 3, 3]
    assert not server.requests, "a mirror never reaches the live host"


@pytest.mark.parametrize("kind", ["folder", "server"])
def test_the_recordings_hold_ten_editions_of_livebench(recordings: Path, kind: str) -> None:
    snapshots = fetch_from_mirror(recordings, kind, LIVEBENCH)
    folder = recordings / "github/LiveBench/livebench.github.io/public"
    assert names_of(snapshots) == [f"table/{path.name}" for path in sorted(folder.glob("table_*.csv"))]
    assert len(snapshots) == 10
    assert all(one.content == (folder / one.resource.partition("/")[2]).read_bytes() for one in snapshots)


@pytest.mark.parametrize("kind", ["folder", "server"])
def test_a_mirror_without_a_matching_file_is_missing_unless_the_set_is_optional(tmp_path: Path, kind: str) -> None:
    with serve(GitHub()) as server:
        wanted = GitHub.resource(server)
    with pytest.raises(NotFound):
        fetch_from_mirror(tmp_path, kind, wanted)
    assert fetch_from_mirror(tmp_path, kind, replace(wanted, is_optional=True)) == ()


def test_a_file_of_a_set_in_a_folder_that_is_damaged_fails_the_set(tmp_path: Path) -> None:
    folder = write_editions(tmp_path)
    (folder / "table_2025_12_23.csv").write_bytes(b"")
    with serve(GitHub()) as server, pytest.raises(FetchError, match=r"table_2025_12_23\.csv: is empty, not CSV"):
        fetch_from_mirror(tmp_path, "folder", GitHub.resource(server))


def test_the_time_of_retrieval_of_a_set_is_that_of_its_newest_file(tmp_path: Path) -> None:
    folder = write_editions(tmp_path)
    for place, name in enumerate(EDITIONS):
        os.utime(folder / name, (1_700_000_000 + place, 1_700_000_000 + place))
    with serve(GitHub()) as server:
        snapshots = fetch_from_mirror(tmp_path, "folder", GitHub.resource(server))
    assert {snapshot.retrieved_at.timestamp() for snapshot in snapshots} == {1_700_000_002}


def test_a_set_in_a_repository_of_the_hub_is_listed_in_pages_and_compared_by_digest() -> None:
    files = {**SHARDS, "README.md": b"x"}
    with serve(hub_handler(files, page=2)) as server:
        hub = replace(hub_resource(server, listing=True), pattern="train-.*")
        kept = without_content(fetch(server, hub))
        before = len(server.requests)
        again = fetch(server, hub, kept)
    assert names_of(again) == [f"results/{name}" for name in SHARDS]
    assert not any(snapshot.content for snapshot in again)
    assert len(server.requests) == before + 2, "two pages of the listing, and no file"
