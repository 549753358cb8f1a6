import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from aggregator.errors import FetchError, UsageError
from aggregator.fetch.addresses import Reach
from aggregator.fetch.client import HttpFetcher, MirrorFetcher, SiteFetcher, open_fetcher
from aggregator.fetch.download import Downloader
from aggregator.fetch.limits import Budget
from aggregator.fetch.mirror import FolderFetcher
from aggregator.model import Resource, Snapshot
from aggregator.sources import registered
from aggregator.store.files import digest
from tests.fetch.test_download import JSON
from tests.fetch.test_validation import parquet
from tests.support.clocks import NOON, FakeTime
from tests.support.fault_server import Answer, Asked, FaultServer, Piece, head, redirect, serving, whole

FOLDER = "datasets/org/name/data"
PARTS = {f"train-{index:05d}-of-00003.parquet": parquet(10 + index) for index in range(3)}


def resource(server: FaultServer | None = None, *, listing: bool = False, max_bytes: int = 1 << 20) -> Resource:
    base = server.url("") if server else "https://huggingface.co/"
    return Resource(
        name="results",
        path=f"{FOLDER}/train-00000-of-00001.parquet",
        url=f"{base}datasets/org/name/resolve/main/data/train-00000-of-00001.parquet",
        max_bytes=max_bytes,
        listing=f"{base}api/datasets/org/name/tree/main/data" if listing else None,
    )


def hub(files: Mapping[str, bytes], *, lie: str = "", page: int = 100) -> Answer:
    """Answer as the Hub does: a listing in pages, and a redirect with revision and digest to each file."""

    def answer(asked: Asked, _count: int) -> Sequence[Piece]:
        path, _, query = asked.target.partition("?")
        name = path.rpartition("/")[2]
        if path.startswith("/api/"):
            start = int(query or 0)
            rows = [
                {"type": "file", "path": f"data/{file}", "size": len(body), "lfs": {"oid": lie or digest(body)}}
                for file, body in sorted(files.items(), reverse=True)
            ]
            more = {"Link": f'<{path}?{start + page}>; rel="next"'} if start + page < len(rows) else {}
            listed = [{"type": "directory", "path": "data/old"}, *rows[start : start + page]]
            return whole(json.dumps(listed).encode(), **more)
        if name not in files:
            return whole(b"Entry not found", 404)
        if path.startswith("/cdn/"):
            return whole(files[name], ETag=f'"{name}"')
        return redirect(f"/cdn/{name}", X_Repo_Commit="c" * 40)

    return answer


def fetcher(server: FaultServer) -> HttpFetcher:
    there = Reach(hosts=(), named=frozenset({server.endpoint}))
    return HttpFetcher(Downloader(reach=there, budget=Budget(tries=2), clock=FakeTime().clock()))


def bare(snapshots: Sequence[Snapshot]) -> tuple[Snapshot, ...]:
    return tuple(replace(snapshot, content=b"") for snapshot in snapshots)


def test_a_file_comes_with_everything_that_is_known_of_it() -> None:
    body = parquet()
    with serving(hub({"train-00000-of-00001.parquet": body})) as server:
        (snapshot,) = fetcher(server).fetch("source", resource(server))
    assert snapshot == Snapshot(
        source="source",
        resource="results",
        url=resource(server).url,
        sha256=digest(body),
        size=len(body),
        retrieved_at=NOON,
        etag='"train-00000-of-00001.parquet"',
        revision="c" * 40,
    )
    assert snapshot.content == body


@pytest.mark.parametrize("page", [1, 2, 100])
def test_a_split_file_comes_as_the_parts_that_the_hub_lists_in_order(page: int) -> None:
    with serving(hub({**PARTS, "README.md": b"x"}, page=page)) as server:
        snapshots = fetcher(server).fetch("source", resource(server, listing=True))
    assert [snapshot.resource for snapshot in snapshots] == [f"results/{name}" for name in PARTS]
    assert [snapshot.content for snapshot in snapshots] == list(PARTS.values())


def test_parts_that_are_kept_are_recognised_in_the_list_and_not_asked_for() -> None:
    with serving(hub(PARTS)) as server:
        kept = bare(fetcher(server).fetch("source", resource(server, listing=True)))
        before = len(server.asked)
        again = fetcher(server).fetch("source", resource(server, listing=True), kept)
    assert again == kept
    assert len(server.asked) == before + 1


def test_a_file_that_the_host_calls_unchanged_comes_back_without_bytes() -> None:
    with serving(lambda _, count: [head(304)] if count else whole(parquet(), ETag='"v1"')) as server:
        kept = bare(fetcher(server).fetch("source", resource(server)))
        assert fetcher(server).fetch("source", resource(server), kept) == kept


def test_what_was_kept_from_elsewhere_makes_no_condition() -> None:
    with serving(lambda _asked, _count: whole(parquet(), ETag='"v1"')) as server:
        kept = bare(fetcher(server).fetch("source", resource(server)))
        moved = [replace(snapshot, url="https://elsewhere.example/x") for snapshot in kept]
        (snapshot,) = fetcher(server).fetch("source", resource(server), moved)
    assert "if-none-match" not in server.asked[-1].headers
    assert snapshot.content


