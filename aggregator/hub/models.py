"""Look up model metadata in the Hub's model API.

The Hub allows 500 requests in five minutes without a token and 1,000 with one
(https://huggingface.co/docs/hub/rate-limits), so the models of one author are read from pages of the author's list.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from aggregator.errors import AccessDenied, FetchError, NotFound, UsageError
from aggregator.fetch.addresses import AllowList, endpoint_of
from aggregator.fetch.download import Downloader, Request, Response
from aggregator.identity.hub_metadata import EXPAND, AnswerError, HubModel, Status, read_model

ENDPOINT = "https://huggingface.co"
PAGE_SIZE = 1000
"""Models on one page of a list, the maximum of the Hub."""
MAX_PAGE_BYTES = 64 * 1024 * 1024
MAX_MODEL_BYTES = 8 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "::1")
INVALID_CREDENTIALS = "invalid credentials"
"""Part of the Hub's message if the token is invalid, in lower case; a missing model has another message."""


@dataclass(frozen=True)
class _AuthorizedRequest(Request):
    token: str | None = field(default=None, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers besides those of the client, with the token."""
        return super().headers | ({"Authorization": f"Bearer {self.token}"} if self.token else {})


class ModelApi:
    """Client of the model API of one Hub; it sends the token to that Hub only, and only by https or to loopback."""

    def __init__(
        self,
        base: str = ENDPOINT,
        token: str | None = None,
        downloader: Downloader | None = None,
        log: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Raise `UsageError` if `base` is not a plain http(s) address or `token` has invalid characters."""
        try:
            url = httpx.URL(base)
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
            raise UsageError("not the address of a Hub", hint=f"Give it as {ENDPOINT}.")
        if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
            raise UsageError("HF_TOKEN has characters that no token has", hint="Set it again, or unset it.")
        self._base = base.rstrip("/")
        self._token = token if url.scheme == "https" or url.host in LOOPBACK else None
        self._downloader = replace(downloader or Downloader(), allow_list=_allow_only(url))
        self._log = log

    def get_model(self, hub_id: str) -> HubModel:
        """Return the metadata of one id; a redirect to a new id is followed. Raises `FetchError` without a usable response."""
        now = self._downloader.clock.now()
        url = f"{self._base}/api/models/{quote(hub_id)}?{_expand_query()}"
        try:
            return read_model(hub_id, _parse_json(url, self._get(url, MAX_MODEL_BYTES)), now)
        except NotFound:
            return HubModel(hub_id, Status.MISSING, now, now)
        except AccessDenied as error:
            return HubModel(hub_id, _denied_status(error), now, now)
        except AnswerError as cause:
            raise FetchError(url, f"the answer {cause}") from cause

    def list_models(self, author: str, wanted: Iterable[str]) -> dict[str, HubModel]:
        """Return the models among `wanted`, all of them ids of `author`, that the author's list contains.

        Reads at most as many pages as there are ids; the caller looks up the rest one by one.
        """
        by_key = {hub_id.lower(): hub_id for hub_id in wanted}
        found: dict[str, HubModel] = {}
        query = urlencode({"author": author, "sort": "downloads", "limit": PAGE_SIZE})
        url: str | None = f"{self._base}/api/models?{query}&{_expand_query()}"
        for _ in by_key:
            if url is None or len(found) == len(by_key):
                break
            now = self._downloader.clock.now()
            response = self._get(url, MAX_PAGE_BYTES)
            for hub_id, model in _read_page(url, response, by_key, now).items():
                found.setdefault(hub_id, model)
            url = response.next_page
        return found

    def _get(self, url: str, max_bytes: int) -> Response:
        """Download one document, then wait if it was the last request that the rate limit allows."""
        try:
            response = self._downloader.download(_AuthorizedRequest(url, "json", max_bytes, token=self._token))
        except AccessDenied as error:
            if self._token and INVALID_CREDENTIALS in error.code.lower():
                raise UsageError(
                    "the Hub does not know the token in HF_TOKEN",
                    hint="Unset HF_TOKEN for anonymous requests, or set a new token.",
                ) from error
            raise
        if response.pause_seconds:
            self._log(f"the rate limit of the Hub is used up, waiting {response.pause_seconds:.0f} s")
            self._downloader.clock.sleep(response.pause_seconds)
        return response


def _allow_only(url: httpx.URL) -> AllowList:
    """Return an allow-list with only the host of `url`; any other than https on port 443 is an endpoint of the user."""
    if url.scheme == "https" and url.port is None:
        return AllowList(hosts=(url.host,))
    return AllowList(hosts=(), endpoints=frozenset({endpoint_of(url)}))


def _read_page(url: str, response: Response, by_key: Mapping[str, str], now: datetime) -> dict[str, HubModel]:
    """Return the wanted models of one page; `by_key` has the wanted ids by their lower case. Raises `FetchError`."""
    entries = _parse_json(url, response)
    if not isinstance(entries, list):
        raise FetchError(url, "is not a list of models")
    found: dict[str, HubModel] = {}
    for entry in entries:
        hub_id = by_key.get(_entry_id(entry).lower())
        # A malformed entry is left to the single request, which reports it.
        with suppress(AnswerError):
            if hub_id and hub_id not in found:
                found[hub_id] = read_model(hub_id, entry, now)
    return found


def _expand_query() -> str:
    return urlencode([("expand[]", name) for name in EXPAND])


def _denied_status(error: AccessDenied) -> Status:
    """Return `GATED` or `MISSING`: without a token the Hub responds 401 for both private and missing models."""
    return Status.GATED if "gated" in error.code.lower() or "HTTP 403" in error.reason else Status.MISSING


def _parse_json(url: str, response: Response) -> Any:  # noqa: ANN401 - any JSON document
    try:
        return json.loads(response.content or b"")
    except (ValueError, RecursionError) as cause:
        raise FetchError(url, "is not JSON") from cause


def _entry_id(entry: object) -> str:
    """Return the id of one entry of a list, empty if it has none."""
    found = entry.get("id", entry.get("modelId")) if isinstance(entry, Mapping) else None
    return found if isinstance(found, str) else ""
