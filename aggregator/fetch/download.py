"""Download one file over HTTP, within limits of time, bytes and requests; raise a typed error unless it is complete.

A response counts only after its body was checked, so retries surround the whole attempt and not the HTTP transport.
One deadline covers all attempts, redirects and waits.
"""

import hashlib
import io
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter
from typing import NoReturn

import httpcore
import httpx
from tenacity import RetryCallState, Retrying
from tenacity.retry import retry_if_exception_type
from tenacity.wait import wait_exception, wait_random_exponential

from aggregator.errors import AccessDenied, FetchError, NotFound, RateLimited, WrongContent
from aggregator.fetch.addresses import endpoint_of
from aggregator.fetch.body_error import BodyError
from aggregator.fetch.limits import is_rate_limit, past_last_modified, retry_after_seconds, seconds_until_reset
from aggregator.fetch.redirects import FinalResponse, HttpClient, parse_url
from aggregator.fetch.transport import DeadlineExceeded
from aggregator.fetch.validation import check_body, check_content_type, decompress

TRANSIENT_STATUSES = (408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524)
TRANSIENT_ERRORS = (httpx.TransportError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
MOVED_HINT = "Run `metaboard doctor` to see which addresses moved."


@dataclass(frozen=True)
class Request:
    """A file to download, with the validators of the stored bytes for a conditional request."""

    url: str
    media: str
    """`parquet`, `json` or another kind that is not HTML."""
    max_bytes: int
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    """The digest of the stored bytes, if any."""

    @property
    def is_conditional(self) -> bool:
        """Whether the host may answer 304 (not modified)."""
        return bool(self.etag or self.last_modified)

    @property
    def headers(self) -> dict[str, str]:
        """The headers besides those of the client."""
        headers = {"Accept-Encoding": "identity" if self.media == "parquet" else "gzip"}
        if self.etag:
            headers["If-None-Match"] = self.etag
        elif self.last_modified:
            headers["If-Modified-Since"] = self.last_modified
        return headers


@dataclass(frozen=True)
class Response:
    """A downloaded file; `content` is None if the stored bytes are still current."""

    content: bytes | None
    etag: str | None = None
    last_modified: str | None = None
    revision: str | None = None
    next_page: str | None = None
    """The URL of the next page of a listing."""
    pause_seconds: float = 0
    """Seconds to wait before the next request, because the rate limit is used up."""


class TransientError(Exception):
    """A failure that the next attempt may avoid."""

    def __init__(self, reason: str, *, retry_after_seconds: float = 0) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class RateLimitReached(TransientError):
    """The host accepts no more requests for a while."""


class UnexpectedNotModified(TransientError):
    """A 304 that does not confirm the stored bytes; the next request must have no condition."""


@dataclass(frozen=True)
class Downloader(HttpClient):
    """Downloads whole files with retries."""

    pauses: dict[str, float] = field(default_factory=dict, repr=False, compare=False)
    """When (on the monotonic clock) a host whose rate limit is used up accepts requests again, by `host:port`."""

    def download(self, request: Request) -> Response:
        """Return the file, after several attempts if needed; raises `FetchError` with the URL and the reason.

        Without a request left in the rate limit of the host, it waits for the reset, or raises `RateLimited` if that
        comes too late.
        """
        self._wait_for_reset(request.url)
        deadline = self.clock.monotonic() + self.limits.total_seconds

        def attempt() -> Response:
            nonlocal request
            try:
                return self._attempt(request, deadline)
            except UnexpectedNotModified:
                request = replace(request, etag=None, last_modified=None, sha256=None)
                raise

        return self._retrying(request.url, deadline)(attempt)

    def _wait_for_reset(self, url: str) -> None:
        seconds = self.pauses.get(endpoint_of(parse_url(url, url)), 0) - self.clock.monotonic()
        if seconds > self.limits.total_seconds:
            raise RateLimited(url, f"the rate limit of the host is used up for {seconds:.0f} s", seconds=seconds)
        if seconds > 0:
            self.clock.sleep(seconds)

    def _remember_pause(self, url: httpx.URL, seconds: float) -> None:
        if seconds > 0:
            self.pauses[endpoint_of(url)] = self.clock.monotonic() + seconds

    def _retrying(self, url: str, deadline: float) -> Retrying:
        """Return the retry policy: the wait that the host asks for, plus exponential backoff with full jitter."""
        limits = self.limits
        return Retrying(
            retry=retry_if_exception_type(TransientError),
            wait=wait_exception(attrgetter("retry_after_seconds"))
            + wait_random_exponential(limits.first_wait_seconds, limits.longest_wait_seconds),
            stop=partial(self._is_last_attempt, deadline),
            sleep=self.clock.sleep,
            retry_error_callback=partial(self._give_up, url, deadline),
        )

    def _is_last_attempt(self, deadline: float, state: RetryCallState) -> bool:
        has_time = self.clock.monotonic() + state.upcoming_sleep < deadline
        return state.attempt_number >= self.limits.attempts or not has_time

    def _give_up(self, url: str, deadline: float, state: RetryCallState) -> NoReturn:
        error = state.outcome.exception() if state.outcome else None
        reason = f"{error} (tried {state.attempt_number} times)"
        if state.attempt_number < self.limits.attempts:
            left = max(deadline - self.clock.monotonic(), 0)
            next_try = f"the next try would come in {state.upcoming_sleep:.0f} s"
            reason = f"{error}; {next_try}, but {left:.0f} s are left for this file"
        if isinstance(error, RateLimitReached):
            raise RateLimited(url, reason, seconds=error.retry_after_seconds) from error
        raise FetchError(url, reason) from error

    def _attempt(self, request: Request, deadline: float) -> Response:
        try:
            with self.stream(request.url, request.headers, deadline, request.sha256) as final:
                if request.sha256 and final.sha256 == request.sha256:
                    return Response(None, request.etag, request.last_modified, final.revision)
                return self._read_response(request, final)
        except DeadlineExceeded as cause:
            raise self._deadline_error(request) from cause
        except BodyError as error:
            if error.is_transient:
                raise TransientError(error.reason) from error
            raise WrongContent(request.url, error.reason) from error
        except TRANSIENT_ERRORS as error:
            if self.clock.monotonic() >= deadline:
                raise self._deadline_error(request) from error
            raise TransientError(f"broke off: {str(error) or type(error).__name__}") from error

    def _deadline_error(self, request: Request) -> FetchError:
        return FetchError(request.url, f"took longer than {self.limits.total_seconds:g} s")

    def _read_response(self, request: Request, final: FinalResponse) -> Response:
        response = final.response
        etag, last_modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
        if response.status_code == 304:
            if request.is_conditional and (etag is None or _is_same_tag(etag, request.etag)):
                return Response(None, request.etag, request.last_modified, final.revision)
            raise UnexpectedNotModified("answered 304 (not modified) for other bytes than the stored ones")
        if response.status_code != 200:
            raise self._status_error(request, response)
        content = _read_body(request, response)
        if final.sha256 and hashlib.sha256(content).hexdigest() != final.sha256:
            raise TransientError(f"is not the file with sha256 {final.sha256} that the host announces")
        pause = seconds_until_reset(response.headers, self.clock.now())
        self._remember_pause(response.url, pause)
        return Response(
            content,
            etag,
            past_last_modified(last_modified, self.clock.now()),
            final.revision,
            _next_page(request, response),
            pause,
        )

    def _status_error(self, request: Request, response: httpx.Response) -> Exception:
        reason = f"HTTP {response.status_code} {response.reason_phrase}".strip()
        wait = retry_after_seconds(response.headers, self.clock.now())
        if is_rate_limit(response.status_code, response.headers):
            self._remember_pause(response.url, wait)
            return RateLimitReached(f"{reason}: the rate limit of the host is used up", retry_after_seconds=wait)
        if response.status_code in TRANSIENT_STATUSES:
            return TransientError(reason, retry_after_seconds=wait)
        if response.status_code in (401, 403):
            code = response.headers.get("X-Error-Code") or response.headers.get("X-Error-Message") or ""
            return AccessDenied(request.url, reason, code=code[:200], hint=MOVED_HINT)
        kind = NotFound if response.status_code in (404, 410) else FetchError
        return kind(request.url, reason, hint=MOVED_HINT)


def _read_body(request: Request, response: httpx.Response) -> bytes:
    check_content_type(request.media, response.headers.get("Content-Type", ""))
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > request.max_bytes:
        raise BodyError(f"announces {int(announced)} bytes, more than the {request.max_bytes} allowed")
    body = io.BytesIO()
    for piece in decompress(response.iter_raw(), response.headers.get("Content-Encoding", ""), request.max_bytes):
        body.write(piece)
    check_body(request.media, body.getvalue())
    return body.getvalue()


def _is_same_tag(etag: str, stored: str | None) -> bool:
    """Compare two ETags as `If-None-Match` does: a weak one equals its strong form (RFC 9110, 8.8.3.2)."""
    return stored is not None and etag.removeprefix("W/") == stored.removeprefix("W/")


def _next_page(request: Request, response: httpx.Response) -> str | None:
    url = response.links.get("next", {}).get("url")
    return str(parse_url(request.url, url, response.url)) if url else None
