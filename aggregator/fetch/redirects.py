"""Send a GET request and follow its redirects, each checked against the allow-list."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from aggregator.errors import FetchError
from aggregator.fetch.addresses import AddressRefused, AllowList, Resolver, endpoint_of, resolve_host
from aggregator.fetch.limits import Clock, Limits, user_agent
from aggregator.fetch.transport import GuardedBackend, GuardedTransport

HUB = "https://huggingface.co"
REDIRECT_STATUSES = (301, 302, 303, 307, 308)
COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r'"?([0-9a-f]{64})"?')


@dataclass(frozen=True)
class FinalResponse:
    """The last response of a chain of redirects, with the revision and digest from the headers of the whole chain."""

    response: httpx.Response
    revision: str | None = None
    sha256: str | None = None
    """The digest that the Hub announces for a file in large-file storage."""


@dataclass(frozen=True)
class HttpClient:
    """HTTP client for the hosts of `allow_list`, within `limits`; sends no cookies, and `token` only to `token_origin`."""

    allow_list: AllowList = field(default_factory=AllowList)
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)
    resolve: Resolver = resolve_host
    token: str | None = field(default=None, repr=False)
    token_origin: str = HUB
    """The only origin (scheme, host and port) that gets the token, also among the addresses of redirects."""

    @contextmanager
    def stream(
        self, url: str, headers: Mapping[str, str], deadline: float, known_sha256: str | None = None
    ) -> Iterator[FinalResponse]:
        """Send GET, follow redirects, and yield the last response with its body unread.

        Each redirect is checked against the allow-list. A redirect that announces the digest `known_sha256` is the
        last response. If the host refuses the token with 401, the request is sent again without it: an expired token
        must not hide public files. Raises `FetchError`, `DeadlineExceeded` and httpcore's errors.
        """
        with self._client(deadline) as client:
            current, final = parse_url(url, url), None
            authorization = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            for _ in range(self.limits.max_redirects + 1):
                client.cookies.clear()
                try:
                    self.allow_list.check_url(current)
                    secret = authorization if is_same_origin(current, self.token_origin) else {}
                    with client.stream("GET", current, headers={**headers, **secret}) as response:
                        if response.status_code == 401 and secret:
                            authorization = {}
                            continue
                        final = _add_response(final, response)
                        is_known = known_sha256 is not None and final.sha256 == known_sha256
                        if response.status_code not in REDIRECT_STATUSES or is_known:
                            yield final
                            return
                        current = parse_url(url, response.headers.get("Location", ""), current)
                except AddressRefused as refusal:
                    target = f"redirects to {current.copy_with(query=None, userinfo=b'')}, which " if final else ""
                    raise FetchError(url, f"{target}{refusal}", hint="Nothing was sent there.") from refusal
            raise FetchError(url, f"redirects more than {self.limits.max_redirects} times")

    def _client(self, deadline: float) -> httpx.Client:
        backend = GuardedBackend(self.allow_list, self.resolve, lambda: deadline - self.clock.monotonic())
        return httpx.Client(
            transport=GuardedTransport(backend),
            trust_env=False,
            timeout=httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds),
            headers={"User-Agent": user_agent()},
        )


def is_same_origin(url: httpx.URL, origin: str) -> bool:
    """Return whether `url` has the scheme, host and port of `origin`."""
    other = httpx.URL(origin)
    return (url.scheme, endpoint_of(url)) == (other.scheme, endpoint_of(other))


def parse_url(requested: str, location: str, base: httpx.URL | None = None) -> httpx.URL:
    """Return `location`, relative to `base`, as a URL; raises `FetchError` about the `requested` URL."""
    if not location:
        raise FetchError(requested, "redirects without a Location header")
    try:
        return httpx.URL(location) if base is None else base.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError, UnicodeError) as cause:
        verb = "is" if base is None else "redirects to"
        raise FetchError(requested, f"{verb} {location[:200]!r}, which is not a URL") from cause


def _add_response(before: FinalResponse | None, response: httpx.Response) -> FinalResponse:
    """Return `response` with its revision and digest, or those of the redirects before it."""
    revision = response.headers.get("X-Repo-Commit") or response.headers.get("X-Revision") or ""
    linked = SHA256.fullmatch(response.headers.get("X-Linked-ETag", ""))
    return FinalResponse(
        response=response,
        revision=revision if COMMIT.fullmatch(revision) else (before.revision if before else None),
        sha256=linked[1] if linked else (before.sha256 if before else None),
    )
