"""HTTP transport that connects only to allowed addresses and ends every read and write at the deadline of the file."""

import ssl
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import httpcore
import httpx

from aggregator.fetch.addresses import AllowList, Resolver


class DeadlineExceeded(Exception):
    """The time limit of the whole file has passed."""


class GuardedBackend(httpcore.NetworkBackend):
    """Network backend of httpcore that checks each resolved address against the allow-list.

    `seconds_left` returns the time until the deadline of the file.
    """

    def __init__(self, allow_list: AllowList, resolve: Resolver, seconds_left: Callable[[], float]) -> None:
        self._allow_list = allow_list
        self._resolve = resolve
        self._seconds_left = seconds_left
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that accepts; raises `AddressRefused` if any address is not allowed."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._allowed_addresses(host, port):
            try:
                stream = self._system.connect_tcp(
                    address, port, limit_timeout(timeout, self._seconds_left), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as cause:
                failure = cause
            else:
                return DeadlineStream(stream, self._seconds_left)
        raise failure

    def _allowed_addresses(self, host: str, port: int) -> list[str]:
        """Return all addresses of `host`; one that is not allowed refuses the host."""
        try:
            addresses = list(self._resolve(host, port))
        except OSError as cause:
            raise httpcore.ConnectError(f"{host} has no address: {cause}") from cause
        for address in addresses:
            self._allow_list.check_address(host, port, address)
        return addresses


class DeadlineStream(httpcore.NetworkStream):
    """Connection on which no read or write lasts beyond the deadline of the whole file."""

    def __init__(self, inner: httpcore.NetworkStream, seconds_left: Callable[[], float]) -> None:
        self._inner = inner
        self._seconds_left = seconds_left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read at most `max_bytes`."""
        return self._inner.read(max_bytes, limit_timeout(timeout, self._seconds_left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of `buffer`."""
        self._inner.write(buffer, limit_timeout(timeout, self._seconds_left))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the connection, encrypted."""
        encrypted = self._inner.start_tls(ssl_context, server_hostname, limit_timeout(timeout, self._seconds_left))
        return DeadlineStream(encrypted, self._seconds_left)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        """Return httpcore's information about the connection."""
        return self._inner.get_extra_info(info)


def limit_timeout(timeout: float | None, seconds_left: Callable[[], float]) -> float:
    """Return the smaller of `timeout` and the time left; raises `DeadlineExceeded` if no time is left."""
    remaining = seconds_left()
    if remaining <= 0:
        raise DeadlineExceeded
    return remaining if timeout is None else min(timeout, remaining)


class GuardedTransport(httpx.BaseTransport):
    """httpx transport over one `GuardedBackend`: no proxy and no credentials from the environment.

    `httpx.HTTPTransport` has no public parameter for a network backend.
    """

    def __init__(self, backend: GuardedBackend) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=_ssl_context(), network_backend=backend, retries=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises httpcore's errors unchanged."""
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_ResponseStream(response))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


@cache
def _ssl_context() -> ssl.SSLContext:
    """Return one context for all connections: reading the root certificates takes longer than a small download."""
    return httpx.create_ssl_context()


class _ResponseStream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()