@pytest.mark.parametrize(
    ("files", "lie", "says"),
    [
        (dict(list(PARTS.items())[:2]), "", "2 of 3 parts"),
        ({"README.md": b"x"}, "", "names no part"),
        (PARTS, "e" * 64, "not the file that the host lists"),
    ],
)
def test_parts_that_are_not_what_the_list_says_are_refused(files: dict[str, bytes], lie: str, says: str) -> None:
    with serving(hub(files, lie=lie)) as server, pytest.raises(FetchError, match=says):
        fetcher(server).fetch("source", resource(server, listing=True))


@pytest.mark.parametrize(
    "body", [b"{}", b"[1]", b'[{"path": 3}]', b'[{"type": "file", "path": "x", "lfs": 7}]', b"[[]]"]
)
def test_a_list_in_another_form_is_refused(body: bytes) -> None:
    with (
        serving(lambda _asked, _count: whole(body)) as server,
        pytest.raises(FetchError, match=r"listing|names no part"),
    ):
        fetcher(server).fetch("source", resource(server, listing=True))


def test_a_list_without_end_is_left() -> None:
    with (
        serving(lambda asked, _: whole(b"[]", Link=f'<{asked.target}x>; rel="next"')) as server,
        pytest.raises(FetchError, match="more than 10 pages"),
    ):
        fetcher(server).fetch("source", resource(server, listing=True))
    assert len(server.asked) == 10


def test_the_parts_together_are_held_to_the_cap() -> None:
    cap = sum(len(body) for body in PARTS.values()) - 1
    with serving(hub(PARTS)) as server, pytest.raises(FetchError, match=r"announces|larger"):
        fetcher(server).fetch("source", resource(server, listing=True, max_bytes=cap))


