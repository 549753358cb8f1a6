"""Routes of the stand-in Hub for datasets: the part of the API that `huggingface_hub` uses to publish and pull.

A commit on a parent that is not the head gets the status 412.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.hub.state import LARGE, DatasetRepository, File, StandInHub, new_repository

CI_SECRET = "ci-secret"  # noqa: S105 - of a CI that exists for one test
TRUSTED_DATASET = "datasets/org/board"
"""The dataset that trusts the CI job."""
TREE_PAGE_SIZE = 7
"""Entries on a page of a tree; small, so that clients must follow the pages."""


def _error(status: int, code: str, text: str) -> Response:
    return JSONResponse({"error": text}, status, headers={"X-Error-Code": code, "X-Error-Message": text})


class DatasetRoutes:
    """One method per route."""

    def __init__(self, hub: StandInHub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        repo = "/api/datasets/{org}/{name}"
        plain = "/datasets/{org}/{name}"
        return [
            Route("/api/repos/create", self.create, methods=["POST"]),
            Route("/id-token", self.id_token),
            Route("/oauth/token", self.exchange_token, methods=["POST"]),
            Route("/api/validate-yaml", self.validate_card, methods=["POST"]),
            Route(repo, self.info),
            Route(repo + "/revision/{revision}", self.info),
            Route(repo + "/tree/{revision}", self.tree),
            Route(repo + "/refs", self.refs),
            Route(repo + "/preupload/{revision}", self.preupload, methods=["POST"]),
            Route(repo + "/commit/{revision}", self.commit, methods=["POST"]),
            Route(repo + "/tag/{revision}", self.tag, methods=["POST"]),
            Route("/datasets/{org}/{name}.git/info/lfs/objects/batch", self.lfs_batch, methods=["POST"]),
            Route("/lfs/{oid}", self.lfs_upload, methods=["PUT"]),
            Route("/lfs/{oid}/verify", self.lfs_verify, methods=["POST"]),
            Route("/cdn/{oid}", self.cdn_file),
            Route(plain + "/resolve/{revision}/{path:path}", self.resolve),
        ]

    def _repo(self, request: Request) -> DatasetRepository | None:
        return self.hub.datasets.get("{org}/{name}".format(**request.path_params))

    def _can_write(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.hub.token}"

    async def create(self, request: Request) -> Response:
        if not self._can_write(request):
            return _error(401, "", "Invalid credentials in Authorization header")
        asked = await request.json()
        name = f"{asked['organization']}/{asked['name']}"
        if name in self.hub.datasets:
            return JSONResponse({"error": "You already created this dataset repo", "url": name}, 409)
        self.hub.datasets[name] = new_repository()
        return JSONResponse({"url": f"{self.hub.endpoint}/datasets/{name}", "name": name, "id": name})

    async def id_token(self, request: Request) -> Response:
        """Return the identity token of a CI job, as GitHub does."""
        if request.headers.get("authorization") != f"Bearer {CI_SECRET}":
            return Response(status_code=401)
        return JSONResponse({"value": f"job for {request.query_params['audience']}"})

    async def exchange_token(self, request: Request) -> Response:
        asked = await request.json()
        if asked["subject_token"] != f"job for {self.hub.endpoint}" or asked["resource"] != TRUSTED_DATASET:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": self.hub.token, "token_type": "bearer", "expires_in": 3600})

    async def validate_card(self, request: Request) -> Response:
        asked = await request.json()
        is_valid = asked["content"].startswith("---\n") and "\n---\n" in asked["content"]
        return JSONResponse(
            {"errors": [] if is_valid else [{"message": "no head"}], "warnings": []}, 200 if is_valid else 400
        )

    async def info(self, request: Request) -> Response:
        repo = self._repo(request)
        if repo is None:
            return _error(404, "RepoNotFound", "Repository not found")
        commit = repo.find_commit(request.path_params.get("revision", "main"))
        if commit is None:
            return _error(404, "RevisionNotFound", "Invalid rev id")
        siblings = [{"rfilename": path} for path in sorted(commit.files)]
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
        commit = repo.find_commit(request.path_params["revision"]) if repo else None
        if commit is None:
            return _error(404, "RevisionNotFound", "Invalid rev id")
        folders = sorted({path.rpartition("/")[0] for path in commit.files if "/" in path})
        entries: list[dict[str, Any]] = [
            {"type": "directory", "oid": "0" * 40, "size": 0, "path": path} for path in folders
        ]
        entries += [_entry(path, file) for path, file in sorted(commit.files.items())]
        start = int(request.query_params.get("cursor", 0))
        following = f'<{request.url.include_query_params(cursor=start + TREE_PAGE_SIZE)}>; rel="next"'
        headers = {"Link": following} if start + TREE_PAGE_SIZE < len(entries) else {}
        return JSONResponse(entries[start : start + TREE_PAGE_SIZE], headers=headers)

    async def refs(self, request: Request) -> Response:
        repo = self._repo(request)
        if repo is None:
            return _error(404, "RepoNotFound", "Repository not found")
        branch = {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.commits[-1].id}
        tags = [{"name": name, "ref": f"refs/tags/{name}", "targetCommit": to} for name, to in repo.tags.items()]
        return JSONResponse({"branches": [branch], "converts": [], "tags": tags})

    async def preupload(self, request: Request) -> Response:
        repo = self._repo(request)
        if repo is None or not self._can_write(request):
            return _error(401, "", "Invalid credentials in Authorization header")
        tree = repo.commits[-1].files
        found = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if LARGE.search(file["path"]) or file["size"] > 10_000_000 else "regular",
                "shouldIgnore": False,
                "oid": _object_id(tree.get(file["path"])),
            }
            for file in (await request.json())["files"]
        ]
        return JSONResponse({"files": found})

    async def lfs_batch(self, request: Request) -> Response:
        if not self._can_write(request):
            return _error(401, "", "Invalid credentials in Authorization header")
        objects = []
        for wanted in (await request.json())["objects"]:
            address = f"{self.hub.endpoint}/lfs/{wanted['oid']}"
            upload = {"upload": {"href": address, "header": {}}, "verify": {"href": f"{address}/verify", "header": {}}}
            objects.append(wanted | ({} if wanted["oid"] in self.hub.large_files else {"actions": upload}))
        return JSONResponse({"transfer": "basic", "objects": objects}, media_type="application/vnd.git-lfs+json")

    async def lfs_upload(self, request: Request) -> Response:
        content = await request.body()
        if hashlib.sha256(content).hexdigest() != request.path_params["oid"]:
            return Response(status_code=400)
        self.hub.large_files[request.path_params["oid"]] = content
        return Response()

    async def lfs_verify(self, request: Request) -> Response:
        return Response(status_code=200 if request.path_params["oid"] in self.hub.large_files else 404)

    async def commit(self, request: Request) -> Response:
        repo = self._repo(request)
        lines = [json.loads(line) for line in (await request.body()).splitlines()]
        if repo is None or not self._can_write(request):
            return _error(401, "", "Invalid credentials in Authorization header")
        if self.hub.before_commit:
            meanwhile, self.hub.before_commit = self.hub.before_commit, None
            meanwhile()
        header = lines[0]["value"]
        if header.get("parentCommit") not in (None, repo.commits[-1].id):
            return _error(412, "", "A commit has happened since. Please refresh and try again.")
        tree = dict(repo.commits[-1].files)
        for line in lines[1:]:
            if (refused := self._apply(line["key"], line["value"], tree)) is not None:
                return refused
        made = repo.add_commit(tree, header["summary"])
        url = "{endpoint}/datasets/{org}/{name}/commit/".format(endpoint=self.hub.endpoint, **request.path_params)
        return JSONResponse({"success": True, "commitOid": made, "commitUrl": url + made})

    def _apply(self, key: str, value: dict[str, Any], tree: dict[str, File]) -> Response | None:
        match key:
            case "file":
                tree[value["path"]] = File(base64.b64decode(value["content"]), is_large=False)
            case "lfsFile":
                if value["oid"] not in self.hub.large_files:
                    return _error(400, "", f"LFS pointer pointed to a file that does not exist: {value['path']}")
                tree[value["path"]] = File(self.hub.large_files[value["oid"]], is_large=True)
            case "deletedFile":
                if tree.pop(value["path"], None) is None:
                    return _error(404, "EntryNotFound", "A file with this name doesn't exist")
        return None

    async def tag(self, request: Request) -> Response:
        repo = self._repo(request)
        if repo is None or not self._can_write(request):
            return _error(401, "", "Invalid credentials in Authorization header")
        name, commit = (await request.json())["tag"], repo.find_commit(request.path_params["revision"])
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
        commit = repo.find_commit(unquote(request.path_params["revision"]))
        if commit is None:
            return _error(404, "RevisionNotFound", "Invalid rev id")
        file = commit.files.get(request.path_params["path"])
        headers = {"X-Repo-Commit": commit.id, "Accept-Ranges": "bytes"}
        if file is None:
            missing = _error(404, "EntryNotFound", "Entry not found")
            missing.headers.update(headers)
            return missing
        if file.is_large:
            linked = {
                "X-Linked-Etag": f'"{file.sha256}"',
                "X-Linked-Size": str(len(file.content)),
                "ETag": f'"{file.blob_id}"',
            }
            return RedirectResponse(f"{self.hub.cdn}/cdn/{file.sha256}", 302, headers=headers | linked)
        return _range_response(request, file.content, headers | {"ETag": f'"{file.blob_id}"'})

    async def cdn_file(self, request: Request) -> Response:
        self.hub.cdn_authorizations += request.headers.getlist("authorization")
        content = self.hub.large_files.get(request.path_params["oid"])
        if content is None:
            return Response(status_code=404)
        return _range_response(request, content, {"Accept-Ranges": "bytes", "ETag": f'"{request.path_params["oid"]}"'})


def _entry(path: str, file: File) -> dict[str, Any]:
    large = {"lfs": {"oid": file.sha256, "size": len(file.content), "pointerSize": 134}} if file.is_large else {}
    return {"type": "file", "oid": file.blob_id, "size": len(file.content), "path": path} | large


def _object_id(file: File | None) -> str | None:
    return None if file is None else file.sha256 if file.is_large else file.blob_id


def _range_response(request: Request, content: bytes, headers: Mapping[str, str]) -> Response:
    """Return the whole content, or the requested range of bytes."""
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if not wanted:
        return Response(content, headers=dict(headers), media_type="application/octet-stream")
    first, last = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
    part = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
    return Response(content[first : last + 1], 206, headers=dict(headers) | part, media_type="application/octet-stream")
