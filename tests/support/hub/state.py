"""State of the stand-in Hub: repositories, commits, large files, tags, models, faults, and the received requests."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

from starlette.types import Scope

TOKEN = "hf_standin"  # noqa: S105 - the password of a server that runs for one test
LARGE = re.compile(r"\.(parquet|duckdb)$")
MODEL_DEFAULTS: dict[str, Any] = {
    "createdAt": "2024-01-05T10:00:00.000Z",
    "lastModified": "2024-02-01T00:00:00.000Z",
    "downloads": 1000,
    "likes": 10,
    "gated": False,
    "tags": ["license:apache-2.0"],
    "cardData": {"license": "apache-2.0"},
}

Effect = Literal["before", "after", "cut before", "cut after", "cut while reading"]
"""When a fault happens: before or after the request has its effect; "cut" closes the connection without a response."""


@dataclass
class Fault:
    """Fails the next `times` requests that match, with a status or by cutting the connection."""

    method: str
    path: str
    effect: Effect
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1

    def matches(self, scope: Scope) -> bool:
        return self.times > 0 and scope["method"] == self.method and re.search(self.path, scope["path"]) is not None


@dataclass(frozen=True)
class HubRequest:
    """One received request."""

    method: str
    path: str
    query: str
    authorization: str | None


@dataclass(frozen=True)
class File:
    """One file of a commit; the content of a large one is stored under its SHA-256."""

    content: bytes
    is_large: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def blob_id(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.content) + self.content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Commit:
    """A revision: its id, its title, and all files by path."""

    id: str
    title: str
    files: Mapping[str, File]


@dataclass
class DatasetRepository:
    """One dataset repository with the branch `main`, newest commit last."""

    commits: list[Commit]
    tags: dict[str, str] = field(default_factory=dict)

    def find_commit(self, revision: str) -> Commit | None:
        wanted = self.tags.get(revision, revision)
        if wanted == "main":
            return self.commits[-1]
        return next((commit for commit in self.commits if commit.id == wanted), None)

    def add_commit(self, files: Mapping[str, File], title: str) -> str:
        """Add a commit with exactly `files`; return its id."""
        text = json.dumps([self.commits[-1].id, title, {path: file.sha256 for path, file in sorted(files.items())}])
        made = Commit(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), title, dict(files))
        self.commits.append(made)
        return made.id


def new_repository() -> DatasetRepository:
    attributes = File(b"*.parquet filter=lfs", is_large=False)
    return DatasetRepository([Commit("0" * 40, "initial commit", {".gitattributes": attributes})])


def model_record(hub_id: str, **fields: object) -> dict[str, Any]:
    """Return one object of the model API with all fields, as the Hub returns it without `expand`."""
    return {"_id": "6", "id": hub_id, "author": hub_id.partition("/")[0], "private": False, **MODEL_DEFAULTS, **fields}


@dataclass
class StandInHub:
    """The state of the server; a test fills it and reads the requests from it."""

    endpoint: str = ""
    token: str = TOKEN
    """The only valid token."""
    faults: list[Fault] = field(default_factory=list)
    requests: list[HubRequest] = field(default_factory=list)

    datasets: dict[str, DatasetRepository] = field(default_factory=dict)
    large_files: dict[str, bytes] = field(default_factory=dict)
    before_commit: Callable[[], object] | None = None
    """Called once, before the next commit is checked: another publisher at that moment."""
    cdn_authorizations: list[str] = field(default_factory=list)
    """The `Authorization` headers that clients sent to the host of large files."""

    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    moved_models: dict[str, str] = field(default_factory=dict)
    """New ids, or URLs, by old id."""
    gated_models: set[str] = field(default_factory=set)
    unlisted_models: set[str] = field(default_factory=set)
    """Ids that the list of their author lacks."""
    page_size: int = 1000
    last_allowed_request: int = -1
    """The number of the request, from 0, after which the rate limit is used up."""

    @property
    def cdn(self) -> str:
        """The address of large files: another host, as with the real Hub."""
        return self.endpoint.replace("127.0.0.1", "localhost")

    @property
    def request_lines(self) -> list[str]:
        """The received requests as `METHOD path`."""
        return [f"{request.method} {request.path}" for request in self.requests]

    @property
    def model_requests(self) -> list[str]:
        """The ids that were requested from the model API; a list of models is `list:AUTHOR`."""
        requests = [request for request in self.requests if request.path.startswith("/api/models")]
        return [
            f"list:{dict(parse_qsl(request.query))['author']}"
            if request.path == "/api/models"
            else request.path.removeprefix("/api/models/")
            for request in requests
        ]

    def commit(self, repository: str, files: Mapping[str, bytes], title: str = "by hand") -> str:
        """Add `files` to the newest commit of `repository`, as another publisher would; return the new commit."""
        found = self.datasets.setdefault(repository, new_repository())
        added = {path: File(content, bool(LARGE.search(path))) for path, content in files.items()}
        self.large_files |= {file.sha256: file.content for file in added.values() if file.is_large}
        return found.add_commit({**found.commits[-1].files, **added}, title)

    def add_models(self, *hub_ids: str, **fields: object) -> None:
        self.models |= {hub_id: model_record(hub_id, **fields) for hub_id in hub_ids}
