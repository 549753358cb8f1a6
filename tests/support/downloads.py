"""Bodies, requests and clients of the download tests, and a handler that responds like the Hub."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from aggregator.fetch.addresses import AllowList
from aggregator.fetch.download import Downloader, Request
from aggregator.fetch.limits import Clock, Limits
from aggregator.model import Resource
from aggregator.store.files import sha256_hex
from tests.support.clocks import FakeTime
from tests.support.fault_server import FaultServer, Handler, Piece, RecordedRequest, redirect, response

FOLDER = "datasets/org/name/data"


def parquet(rows: int = 50) -> bytes:
    file = io.BytesIO()
    table = {"name": [f"model {row}" for row in range(rows)], "score": [row / 7 for row in range(rows)]}
    pl.DataFrame(table).write_parquet(file)
    return file.getvalue()


JSON = json.dumps({"rows": [{"model": f"org/model-{row}", "score": row / 3} for row in range(200)]}).encode()
PARQUET = parquet()
SHARDS = {f"train-{index:05d}-of-00003.parquet": parquet(10 + index) for index in range(3)}


def allow(server: FaultServer) -> AllowList:
    """Return an allow-list with only this server."""
    return AllowList(hosts=(), endpoints=frozenset({server.endpoint}))


def downloader(server: FaultServer, time: FakeTime | None = None, **limits: float) -> Downloader:
    return Downloader(
        allow_list=allow(server),
        limits=replace(Limits(), **limits),  # type: ignore[arg-type] # each test gives the limits it is about
        clock=time.clock() if time else Clock(),
    )


def request_for(server: FaultServer, media: str = "json", max_bytes: int = 1 << 20) -> Request:
    return Request(server.url("file"), media, max_bytes)


def resource(server: FaultServer | None = None, *, listing: bool = False, max_bytes: int = 1 << 20) -> Resource:
    base = server.url("") if server else "https://huggingface.co/"
    return Resource(
        name="results",
        path=f"{FOLDER}/train-00000-of-00001.parquet",
        url=f"{base}datasets/org/name/resolve/main/data/train-00000-of-00001.parquet",
        max_bytes=max_bytes,
        listing=f"{base}api/datasets/org/name/tree/main/data" if listing else None,
    )


def hub_handler(files: Mapping[str, bytes], *, wrong_digest: str = "", page: int = 100) -> Handler:
    """Respond like the Hub: a listing in pages, and a redirect with the revision for each file."""

    def handler(request: RecordedRequest, _count: int) -> Sequence[Piece]:
        path, _, query = request.target.partition("?")
        name = path.rpartition("/")[2]
        if path.startswith("/api/"):
            return _listing(files, path, int(query or 0), page, wrong_digest)
        if name not in files:
            return response(b"Entry not found", 404)
        if path.startswith("/cdn/"):
            return response(files[name], ETag=f'"{name}"')
        return redirect(f"/cdn/{name}", X_Repo_Commit="c" * 40)

    return handler


def _listing(files: Mapping[str, bytes], path: str, start: int, page: int, wrong_digest: str) -> Sequence[Piece]:
    rows = [
        {"type": "file", "path": f"data/{name}", "size": len(body), "lfs": {"oid": wrong_digest or sha256_hex(body)}}
        for name, body in sorted(files.items(), reverse=True)
    ]
    link = {"Link": f'<{path}?{start + page}>; rel="next"'} if start + page < len(rows) else {}
    entries = [{"type": "directory", "path": "data/old"}, *rows[start : start + page]]
    return response(json.dumps(entries).encode(), **link)
