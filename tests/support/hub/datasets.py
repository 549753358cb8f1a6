"""A stand-in for the Hub on loopback: the parts of its API that `huggingface_hub` really uses for datasets.

It keeps commits, trees, large files and tags in memory, answers a commit on a parent that is not the head with
412, and can be told to fail at any step, before or after the step had its effect.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from tests.support.hub.state import LARGE, File, Hub, Repo, add, new_repo

CI_SECRET = "ci-secret"  # noqa: S105 - of a CI that lives for one test
TRUSTED = "datasets/org/board"
"""The dataset that trusts the job."""
PAGE = 7
"""Entries in a page of a tree, so that clients have to follow the pages."""


def _error(status: int, code: str, text: str) -> Response:
    return JSONResponse({"error": text}, status, headers={"X-Error-Code": code, "X-Error-Message": text})


class Answers:
    """One method an endpoint."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        repo = "/api/datasets/{org}/{name}"
        plain = "/datasets/{org}/{name}"
        return [
            Route("/api/repos/create", self.create, methods=["POST"]),
            Route("/id-token", self.id_token),
            Route("/oauth/token", self.exchange, methods=["POST"]),
            Route("/api/validate-yaml", self.validate, methods=["POST"]),
            Route(repo, self.info),
            Route(repo + "/revision/{revision}", self.info),
            Route(repo + "/tree/{revision}", self.tree),
            Route(repo + "/refs", self.refs),
            Route(repo + "/preupload/{revision}", self.preupload, methods=["POST"]),
            Route(repo + "/commit/{revision}", self.commit, methods=["POST"]),
            Route(repo + "/tag/{revision}", self.tag, methods=["POST"]),
            Route("/datasets/{org}/{name}.git/info/lfs/objects/batch", self.batch, methods=["POST"]),
            Route("/lfs/{oid}", self.upload, methods=["PUT"]),
            Route("/lfs/{oid}/verify", self.verify, methods=["POST"]),
            Route("/cdn/{oid}", self.large),
            Route(plain + "/resolve/{revision}/{path:path}", self.resolve),
        ]

    def _repo(self, request: Request) -> Repo | None:
        return self.hub.repos.get("{org}/{name}".format(**request.path_params))

    def _may_write(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.hub.token}"

    async def create(self, request: Request) -> Response:
        if not self._may_write(request):
            return _error(401, "", "Invalid credentials in Authorization header")
        asked = await request.json()
        name = f"{asked['organization']}/{asked['name']}"
        if name in self.hub.repos:
            return JSONResponse({"error": "You already created this dataset repo", "url": name}, 409)
        self.hub.repos[name] = new_repo()
        return JSONResponse({"url": f"{self.hub.endpoint}/datasets/{name}", "name": name, "id": name})

    async def id_token(self, request: Request) -> Response:
        """Answer as GitHub does when a job asks who it is."""
        if request.headers.get("authorization") != f"Bearer {CI_SECRET}":
            return Response(status_code=401)
        return JSONResponse({"value": f"job for {request.query_params['audience']}"})

    async def exchange(self, request: Request) -> Response:
        asked = await request.json()
        if asked["subject_token"] != f"job for {self.hub.endpoint}" or asked["resource"] != TRUSTED:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": self.hub.token, "token_type": "bearer", "expires_in": 3600})

    async def validate(self, request: Request) -> Response:
        asked = await request.json()
        sound = asked["content"].startswith("---\n") and "\n---\n" in asked["content"]
        return JSONResponse(
            {"errors": [] if sound else [{"message": "no head"}], "warnings": []}, 200 if sound else 400
        )

    async def info(self, request: Request) -> Response:
        repo = self._repo(request)
        if repo is None:
            return _error(404, "RepoNotFound", "Repository not found")
        commit = repo.at(request.path_params.get("revision", "main"))
        if commit is None:
            return _error(404, "RevisionNotFound", "Invalid rev id")
        siblings = [{"rfilename": path} for path in sorted(commit.tree)]
        return JSONResponse(
            {
                "_id": "1",
                "id": "{org}/{name}".format(**request.path_params),
                "sha": commit.id,
                "siblings": siblings,
                "private": False,
                "tags": [],
                "downloads": 0,
                "likes": 0,
            }
        )

    async def tree(self, request: Request) -> Response:
        repo = self._repo(request)
        commit = repo.at(request.path_params["revision"]) if repo else None
        if commit is None:
            return _error(404, "RevisionNotFound", "Invalid rev id")
        folders = sorted({path.rpartition("/")[0] for path in commit.tree if "/" in path})
        entries: list[dict[str, Any]] = [
            {"type": "directory", "oid": "0" * 40, "size": 0, "path": path} for path in folders
        ]
        entries += [_entry(path, file) for path, file in sorted(commit.tree.items())]
        start = int(request.query_params.get("cursor", 0))
        following = f'<{request.url.include_query_params(cursor=start + PAGE)}>; rel="next"'
        headers = {"Link": following} if start + PAGE < len(entries) else {}
        return JSONResponse(entries[start : start + PAGE], headers=headers)

    async def refs(self, request: Request) -> Response:
        repo = self._repo(request)
        if repo is None:
            return _error(404, "RepoNotFound", "Repository not found")
        branch = {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.commits[-1].id}
        tags = [{"name": name, "ref": f"refs/tags/{name}", "targetCommit": to} for name, to in repo.tags.items()]
        return JSONResponse({"branches": [branch], "converts": [], "tags": tags})

    async def preupload(self, request: Request) -> Response:
        repo = self._repo(request)
        if repo is None or not self._may_write(request):
            return _error(401, "", "Invalid credentials in Authorization header")
        tree = repo.commits[-1].tree
        found = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if LARGE.search(file["path"]) or file["size"] > 10_000_000 else "regular",
                "shouldIgnore": False,
                "oid": _remote_id(tree.get(file["path"])),
            }
            for file in (await request.json())["files"]
        ]
        return JSONResponse({"files": found})

    async def batch(self, request: Request) -> Response:
        if not self._may_write(request):
            return _error(401, "", "Invalid credentials in Authorization header")
        objects = []
        for wanted in (await request.json())["objects"]:
            address = f"{self.hub.endpoint}/lfs/{wanted['oid']}"
            upload = {"upload": {"href": address, "header": {}}, "verify": {"href": f"{address}/verify", "header": {}}}
            objects.append(wanted | ({} if wanted["oid"] in self.hub.large else {"actions": upload}))
        return JSONResponse({"transfer": "basic", "objects": objects}, media_type="application/vnd.git-lfs+json")

    async def upload(self, request: Request) -> Response:
        content = await request.body()
        if hashlib.sha256(content).hexdigest() != request.path_params["oid"]:
            return Response(status_code=400)
        self.hub.large[request.path_params["oid"]] = content
        return Response()

    async def verify(self, request: Request) -> Response:
        return Response(status_code=200 if request.path_params["oid"] in self.hub.large else 404)

    async def commit(self, request: Request) -> Response:
        repo = self._repo(request)
        lines = [json.loads(line) for line in (await request.body()).splitlines()]
        if repo is None or not self._may_write(request):
            return _error(401, "", "Invalid credentials in Authorization header")
        if self.hub.before_commit:
            meanwhile, self.hub.before_commit = self.hub.before_commit, None
            meanwhile()
        header = lines[0]["value"]
        if header.get("parentCommit") not in (None, repo.commits[-1].id):
            return _error(412, "", "A commit has happened since. Please refresh and try again.")
        tree = dict(repo.commits[-1].tree)
        for line in lines[1:]:
            if (refused := self._apply(line["key"], line["value"], tree)) is not None:
                return refused
        made = add(repo, tree, header["summary"])
        url = "{endpoint}/datasets/{org}/{name}/commit/".format(endpoint=self.hub.endpoint, **request.path_params)
        return JSONResponse({"success": True, "commitOid": made, "commitUrl": url + made})

    def _apply(self, key: str, value: dict[str, Any], tree: dict[str, File]) -> Response | None:
        match key:
            case "file":
                tree[value["path"]] = File(base64.b64decode(value["content"]), large=False)
            case "lfsFile":
                if value["oid"] not in self.hub.large:
                    return _error(400, "", f"LFS pointer pointed to a file that does not exist: {value['path']}")
                tree[value["path"]] = File(self.hub.large[value["oid"]], large=True)
            case "deletedFile":
                if tree.pop(value["path"], None) is None:
                    return _error(404, "EntryNotFound", "A file with this name doesn't exist")
        return None

    async def tag(self, request: Request) -> Response:
        repo = self._repo(request)
        if repo is None or not self._may_write(request):
            return _error(401, "", "Invalid credentials in Authorization header")
        name, commit = (await request.json())["tag"], repo.at(request.path_params["revision"])
        if name in repo.tags:
            return _error(409, "", "Tag reference exists already")
        if commit is None:
            return _error(404, "RevisionNotFound", "Invalid rev id")
        repo.tags[name] = commit.id
        return JSONResponse({})

    async def resolve(self, request: Request) -> Response:
        repo = self._repo(request)
        if repo is None:
            return _error(404, "RepoNotFound", "Repository not found")
        commit = repo.at(unquote(request.path_params["revision"]))
        if commit is None:
            return _error(404, "RevisionNotFound", "Invalid rev id")
        file = commit.tree.get(request.path_params["path"])
        headers = {"X-Repo-Commit": commit.id, "Accept-Ranges": "bytes"}
        if file is None:
            missing = _error(404, "EntryNotFound", "Entry not found")
            missing.headers.update(headers)
            return missing
        if file.large:
            linked = {
                "X-Linked-Etag": f'"{file.sha256}"',
                "X-Linked-Size": str(len(file.content)),
                "ETag": f'"{file.blob}"',
            }
            return RedirectResponse(f"{self.hub.elsewhere}/cdn/{file.sha256}", 302, headers=headers | linked)
        return _ranged(request, file.content, headers | {"ETag": f'"{file.blob}"'})

    async def large(self, request: Request) -> Response:
        self.hub.told_elsewhere += request.headers.getlist("authorization")
        content = self.hub.large.get(request.path_params["oid"])
        if content is None:
            return Response(status_code=404)
        return _ranged(request, content, {"Accept-Ranges": "bytes", "ETag": f'"{request.path_params["oid"]}"'})


