"""The edge to the Hub's model API: what the Hub says today of the models that the boards name.

Anonymous callers may ask 500 times in five minutes and callers with a token 1,000 times
(https://huggingface.co/docs/hub/rate-limits), so models of one author are read off pages of its list.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from aggregator.errors import FetchError, NotFound, UsageError, Withheld
from aggregator.fetch.addresses import Reach, endpoint
from aggregator.fetch.download import Answer, Ask, Downloader
from aggregator.identity.hub_metadata import EXPAND, AnswerError, HubModel, Status, read_model

ENDPOINT = "https://huggingface.co"
PAGE = 1000
"""Models on one page of a list, the most that the Hub gives."""
PAGE_BYTES = 64 * 1024 * 1024
MODEL_BYTES = 8 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WRONG_CREDENTIALS = "invalid credentials"
"""What the Hub's message holds where it is the token that is wrong, and not the id."""


@dataclass(frozen=True)
class _Authorized(Ask):
    token: str | None = field(default=None, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What is sent besides the client's own headers."""
        return super().headers | ({"Authorization": f"Bearer {self.token}"} if self.token else {})


class HubModels:
    """The model API of one Hub. A token goes to that Hub only, and only by https or within this machine."""

    def __init__(
        self,
        base: str = ENDPOINT,
        token: str | None = None,
        downloader: Downloader | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Raise `UsageError` where `base` is no plain http(s) address or `token` no token."""
        try:
            url = httpx.URL(base)
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
            raise UsageError("not the address of a Hub", hint=f"Give it as {ENDPOINT}.")
        if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
            raise UsageError("HF_TOKEN holds characters that no token has", hint="Set it anew, or unset it.")
        public = url.scheme == "https" and url.port is None
        reach = Reach(hosts=(url.host,)) if public else Reach(hosts=(), named=frozenset({endpoint(url)}))
        self._base = base.rstrip("/")
        self._token = token if url.scheme == "https" or url.host in LOOPBACK else None
        self._downloader = replace(downloader or Downloader(), reach=reach)
        self._say = say

    def one(self, hub_id: str) -> HubModel:
        """Return what the Hub says of one id, redirects to a new id followed; raises `FetchError` where it says nothing."""
        now = self._downloader.clock.now()
        url = f"{self._base}/api/models/{quote(hub_id)}?{_expand()}"
        try:
            answer = self._ask(url, MODEL_BYTES)
            return read_model(hub_id, _document(url, answer), now)
        except NotFound:
            return HubModel(hub_id, Status.MISSING, now, now)
        except Withheld as refusal:
            return HubModel(hub_id, _withheld(refusal), now, now)
        except AnswerError as cause:
            raise FetchError(url, f"the answer {cause}") from cause

    def of_author(self, author: str, wanted: Iterable[str]) -> dict[str, HubModel]:
        """Return the models among `wanted`, all ids of `author`, that its list shows; what is not there must be asked for.

        Reads no more pages than asking one by one would take requests.
        """
        asked = {hub_id.lower(): hub_id for hub_id in wanted}
        pages = len(asked)
        found: dict[str, HubModel] = {}
        url: str | None = (
            f"{self._base}/api/models?"
            + urlencode({"author": author, "sort": "downloads", "limit": PAGE})
            + f"&{_expand()}"
        )
        while url and pages and len(found) < len(asked):
            now = self._downloader.clock.now()
            answer = self._ask(url, PAGE_BYTES)
            listed = _document(url, answer)
            if not isinstance(listed, list):
                raise FetchError(url, "is not a list of models")
            for entry in listed:
                hub_id = asked.get(_id_of(entry).lower())
                # An entry that cannot be read is asked for alone later, and named there.
                with suppress(AnswerError):
                    if hub_id and hub_id not in found:
                        found[hub_id] = read_model(hub_id, entry, now)
            url, pages = answer.next_page, pages - 1
        return found

    def _ask(self, url: str, max_bytes: int) -> Answer:
        try:
            answer = self._downloader.download(_Authorized(url, "json", max_bytes, token=self._token))
        except Withheld as refusal:
            if self._token and WRONG_CREDENTIALS in refusal.code.lower():
                raise UsageError(
                    "the Hub does not know the token in HF_TOKEN", hint="Unset it to ask anonymously, or set a new one."
                ) from refusal
            raise
        if answer.wait:
            self._say(f"the Hub takes no more for {answer.wait:.0f} s, waiting")
            self._downloader.clock.sleep(answer.wait)
        return answer


def _expand() -> str:
    return urlencode([("expand[]", name) for name in EXPAND])


def _withheld(refusal: Withheld) -> Status:
    """Tell a gated model from one that the Hub does not show: without a token, 401 is its word for both `gone` and `private`."""
    return Status.GATED if "gated" in refusal.code.lower() or "HTTP 403" in refusal.reason else Status.MISSING


def _document(url: str, answer: Answer) -> Any:  # noqa: ANN401 - any JSON may come
    try:
        return json.loads(answer.content or b"")
    except (ValueError, RecursionError) as cause:
        raise FetchError(url, "is not JSON") from cause


def _id_of(entry: object) -> str:
    """Return the id of one entry of a list, empty where it has none that can be read."""
    found = entry.get("id", entry.get("modelId")) if isinstance(entry, Mapping) else None
    return found if isinstance(found, str) else ""