def test_a_source_may_live_on_a_host_of_its_own_but_not_at_home() -> None:
    own = replace(resource(), url="https://board.example/x.parquet")
    resolved = []

    def resolve(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["192.168.0.1"]

    with pytest.raises(FetchError, match="not a public address"):
        HttpFetcher(Downloader(resolve=resolve)).fetch("source", own)
    assert resolved == ["board.example"]


def folder(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def site(root: Path) -> Answer:
    """Serve a folder as a static server does: decode the target once, then open that file; redirect first."""

    def answer(asked: Asked, _count: int) -> Sequence[Piece]:
        if not asked.target.startswith("/there/"):
            return redirect(f"/there{asked.target}")
        path = root / unquote(asked.target.removeprefix("/there/mirror/"))
        return whole(path.read_bytes()) if path.is_file() else whole(b"", 404)

    return answer


@pytest.fixture(params=["folder", "site"])
def mirror(request: pytest.FixtureRequest) -> "Fetch":
    """Fetch a resource from a folder, or from a server of that folder that redirects each path."""

    def fetch(root: Path, wanted: Resource) -> tuple[Snapshot, ...]:
        if request.param == "folder":
            return open_fetcher(str(root)).fetch("source", wanted)
        with serving(site(root)) as server:
            return MirrorFetcher(server.url("mirror/"), Downloader(clock=FakeTime().clock())).fetch("source", wanted)

    return fetch


Fetch = Callable[[Path, Resource], tuple[Snapshot, ...]]


def test_every_recording_comes_from_a_folder_and_from_a_server_with_one_digest(recordings: Path, mirror: Fetch) -> None:
    for source in registered():
        for wanted in source.resources:
            (snapshot,) = mirror(recordings, wanted)
            assert snapshot.sha256 == hashlib.sha256((recordings / wanted.path).read_bytes()).hexdigest()


def test_a_percent_in_a_name_stays_a_percent(tmp_path: Path, mirror: Fetch) -> None:
    path = "backend/v1/MTEB%28eng%2C%20v2%29/scores.json"
    wanted = replace(resource(), path=path, media="json")
    (snapshot,) = mirror(folder(tmp_path, {path: JSON}), wanted)
    assert snapshot.content == JSON


def test_a_missing_file_is_named_by_its_full_path(tmp_path: Path, mirror: Fetch) -> None:
    with pytest.raises(FetchError, match=r"data/train-00000-of-00001\.parquet: (no such file|HTTP 404)") as e:
        mirror(tmp_path, resource(listing=True))
    assert e.value.location.startswith((str(tmp_path), "http://127.0.0.1:"))


@pytest.mark.parametrize(
    "path", ["../secret", "a/../../secret", "/etc/passwd", "a//b", "a/./b", "", "a\\..\\b", "a\0b"]
)
def test_a_path_out_of_the_mirror_is_refused(tmp_path: Path, mirror: Fetch, path: str) -> None:
    folder(tmp_path, {"secret": JSON, "mirror/a/b": JSON})
    with pytest.raises(FetchError, match="not a path inside"):
        mirror(tmp_path / "mirror", replace(resource(), path=path, media="json"))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda content: content[: len(content) // 2], "cut short"),
        (lambda _: b"", "empty"),
        (lambda _: b"<html></html>", "HTML"),
        (lambda content: content + bytes(1 << 20), r"allowed"),
    ],
)
def test_a_spoiled_file_is_refused(tmp_path: Path, mirror: Fetch, spoil: Callable[[bytes], bytes], says: str) -> None:
    folder(tmp_path, {resource().path: spoil(parquet())})
    with pytest.raises(FetchError, match=says):
        mirror(tmp_path, resource())


def test_parts_in_a_folder_come_in_order(tmp_path: Path) -> None:
    folder(tmp_path, {f"{FOLDER}/{name}": content for name, content in PARTS.items()})
    snapshots = open_fetcher(str(tmp_path)).fetch("source", resource(listing=True))
    assert [snapshot.resource for snapshot in snapshots] == [f"results/{name}" for name in PARTS]
    assert len({snapshot.retrieved_at for snapshot in snapshots}) == 1
    with pytest.raises(FetchError, match="no such file"):
        open_fetcher(str(tmp_path)).fetch("source", resource())
    cap = sum(map(len, PARTS.values())) - 1
    with pytest.raises(FetchError, match=r"00002-of-00003\.parquet: has .* allowed"):
        open_fetcher(str(tmp_path)).fetch("source", resource(listing=True, max_bytes=cap))


def test_parts_on_a_server_are_found_where_it_serves_the_listing_too(tmp_path: Path) -> None:
    listing = json.dumps([{"type": "file", "path": f"data/{name}"} for name in PARTS]).encode()
    folder(tmp_path, {f"{FOLDER}/{name}": content for name, content in PARTS.items()})
    folder(tmp_path, {"api/datasets/org/name/tree/main/data": listing})
    with serving(site(tmp_path)) as server:
        snapshots = open_fetcher(server.url("mirror")).fetch("source", resource(listing=True))
    assert [snapshot.content for snapshot in snapshots] == list(PARTS.values())


def test_a_mixed_folder_of_parts_is_refused(tmp_path: Path) -> None:
    names = [*PARTS, "train-00000-of-00001.parquet"]
    folder(tmp_path, {f"{FOLDER}/{name}": parquet() for name in names})
    with pytest.raises(FetchError, match="into 1 and 3 parts"):
        open_fetcher(str(tmp_path)).fetch("source", resource(listing=True))


def test_a_pipe_or_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / resource().path
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    with pytest.raises(FetchError, match="is not a file"):
        open_fetcher(str(tmp_path)).fetch("source", resource())
    path.unlink()
    path.mkdir()
    with pytest.raises(FetchError, match="is not a file"):
        open_fetcher(str(tmp_path)).fetch("source", resource())


def test_a_file_of_a_folder_is_as_old_as_its_time_on_disk_and_never_younger_than_now(tmp_path: Path) -> None:
    folder(tmp_path, {resource().path: parquet()})
    times = []
    for moment in (datetime(2026, 1, 2, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)):
        os.utime(tmp_path / resource().path, (moment.timestamp(), moment.timestamp()))
        (snapshot,) = FolderFetcher(tmp_path, FakeTime().clock()).fetch("source", resource())
        times.append(snapshot.retrieved_at)
    assert times == [datetime(2026, 1, 2, tzinfo=UTC), NOON]


def test_the_right_fetcher_is_opened(tmp_path: Path) -> None:
    assert isinstance(open_fetcher(None), HttpFetcher)
    assert isinstance(MirrorFetcher(str(tmp_path)).fetcher, FolderFetcher)
    assert isinstance(MirrorFetcher("http://localhost:1/x").fetcher, SiteFetcher)


@pytest.mark.parametrize(
    "root", ["", "/nowhere/at/all", "http://", "http://user:pass@host/", "http://host/?q", "http://host/#x"]
)
def test_a_mirror_that_is_none_is_a_usage_error(root: str) -> None:
    with pytest.raises(UsageError):
        MirrorFetcher(root)


def test_parts_of_two_revisions_are_not_put_together() -> None:
    listing = json.dumps([{"type": "file", "path": f"data/{name}"} for name in PARTS]).encode()

    def answer(asked: Asked, count: int) -> Sequence[Piece]:
        if asked.target.startswith("/api/"):
            return whole(listing)
        return whole(PARTS[asked.target.rpartition("/")[2]], X_Repo_Commit=f"{count // 3}" * 40)

    with serving(answer) as server, pytest.raises(FetchError, match="changed while its parts were fetched"):
        fetcher(server).fetch("source", resource(server, listing=True))


def test_a_mirror_sends_nobody_to_the_live_hosts() -> None:
    resolved: list[str] = []

    def spy(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    with serving(lambda _asked, _count: redirect("https://huggingface.co/x")) as server:
        mirror = MirrorFetcher(server.url("mirror"), Downloader(resolve=spy))
        with pytest.raises(FetchError, match=r"redirects to https://huggingface\.co/x, which is on"):
            mirror.fetch("source", resource())
    assert resolved == ["127.0.0.1"]
