"""Allow-list of hosts and IP ranges: protection against server-side request forgery (SSRF); and a check for a free port.

The allow-list is applied three times: to a URL before the request, to every address that its host name resolves to,
and to the address of the connection, which is always one of those.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

DEFAULT_HOSTS = ("huggingface.co", "hf.co", "hf.space")
"""The hosts of the bundled leaderboards; each name includes its subdomains."""

GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""The only IPv6 range from which IANA assigns public addresses."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses as an IPv6-only network sees them (RFC 6052)."""
SPECIAL_RANGES = tuple(
    map(
        ipaddress.ip_network,
        (
            *("192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24"),
            *("2001::/23", "2620:4f:8000::/48", "3fff::/20"),
        ),
    )
)
"""Ranges of IANA's two registries of special-purpose addresses that `ipaddress.is_global` of some Python counts as global."""
ISATAP = (0x5EFE, 0x2005EFE)
"""The 32 bits before an IPv4 address in the interface part of an IPv6 address (RFC 5214)."""

Resolver = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host and port."""


class AddressRefused(Exception):
    """The allow-list does not contain this URL or address."""


@dataclass(frozen=True)
class AllowList:
    """The hosts that a download may reach.

    `hosts` are reached by https on public addresses only. `endpoints` are `host:port` pairs that the user gave on the
    command line or in the environment; only these may use plain http and private or loopback addresses.
    """

    hosts: tuple[str, ...] = DEFAULT_HOSTS
    endpoints: frozenset[str] = frozenset()

    def check_url(self, url: httpx.URL) -> None:
        """Raise `AddressRefused` unless `url` is allowed."""
        if url.userinfo:
            raise AddressRefused("has a user name or password")
        if self.has_endpoint(url.host, port_of(url)):
            if url.scheme not in ("http", "https"):
                raise AddressRefused(f"is not http or https but {url.scheme!r}")
            return
        if not any(url.host == host or url.host.endswith(f".{host}") for host in self.hosts):
            raise AddressRefused(f"is on {url.host or 'no host'!r}, which is not one of {', '.join(self.hosts)}")
        if url.scheme != "https" or port_of(url) != 443:
            raise AddressRefused(f"is not https on port 443 but {url.scheme} on port {port_of(url)}")

    def has_endpoint(self, host: str, port: int | None) -> bool:
        """Return whether the user gave this host and port."""
        return f"{host}:{port}" in self.endpoints

    def check_address(self, host: str, port: int, address: str) -> None:
        """Raise `AddressRefused` if `host` resolved to an address that is not public."""
        if not self.has_endpoint(host, port) and not is_public(address):
            raise AddressRefused(f"resolves to {address}, which is not a public address")


def port_of(url: httpx.URL) -> int | None:
    """Return the port of `url`, or the default port of its scheme."""
    return url.port or {"http": 80, "https": 443}.get(url.scheme)


def endpoint_of(url: httpx.URL) -> str:
    """Return `host:port` of `url`."""
    return f"{url.host}:{port_of(url)}"


def is_public(address: str) -> bool:
    """Return whether an IP address is public; of an IPv6 address with an embedded IPv4 address, that one is checked."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if (embedded := _embedded_ipv4(ip)) is not None:
            return is_public(str(embedded))
        if ip not in GLOBAL_UNICAST:
            return False
        if (int(ip) >> 32) & 0xFFFFFFFF in ISATAP and not is_public(str(_last_32_bits(ip))):
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in special for special in SPECIAL_RANGES)


def _embedded_ipv4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address inside a mapped, 6to4 or NAT64 address, else None."""
    return _last_32_bits(ip) if ip in NAT64 else ip.ipv4_mapped or ip.sixtofour


def _last_32_bits(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)


def resolve_host(host: str, port: int) -> Sequence[str]:
    """Return the addresses of `host` in the order of the system's resolver; raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def free_port() -> int:
    """Return a TCP port of the loopback address on which no server listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free_port(port: int) -> bool:
    """Return whether a server could listen on this TCP port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
