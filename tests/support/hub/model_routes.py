"""Routes of the stand-in Hub for the model API: one model, and the list of an author's models in pages."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.hub.state import StandInHub


class ModelRoutes:
    """One method per route."""

    def __init__(self, hub: StandInHub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        return [Route("/api/models", self.list_models), Route("/api/models/{hub_id:path}", self.model)]

    async def list_models(self, request: Request) -> Response:
        if refusal := self._refuse_token(request):
            return refusal
        query, hub = request.query_params, self.hub
        # The Hub compares the author with case, and a page has at most 1,000 models.
        listed = [
            m for m in hub.models.values() if m["author"] == query["author"] and m["id"] not in hub.unlisted_models
        ]
        listed.sort(key=lambda model: -model["downloads"])
        start = int(query.get("cursor", 0))
        end = start + min(hub.page_size, int(query["limit"]))
        link = f'<{request.url.include_query_params(cursor=end)}>; rel="next"'
        headers = {"Link": link} if end < len(listed) else {}
        body = [_expanded(model, query.getlist("expand[]")) for model in listed[start:end]]
        return JSONResponse(body, headers=self._rate_limit() | headers)

    async def model(self, request: Request) -> Response:
        if refusal := self._refuse_token(request):
            return refusal
        hub_id, hub = request.path_params["hub_id"], self.hub
        if hub_id in hub.moved_models:
            target = hub.moved_models[hub_id]
            return RedirectResponse(
                target if target.startswith("http") else f"/api/models/{target}?{request.url.query}", 307
            )
        if hub_id in hub.gated_models:
            return JSONResponse({}, 403, self._rate_limit() | {"X-Error-Code": "GatedRepo"})
        found = next((model for model in hub.models.values() if model["id"].lower() == hub_id.lower()), None)
        if found is None:
            return self._missing(request)
        return JSONResponse(_expanded(found, request.query_params.getlist("expand[]")), headers=self._rate_limit())

    def _refuse_token(self, request: Request) -> Response | None:
        authorization = request.headers.get("authorization")
        if authorization in (None, f"Bearer {self.hub.token}"):
            return None
        return JSONResponse({}, 401, {"X-Error-Message": "Invalid credentials in Authorization header"})

    def _missing(self, request: Request) -> Response:
        """Return 404 with a token; without one 401, which the Hub also returns for private models."""
        error = {"error": "Repository not found"}
        if "authorization" in request.headers:
            return JSONResponse(error, 404, self._rate_limit() | {"X-Error-Code": "RepoNotFound"})
        return JSONResponse(error, 401, self._rate_limit() | {"X-Error-Message": "Invalid username or password."})

    def _rate_limit(self) -> dict[str, str]:
        remaining = 0 if len(self.hub.requests) - 1 == self.hub.last_allowed_request else 499
        return {
            "X-HF-Warning": "unauthenticated",
            "RateLimit": f'"api";r={remaining};t=55',
            "RateLimit-Policy": '"fixed window";"api";q=500;w=300',
        }


def _expanded(record: Mapping[str, Any], expand: list[str]) -> dict[str, Any]:
    """Return only the requested fields; `expand` drops all others."""
    return {name: value for name, value in record.items() if name in ("_id", "id", *expand)}
