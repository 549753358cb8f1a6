"""Stand-ins on loopback for the hosts of boards: GitHub (raw files and contents API) and the Hub's benchmark API."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from aggregator.model import Resource
from aggregator.store.files import sha256_hex
from tests.support.fault_server import FaultServer, Piece, RecordedRequest, response, response_head

REPOSITORY = "board/site"
FOLDER = "public"
EDITIONS = {
    f"table_{day}.csv": f"model,score\nalpha,{score}\nbeta,2.5\n".encode()
    for score, day in enumerate(("2025_11_25", "2025_12_23", "2026_01_08"), 1)
}
PATTERN = r"table_\d{4}_\d\d_\d\d\.csv"


@dataclass
class GitHub:
    """A repository as GitHub serves it; change the fields between two requests."""

    files: dict[str, bytes] = field(default_factory=lambda: dict(EDITIONS) | {"notes.txt": b"notes"})
    reset_at: int | None = None
    """The rate limit of the API is used up until then (seconds since 1970)."""
    retry_after: int | None = None
    """The API answers 403 with this `Retry-After`, as for too many requests at once."""
    listing_status: int = 200

    def __call__(self, request: RecordedRequest, _count: int) -> Sequence[Piece]:
        path = unquote(request.target.partition("?")[0]).removeprefix("/")
        if path.startswith("repos/"):
            return self._contents(request, path)
        content = self.files.get(path.removeprefix(f"{REPOSITORY}/main/{FOLDER}/"))
        if content is None:
            return response(b"404: Not Found", 404, Content_Type="text/plain")
        return _with_etag(request, content, Content_Type="text/plain; charset=utf-8")

    def _contents(self, request: RecordedRequest, path: str) -> Sequence[Piece]:
        message = json.dumps({"message": "API rate limit exceeded"}).encode()
        if self.reset_at is not None:
            return response(message, 403, X_RateLimit_Remaining=0, X_RateLimit_Reset=self.reset_at)
        if self.retry_after is not None:
            return response(message, 403, Retry_After=self.retry_after)
        if self.listing_status != 200 or path != f"repos/{REPOSITORY}/contents/{FOLDER}":
            return response(message, 404 if self.listing_status == 200 else self.listing_status)
        entries = [
            {"name": name, "path": f"{FOLDER}/{name}", "size": len(body), "type": "file", "sha": sha256_hex(body)[:40]}
            for name, body in self.files.items()
        ]
        entries.append({"name": "table_2020_01_01.csv", "path": f"{FOLDER}/table_2020_01_01.csv", "type": "dir"})
        return _with_etag(request, json.dumps(entries).encode(), X_RateLimit_Remaining=59, X_RateLimit_Reset=2**31)

    @staticmethod
    def resource(server: FaultServer, api: FaultServer | None = None, **changes: object) -> Resource:
        """Return the set of all editions, as `github.repository_files` declares it; `api` is another server for it."""
        values: dict[str, object] = {
            "name": "table",
            "path": f"github/{REPOSITORY}/{FOLDER}/table_2026_01_08.csv",
            "url": server.url(f"{REPOSITORY}/main/{FOLDER}/table_2026_01_08.csv"),
            "max_bytes": 1 << 20,
            "media": "csv",
            "listing": (api or server).url(f"repos/{REPOSITORY}/contents/{FOLDER}?ref=main"),
            "pattern": PATTERN,
        }
        return Resource(**(values | changes))  # type: ignore[arg-type] # each test gives the fields it is about


@dataclass
class BenchmarkHub:
    """The Hub's list of benchmarks, in pages, and the leaderboard of each."""

    boards: dict[str, bytes] = field(
        default_factory=lambda: {
            f"org/{name}": json.dumps([{"rank": 1, "modelId": "a/b", "value": value}]).encode()
            for value, name in enumerate(("gpqa", "hle", "aime_2026", "swe-bench.verified"))
        }
    )
    page: int = 3
    token: str | None = None
    """If set, a request with another token is refused with 401."""
    private: frozenset[str] = frozenset()
    """Boards that need the token."""
    missing: frozenset[str] = frozenset()
    """Listed benchmarks without a leaderboard."""
    rate_limit: str | None = None
    """The `RateLimit` header of every response."""

    def __call__(self, request: RecordedRequest, _count: int) -> Sequence[Piece]:
        authorization = request.headers.get("authorization")
        if self.token and authorization not in (None, f"Bearer {self.token}"):
            return response(b"{}", 401, X_Error_Message="Invalid credentials in Authorization header")
        path, _, query = unquote(request.target).partition("?")
        headers = {"RateLimit": self.rate_limit} if self.rate_limit else {}
        if path == "/api/datasets":
            return self._list(int(query.rpartition("cursor=")[2] if "cursor=" in query else 0), headers)
        found = path.removeprefix("/api/datasets/").removesuffix("/leaderboard")
        if found in self.private and authorization is None:
            return response(b"{}", 401)
        if found not in self.boards or found in self.missing:
            return response(b"{}", 404)
        return _with_etag(request, self.boards[found], **headers)

    def _list(self, start: int, headers: dict[str, str]) -> Sequence[Piece]:
        entries = [{"id": name, "tags": ["benchmark:official"]} for name in self.boards][start : start + self.page]
        if start + self.page < len(self.boards):
            headers = headers | {"Link": f'</api/datasets?filter=benchmark&cursor={start + self.page}>; rel="next"'}
        return response(json.dumps(entries).encode(), **headers)

    @staticmethod
    def resource(server: FaultServer, **changes: object) -> Resource:
        """Return the set of the leaderboards of all benchmarks."""
        values: dict[str, object] = {
            "name": "boards",
            "path": "api/benchmarks/list.json",
            "url": server.url("api/datasets?filter=benchmark"),
            "max_bytes": 1 << 20,
            "media": "json",
            "follow": server.url("api/datasets/{id}/leaderboard"),
        }
        return Resource(**(values | changes))  # type: ignore[arg-type] # each test gives the fields it is about


def _with_etag(request: RecordedRequest, body: bytes, **headers: object) -> Sequence[Piece]:
    """Respond with a weak ETag, and with 304 if the request has its strong form."""
    etag = f'"{sha256_hex(body)[:16]}"'
    if etag in request.headers.get("if-none-match", ""):
        return [response_head(304, ETag=etag, **headers)]
    return response(body, ETag=f"W/{etag}", **headers)