def _entry(path: str, file: File) -> dict[str, Any]:
    large = {"lfs": {"oid": file.sha256, "size": len(file.content), "pointerSize": 134}} if file.large else {}
    return {"type": "file", "oid": file.blob, "size": len(file.content), "path": path} | large


def _remote_id(file: File | None) -> str | None:
    return None if file is None else file.sha256 if file.large else file.blob


def _ranged(request: Request, content: bytes, headers: Mapping[str, str]) -> Response:
    """Return the whole, or the range that was asked for."""
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if not wanted:
        return Response(content, headers=dict(headers), media_type="application/octet-stream")
    first, last = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
    part = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
    return Response(content[first : last + 1], 206, headers=dict(headers) | part, media_type="application/octet-stream")


class Faulty:
    """Stands before the app and fails as it was told."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], hub: Hub) -> None:
        self.app = app
        self.hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.hub.asked.append(f"{scope['method']} {scope['path']}")
        fault = next((fault for fault in self.hub.faults if fault.fits(scope)), None)
        if fault is None:
            await self.app(scope, receive, send)
            return
        fault.times -= 1
        if fault.effect == "cut while reading":
            await receive()
        elif fault.effect.endswith("before"):
            await _drained(receive)
        else:
            await self.app(scope, receive, _unheard)
        if fault.effect.startswith("cut"):
            # Uvicorn's sender belongs to the connection, and only the connection can be cut.
            cycle = send.__self__  # type: ignore[attr-defined]
            cycle.disconnected = True
            cycle.transport.abort()
        else:
            await Response("told to fail", fault.status, headers=dict(fault.headers))(scope, receive, send)


async def _unheard(message: Message) -> None:
    """Take an answer that nobody will get."""


async def _drained(receive: Receive) -> None:
    """Read the whole request, so that the next one on the same connection begins where it should."""
    while (await receive()).get("more_body"):
        pass


@contextmanager
def serving() -> Iterator[Hub]:
    """Run a stand-in Hub in a thread until the block ends."""
    hub = Hub()
    app = Faulty(Starlette(routes=Answers(hub).routes()), hub)
    server = uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", proxy_headers=False, ws="none"
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    hub.endpoint = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield hub
    finally:
        server.should_exit = True
        thread.join(10)
