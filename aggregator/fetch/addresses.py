"""Which hosts and addresses may be reached, and how long a connection may last.

The rule is held at three places: a URL before it is asked for, every address that its name
resolves to, and the address that is connected to, which is one of those and nothing else.
"""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

HOSTS = ("huggingface.co", "hf.co", "hf.space")
"""Where the boards live; each name stands for its subdomains too."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")
Resolve = Callable[[str, int], Sequence[str]]


class OutOfReach(Exception):
    """A URL or an address that the rule forbids."""


class DeadlinePassed(Exception):
    """The time for one file is over."""


@dataclass(frozen=True)
class Reach:
    """The hosts that may be asked: `hosts` by https on public addresses, `named` as the user spelled them.

    `named` holds `host:port` pairs that a person typed. Only these may use plain http and
    private or loopback addresses.
    """

    hosts: tuple[str, ...] = HOSTS
    named: frozenset[str] = frozenset()

    def check(self, url: httpx.URL) -> None:
        """Raise `OutOfReach` unless `url` may be asked for."""
        if url.userinfo:
            raise OutOfReach("carries a user name or password")
        if self.is_named(url.host, port_of(url)):
            if url.scheme not in ("http", "https"):
                raise OutOfReach(f"is not http or https but {url.scheme!r}")
            return
        if not any(url.host == host or url.host.endswith(f".{host}") for host in self.hosts):
            raise OutOfReach(f"is on {url.host or 'no host'!r}, which is not one of {', '.join(self.hosts)}")
        if url.scheme != "https" or port_of(url) != 443:
            raise OutOfReach(f"is not https on its usual port but {url.scheme}, port {port_of(url)}")

    def is_named(self, host: str, port: int | None) -> bool:
        """Tell whether a person named this very endpoint."""
        return f"{host}:{port}" in self.named

    def check_address(self, host: str, port: int, address: str) -> None:
        """Raise `OutOfReach` where `host` resolves to an address that is not public."""
        if not self.is_named(host, port) and not is_public(address):
            raise OutOfReach(f"resolves to {address}, which is not a public address")


def port_of(url: httpx.URL) -> int | None:
    """Return the port that `url` means, also where it leaves it out."""
    return url.port or {"http": 80, "https": 443}.get(url.scheme)


def endpoint(url: httpx.URL) -> str:
    """Return `host:port` of a URL that a person named."""
    return f"{url.host}:{port_of(url)}"


def is_public(address: str) -> bool:
    """Tell whether an IP address, or the IPv4 address inside an IPv6 one, is reachable from everywhere."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def is_free_port(port: int) -> bool:
    """Return whether a server could listen on this TCP port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of `host`, best first; raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Backend(httpcore.NetworkBackend):
    """Connects only to addresses that the rule allows, and lets no read outlast the deadline."""

    def __init__(self, reach: Reach, resolve: Resolve, left: Callable[[], float]) -> None:
        self._reach = reach
        self._resolve = resolve
        self._left = left
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first allowed address that answers; raises `OutOfReach` when any is forbidden."""
        try:
            addresses = self._resolve(host, port)
        except OSError as cause:
            raise httpcore.ConnectError(f"{host} has no address: {cause}") from cause
        for address in addresses:
            self._reach.check_address(host, port, address)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                stream = self._system.connect_tcp(
                    address, port, bounded(timeout, self._left), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as cause:
                failure = cause
            else:
                return Stream(stream, self._left)
        raise failure


class Stream(httpcore.NetworkStream):
    """A connection whose every read and write is cut off at the deadline of the whole file."""

    def __init__(self, inner: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._inner = inner
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read at most `max_bytes`."""
        return self._inner.read(max_bytes, bounded(timeout, self._left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of `buffer`."""
        self._inner.write(buffer, bounded(timeout, self._left))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on encrypted."""
        return Stream(self._inner.start_tls(ssl_context, server_hostname, bounded(timeout, self._left)), self._left)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        """Return what httpcore knows of the connection."""
        return self._inner.get_extra_info(info)


def bounded(timeout: float | None, left: Callable[[], float]) -> float:
    """Return the smaller of `timeout` and the time left; raises `DeadlinePassed` when none is."""
    remaining = left()
    if remaining <= 0:
        raise DeadlinePassed
    return remaining if timeout is None else min(timeout, remaining)


class Transport(httpx.BaseTransport):
    """httpx over one pool of guarded connections: no proxy, no cookie jar, no credentials from the environment."""

    def __init__(self, backend: Backend) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=httpx.create_ssl_context(), network_backend=backend, retries=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises httpcore's errors as they are."""
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
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Any:  # noqa: ANN401 - an iterator of bytes, which httpcore leaves untyped
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()
