"""One file over HTTP: bounded in time, bytes and requests; the whole body or a typed failure.

The loop is our own because a retry must know what only the body shows (a cut stream, a wrong
digest), and because one deadline covers redirects, waits and reads together.
"""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import httpcore
import httpx

from aggregator.errors import FetchError, ForeignBody, NotFound, Withheld
from aggregator.fetch.addresses import Backend, DeadlinePassed, OutOfReach, Reach, Resolve, Transport, system_resolve
from aggregator.fetch.limits import Budget, Clock, told_to_wait, user_agent, validator, wait_for_more
from aggregator.fetch.validation import BodyError, check, check_type, inflate

REDIRECTS = (301, 302, 303, 307, 308)
AGAIN_STATUSES = (408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524)
TRANSIENT = (httpx.TransportError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
MOVED = "`metaboard doctor` asks every address once and says which moved."


@dataclass(frozen=True)
class Ask:
    """What is wanted: a URL, the kind and the largest size of its body, and what is kept of it already."""

    url: str
    media: str
    max_bytes: int
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    """The digest of the kept bytes, where there are any."""

    @property
    def is_conditional(self) -> bool:
        """Whether the host may answer that nothing changed."""
        return bool(self.etag or self.last_modified)

    @property
    def headers(self) -> dict[str, str]:
        """What is sent besides the client's own headers."""
        sent = {"Accept-Encoding": "identity" if self.media == "parquet" else "gzip"}
        if self.etag:
            sent["If-None-Match"] = self.etag
        elif self.last_modified:
            sent["If-Modified-Since"] = self.last_modified
        return sent


@dataclass(frozen=True)
class Answer:
    """What came: the body, or None when the kept bytes are still those of the host."""

    content: bytes | None
    etag: str | None = None
    last_modified: str | None = None
    revision: str | None = None
    next_page: str | None = None
    wait: float = 0
    """Seconds that the host wants to pass before the next request."""


@dataclass(frozen=True)
class Hop:
    """One response of a chain of redirects, with what the host said of the file on the way."""

    response: httpx.Response
    revision: str | None = None
    sha256: str | None = None
    """The digest that the Hub announces for a file in large-file storage."""


class _Again(Exception):
    def __init__(self, reason: str, *, wait: float = 0, unconditional: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.unconditional = unconditional


@dataclass(frozen=True)
class Downloader:
    """Fetches files by the rule of `reach`, within `budget`."""

    reach: Reach = field(default_factory=Reach)
    budget: Budget = field(default_factory=Budget)
    clock: Clock = field(default_factory=Clock)
    resolve: Resolve = system_resolve

    def download(self, ask: Ask) -> Answer:
        """Return the file, tried several times; raises `FetchError` naming the URL and the reason."""
        end = self.clock.monotonic() + self.budget.seconds
        for attempt in range(1, self.budget.tries + 1):
            try:
                return self._try(ask, end)
            except _Again as again:
                if attempt == self.budget.tries:
                    raise FetchError(ask.url, f"{again.reason} (tried {attempt} times)") from again
                self._wait(ask, again, attempt, end)
                if again.unconditional:
                    ask = replace(ask, etag=None, last_modified=None, sha256=None)
        raise FetchError(ask.url, "no try is allowed")

    def _wait(self, ask: Ask, again: _Again, attempt: int, end: float) -> None:
        """Sleep as long as the host asks, and at least an exponential backoff with full jitter."""
        backoff = min(self.budget.first_wait * 2 ** (attempt - 1), self.budget.longest_wait)
        wait = max(again.wait, 0) + backoff * self.clock.jitter()
        left = end - self.clock.monotonic()
        if wait >= left:
            raise FetchError(
                ask.url,
                f"{again.reason}; the next try would come in {wait:.0f} s, but {max(left, 0):.0f} s are left for this file",
            )
        self.clock.sleep(wait)

    def _try(self, ask: Ask, end: float) -> Answer:
        try:
            with self.follow(ask.url, ask.headers, end, known=ask.sha256) as hop:
                if ask.sha256 and hop.sha256 == ask.sha256:
                    return Answer(None, ask.etag, ask.last_modified, hop.revision)
                return self._answer(ask, hop)
        except DeadlinePassed as cause:
            raise self._late(ask) from cause
        except BodyError as error:
            if error.again:
                raise _Again(error.reason) from error
            raise ForeignBody(ask.url, error.reason) from error
        except TRANSIENT as error:
            if self.clock.monotonic() >= end:
                raise self._late(ask) from error
            raise _Again(f"broke off: {str(error) or type(error).__name__}") from error

    def _late(self, ask: Ask) -> FetchError:
        return FetchError(ask.url, f"took longer than {self.budget.seconds:g} s")

    @contextmanager
    def follow(self, url: str, headers: Mapping[str, str], end: float, known: str | None = None) -> Iterator[Hop]:
        """Ask for `url` and follow its redirects; yields the last response, its body unread.

        Each hop is held to the rule of reach. A redirect that announces the digest `known` is the last
        response. Raises `FetchError`, `DeadlinePassed` and httpcore's errors.
        """
        backend = Backend(self.reach, self.resolve, lambda: end - self.clock.monotonic())
        timeout = httpx.Timeout(self.budget.silent_seconds, connect=self.budget.connect_seconds)
        with httpx.Client(
            transport=Transport(backend), trust_env=False, timeout=timeout, headers={"User-Agent": user_agent()}
        ) as client:
            here, said = _parsed(url, url), None
            for _ in range(self.budget.hops + 1):
                client.cookies.clear()
                try:
                    self.reach.check(here)
                    with client.stream("GET", here, headers=dict(headers)) as response:
                        said = _heard(said, response)
                        if response.status_code not in REDIRECTS or (known and said.sha256 == known):
                            yield said
                            return
                        here = _parsed(url, response.headers.get("Location", ""), here)
                except OutOfReach as refusal:
                    where = f"redirects to {here.copy_with(query=None, userinfo=b'')}, which " if said else ""
                    raise FetchError(url, f"{where}{refusal}", hint="Nothing was sent there.") from refusal
            raise FetchError(url, f"redirects more than {self.budget.hops} times")

    def _answer(self, ask: Ask, hop: Hop) -> Answer:
        response = hop.response
        etag, last_modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
        if response.status_code == 304:
            if ask.is_conditional and etag in (None, ask.etag):
                return Answer(None, ask.etag, ask.last_modified, hop.revision)
            raise _Again("answered 'not modified' about bytes that are not ours", unconditional=True)
        if response.status_code != 200:
            raise self._refusal(ask, response)
        content = self._body(ask, response)
        if hop.sha256 and hashlib.sha256(content).hexdigest() != hop.sha256:
            raise _Again(f"is not the file with sha256 {hop.sha256} that the host announces")
        following = response.links.get("next", {}).get("url")
        next_page = str(_parsed(ask.url, following, response.url)) if following else None
        dated, wait = validator(last_modified, self.clock.now()), wait_for_more(response.headers)
        return Answer(content, etag, dated, hop.revision, next_page, wait)

    def _body(self, ask: Ask, response: httpx.Response) -> bytes:
        check_type(ask.media, response.headers.get("Content-Type", ""))
        announced = response.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced) > ask.max_bytes:
            raise BodyError(f"announces {int(announced)} bytes, more than the {ask.max_bytes} allowed")
        body = io.BytesIO()
        for piece in inflate(response.iter_raw(), response.headers.get("Content-Encoding", ""), ask.max_bytes):
            body.write(piece)
        check(ask.media, body.getvalue())
        return body.getvalue()

    def _refusal(self, ask: Ask, response: httpx.Response) -> Exception:
        reason = f"HTTP {response.status_code} {response.reason_phrase}".strip()
        if response.status_code in AGAIN_STATUSES:
            return _Again(reason, wait=told_to_wait(response.headers, self.clock.now()))
        if response.status_code in (401, 403):
            code = response.headers.get("X-Error-Code") or response.headers.get("X-Error-Message") or ""
            return Withheld(ask.url, reason, code=code[:200], hint=MOVED)
        kind = NotFound if response.status_code in (404, 410) else FetchError
        return kind(ask.url, reason, hint=MOVED)


def _parsed(asked: str, location: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return `location` as a URL, seen from `base`; raises `FetchError` about the URL `asked` for."""
    if not location:
        raise FetchError(asked, "redirects, but does not say where to")
    try:
        return httpx.URL(location) if base is None else base.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError, UnicodeError) as cause:
        raise FetchError(
            asked, f"{'is' if base is None else 'redirects to'} {location[:200]!r}, which is no URL"
        ) from cause


def _heard(said: Hop | None, response: httpx.Response) -> Hop:
    """Return what this hop says of the file, over what the hops before it said."""
    revision = response.headers.get("X-Repo-Commit") or response.headers.get("X-Revision") or ""
    linked = SHA256.fullmatch(response.headers.get("X-Linked-ETag", ""))
    return Hop(
        response=response,
        revision=revision if COMMIT.fullmatch(revision) else (said.revision if said else None),
        sha256=linked[1] if linked else (said.sha256 if said else None),
    )
