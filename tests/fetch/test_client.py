"""Fetchers: live hosts, a mirror folder and a mirror server give the same snapshots."""

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
from aggregator.fetch.client import HttpFetcher, MirrorFetcher, ServerFetcher, open_fetcher
from aggregator.fetch.download import Downloader
from aggregator.fetch.file_sets import object_path
from aggregator.fetch.mirror import FolderFetcher
from aggregator.model import Resource, Snapshot
from aggregator.sources import on_by_default
from tests.support.clocks import NOON, FakeTime
from tests.support.downloads import FOLDER, JSON, SHARDS, parquet, resource
from tests.support.fault_server import (
    Handler,
    Piece,
    RecordedRequest,
    redirect,
    response,
    serve,
)


def test_a_source_may_use_another_public_host_but_no_private_address() -> None:
    own = replace(resource(), url="https://board.example/x.parquet")
    resolved = []

    def resolve(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["192.168.0.1"]

    with pytest.raises(FetchError, match="not a public address"):
        HttpFetcher(Downloader(resolve=resolve)).fetch("source", own)
    assert resolved == ["board.example"]


def write_files(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def folder_handler(root: Path) -> Handler:
    """Redirect each path once, then serve the file of that path, percent-decoded once, as a static server does."""

    def handler(request: RecordedRequest, _count: int) -> Sequence[Piece]:
        if not request.target.startswith("/there/"):
            return redirect(f"/there{request.target}")
        path = root / unquote(request.target.removeprefix("/there/mirror/"))
        if path.is_dir():
            return response(json.dumps([entry.name for entry in path.iterdir() if entry.is_file()]).encode())
        return response(path.read_bytes()) if path.is_file() else response(b"", 404)

    return handler


@pytest.fixture(params=["folder", "server"])
def mirror(request: pytest.FixtureRequest) -> "Fetch":
    """Fetch a resource from a folder, or from a server of that folder that redirects each path."""

    def fetch(root: Path, wanted: Resource) -> tuple[Snapshot, ...]:
        if request.param == "folder":
            return open_fetcher(str(root)).fetch("source", wanted)
        with serve(folder_handler(root)) as server:
            return MirrorFetcher(server.url("mirror/"), Downloader(clock=FakeTime().clock())).fetch("source", wanted)

    return fetch


Fetch = Callable[[Path, Resource], tuple[Snapshot, ...]]


def test_every_recording_has_the_same_digest_from_a_folder_and_from_a_server(recordings: Path, mirror: Fetch) -> None:
    for source in on_by_default():
        for wanted in source.resources:
            snapshots = mirror(recordings, wanted)
            assert snapshots or wanted.is_optional, wanted
            for snapshot in snapshots:
                name = snapshot.resource.partition("/")[2]
                path = object_path(wanted.path, name) if wanted.follow else str(Path(wanted.path).parent / name)
                file = recordings / (path if name else wanted.path)
                assert snapshot.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_percent_sign_in_a_name_is_literal(tmp_path: Path, mirror: Fetch) -> None:
    path = "backend/v1/MTEB%28eng%2C%20v2%29/scores.json"
    wanted = replace(resource(), path=path, media="json")
    (snapshot,) = mirror(write_files(tmp_path, {path: JSON}), wanted)
    assert snapshot.content == JSON


def test_the_error_for_a_missing_file_has_its_full_path(tmp_path: Path, mirror: Fetch) -> None:
    with pytest.raises(FetchError, match=r"data/train-00000-of-00001\.parquet: (no such file|HTTP 404)") as e:
        mirror(tmp_path, resource(listing=True))
    assert e.value.location.startswith((str(tmp_path), "http://127.0.0.1:"))


@pytest.mark.parametrize(
    "path", ["../secret", "a/../../secret", "/etc/passwd", "a//b", "a/./b", "", "a\\..\\b", "a\0b"]
)
def test_a_path_outside_the_mirror_is_refused(tmp_path: Path, mirror: Fetch, path: str) -> None:
    write_files(tmp_path, {"secret": JSON, "mirror/a/b": JSON})
    with pytest.raises(FetchError, match="not a path inside"):
        mirror(tmp_path / "mirror", replace(resource(), path=path, media="json"))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda content: content[: len(content) // 2], "cut short"),
        (lambda _: b"", "empty"),
        (lambda _: b"<html></html>", "HTML"),
        (lambda content: content + bytes(1 << 20), r"allowed"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, mirror: Fetch, spoil: Callable[[bytes], bytes], reason: str) -> None:
    write_files(tmp_path, {resource().path: spoil(parquet())})
    with pytest.raises(FetchError, match=reason):
        mirror(tmp_path, resource())


def test_shards_in_a_folder_are_read_in_order(tmp_path: Path) -> None:
    write_files(tmp_path, {f"{FOLDER}/{name}": content for name, content in SHARDS.items()})
    snapshots = open_fetcher(str(tmp_path)).fetch("source", resource(listing=True))
    assert [snapshot.resource for snapshot in snapshots] == [f"results/{name}" for name in SHARDS]
    assert len({snapshot.retrieved_at for snapshot in snapshots}) == 1
    with pytest.raises(FetchError, match="no such file"):
        open_fetcher(str(tmp_path)).fetch("source", resource())
    cap = sum(map(len, SHARDS.values())) - 1
    with pytest.raises(FetchError, match=r"00002-of-00003\.parquet: has .* allowed"):
        open_fetcher(str(tmp_path)).fetch("source", resource(listing=True, max_bytes=cap))


def test_shards_on_a_server_are_found_if_it_also_serves_the_listing(tmp_path: Path) -> None:
    listing = json.dumps([{"type": "file", "path": f"data/{name}"} for name in SHARDS]).encode()
    write_files(tmp_path, {f"{FOLDER}/{name}": content for name, content in SHARDS.items()})
    write_files(tmp_path, {"api/datasets/org/name/tree/main/data": listing})
    with serve(folder_handler(tmp_path)) as server:
        snapshots = open_fetcher(server.url("mirror")).fetch("source", resource(listing=True))
    assert [snapshot.content for snapshot in snapshots] == list(SHARDS.values())


def test_a_folder_with_shards_of_two_counts_is_refused(tmp_path: Path) -> None:
    names = [*SHARDS, "train-00000-of-00001.parquet"]
    write_files(tmp_path, {f"{FOLDER}/{name}": parquet() for name in names})
    with pytest.raises(FetchError, match="into 1 and 3 parts"):
        open_fetcher(str(tmp_path)).fetch("source", resource(listing=True))


def test_a_pipe_or_a_folder_instead_of_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / resource().path
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    with pytest.raises(FetchError, match="is not a file"):
        open_fetcher(str(tmp_path)).fetch("source", resource())
    path.unlink()
    path.mkdir()
    with pytest.raises(FetchError, match="is not a file"):
        open_fetcher(str(tmp_path)).fetch("source", resource())


def test_the_time_of_retrieval_is_the_modification_time_but_never_in_the_future(tmp_path: Path) -> None:
    write_files(tmp_path, {resource().path: parquet()})
    times = []
    for moment in (datetime(2026, 1, 2, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)):
        os.utime(tmp_path / resource().path, (moment.timestamp(), moment.timestamp()))
        (snapshot,) = FolderFetcher(tmp_path, FakeTime().clock()).fetch("source", resource())
        times.append(snapshot.retrieved_at)
    assert times == [datetime(2026, 1, 2, tzinfo=UTC), NOON]


def test_the_mirror_argument_selects_the_fetcher(tmp_path: Path) -> None:
    assert isinstance(open_fetcher(None), HttpFetcher)
    assert isinstance(MirrorFetcher(str(tmp_path)).fetcher, FolderFetcher)
    assert isinstance(MirrorFetcher("http://localhost:1/x").fetcher, ServerFetcher)


@pytest.mark.parametrize(
    "root", ["", "/nowhere/at/all", "http://", "http://user:pass@host/", "http://host/?q", "http://host/#x"]
)
def test_an_invalid_mirror_is_a_usage_error(root: str) -> None:
    with pytest.raises(UsageError):
        MirrorFetcher(root)


def test_a_redirect_of_a_mirror_to_a_live_host_is_refused() -> None:
    resolved: list[str] = []

    def spy(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    with serve(lambda _request, _count: redirect("https://huggingface.co/x")) as server:
        mirror = MirrorFetcher(server.url("mirror"), Downloader(resolve=spy))
        with pytest.raises(FetchError, match=r"redirects to https://huggingface\.co/x, which is on"):
            mirror.fetch("source", resource())
    assert resolved == ["127.0.0.1"]


@pytest.mark.parametrize(("value", "token"), [(None, None), ("", None), (" \n", None), ("hf_abc\n", "hf_abc")])
def test_the_token_for_the_hub_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, value: str | None, token: str | None
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("HF_TOKEN", value)
    fetcher = open_fetcher(None)
    assert isinstance(fetcher, HttpFetcher)
    assert (fetcher.downloader.token, fetcher.downloader.token_origin) == (token, "https://huggingface.co")
    assert "hf_abc" not in repr(fetcher)


@pytest.mark.parametrize("value", ["two words", "hf_ü", "hf\r\nX-Header: 1"])
def test_an_impossible_token_is_a_usage_error_that_does_not_repeat_it(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", value)
    with pytest.raises(UsageError, match="HF_TOKEN has characters that no token has") as error:
        open_fetcher(None)
    assert value not in str(error.value)


def test_a_mirror_gets_no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_abc")
    write_files(tmp_path, {resource().path: parquet()})
    with serve(folder_handler(tmp_path)) as server:
        open_fetcher(server.url("mirror")).fetch("source", resource())
    assert all("authorization" not in request.headers for request in server.requests)
