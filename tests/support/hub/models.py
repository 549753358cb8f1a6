"""A stand-in for the Hub's model API on loopback, in the shapes that the Hub documents."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from tests.support.fault_server import Asked, FaultServer, Piece, redirect, serving, whole

DEFAULTS: dict[str, Any] = {
    "createdAt": "2024-01-05T10:00:00.000Z",
    "lastModified": "2024-02-01T00:00:00.000Z",
    "downloads": 1000,
    "likes": 10,
    "gated": False,
    "tags": ["license:apache-2.0"],
    "cardData": {"license": "apache-2.0"},
}


def model(hub_id: str, **fields: object) -> dict[str, Any]:
    """Return one object of the model API with all fields, as they stand without `expand`."""
    return {"_id": "6", "id": hub_id, "author": hub_id.partition("/")[0], "private": False, **DEFAULTS, **fields}


@dataclass
class Hub:
    """What the stand-in knows and how it behaves."""

    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    page: int = 1000
    busy: dict[int, Mapping[str, str]] = field(default_factory=dict)
    """Requests, counted from 0, that are answered with 429 and these headers."""
    spent_at: int = -1
    """The request after which the window is used up."""
    token: str | None = None
    """The one token that is known."""
    down: set[str] = field(default_factory=set)
    """Ids and authors whose requests are answered with 500."""
    server: FaultServer | None = None

    @property
    def url(self) -> str:
        assert self.server
        return f"http://{self.server.endpoint}"

    @property
    def asked(self) -> list[str]:
        """Paths that were asked for, without their queries; a list is `list:AUTHOR`."""
        assert self.server
        return [_short(asked.target) for asked in self.server.asked]

    def add(self, *hub_ids: str, **fields: object) -> None:
        self.models |= {hub_id: model(hub_id, **fields) for hub_id in hub_ids}

    def answer(self, asked: Asked, count: int) -> list[Piece]:
        parts = urlsplit(asked.target)
        query = parse_qsl(parts.query)
        said = {"X-HF-Warning": "unauthenticated", "RateLimit_Policy": '"fixed window";"api";q=500;w=300'}
        said["RateLimit"] = f'"api";r={0 if count == self.spent_at else 499};t=55'
        if count in self.busy:
            return whole(
                b'{"error":"We had to rate limit you"}', 429, Content_Type="application/json", **self.busy[count]
            )
        if _short(asked.target).removeprefix("list:") in self.down:
            return whole(b'{"error":"Internal"}', 500)
        authorization = asked.headers.get("authorization")
        if authorization and authorization != f"Bearer {self.token}":
            return whole(b"{}", 401, X_Error_Message="Invalid credentials in Authorization header")
        if parts.path == "/api/models":
            return self._list(dict(query), [value for name, value in query if name == "expand[]"], said)
        return self._one(unquote(parts.path.removeprefix("/api/models/")), parts.query, query, said)

    def _list(self, query: Mapping[str, str], expand: list[str], said: Mapping[str, str]) -> list[Piece]:
        # The author is compared letter by letter, and a page holds at most 1,000.
        mine = [m for m in self.models.values() if m["author"] == query["author"] and m["id"] not in self.unlisted]
        mine.sort(key=lambda m: -m["downloads"])
        start, size = int(query.get("cursor", 0)), min(self.page, int(query["limit"]))
        more = {}
        if start + size < len(mine):
            rest = "&".join(f"{n}={v}" for n, v in query.items() if n not in ("cursor", "expand[]"))
            names = "&".join(f"expand[]={name}" for name in expand)
            more = {"Link": f'<{self.url}/api/models?{rest}&{names}&cursor={start + size}>; rel="next"'}
        body = json.dumps([_expanded(m, expand) for m in mine[start : start + size]]).encode()
        return whole(body, 200, Content_Type="application/json", **said, **more)

    def _one(self, hub_id: str, text: str, query: list[tuple[str, str]], said: Mapping[str, str]) -> list[Piece]:
        if hub_id in self.moved:
            to = self.moved[hub_id]
            return redirect(to if to.startswith("http") else f"/api/models/{to}?{text}", 307)
        if hub_id in self.gated:
            return whole(b"{}", 403, X_Error_Code="GatedRepo", **said)
        found = next((m for m in self.models.values() if m["id"].lower() == hub_id.lower()), None)
        if found is None:
            code = (
                {"X_Error_Code": "RepoNotFound"} if self.token else {"X_Error_Message": "Invalid username or password."}
            )
            return whole(b'{"error":"Repository not found"}', 404 if self.token else 401, **said, **code)
        body = json.dumps(_expanded(found, [value for name, value in query if name == "expand[]"])).encode()
        return whole(body, 200, Content_Type="application/json", **said)


def _expanded(record: Mapping[str, Any], expand: list[str]) -> dict[str, Any]:
    """Return only what was asked for: `expand` drops all other fields."""
    return {name: value for name, value in record.items() if name in ("_id", "id", *expand)}


def _short(target: str) -> str:
    parts = urlsplit(target)
    if parts.path == "/api/models":
        return f"list:{dict(parse_qsl(parts.query))['author']}"
    return unquote(parts.path.removeprefix("/api/models/"))


@contextmanager
def standing(hub: Hub) -> Iterator[Hub]:
    """Serve `hub` until the block ends."""
    with serving(hub.answer) as server:
        hub.server = server
        yield hub


@pytest.fixture
def models_hub() -> Iterator[Hub]:
    """Return a running stand-in of the Hub's model API; a test fills it."""
    with standing(Hub()) as running:
        yield running
