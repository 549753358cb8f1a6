"""HTTP server on loopback that sends any bytes, also malformed ones, which no HTTP library can.

A handler is a function of the request and its number. It yields what is sent: bytes, a pause in seconds, or `RESET`,
which ends the connection with a TCP reset. Headers are sent as given.
"""

import gzip
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final


class Reset:
    """End the connection with a TCP reset."""


RESET: Final = Reset()
Piece = bytes | float | Reset


@dataclass(frozen=True)
class RecordedRequest:
    """One request: its target as received, and its headers by name in lower case."""

    target: str
    headers: dict[str, str]


Handler = Callable[[RecordedRequest, int], Iterable[Piece]]
"""`handler(request, n)` returns the response to the n-th request, counted from 0 over all connections."""


@dataclass
class FaultServer:
    """The running server, with the requests that it received and the bytes that it sent."""

    port: int
    requests: list[RecordedRequest] = field(default_factory=list)
    connections: int = 0
    sent_bytes: int = 0

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.endpoint}/{path}"


@contextmanager
def serve(handler: Handler) -> Iterator[FaultServer]:
    """Run a server with one thread per connection until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    server = FaultServer(listener.getsockname()[1])
    closed = threading.Event()

    def accept() -> None:
        while not closed.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            threading.Thread(target=_handle, args=(server, connection, handler, closed), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        closed.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _handle(server: FaultServer, connection: socket.socket, handler: Handler, closed: threading.Event) -> None:
    """Respond to one request, then close the connection."""
    with connection, suppress(OSError):
        connection.settimeout(20)
        request = _read_request(connection)
        if request is None:
            return
        server.requests.append(request)
        for piece in handler(request, len(server.requests) - 1):
            if isinstance(piece, Reset):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if isinstance(piece, bytes):
                connection.sendall(piece)
                server.sent_bytes += len(piece)
            elif closed.wait(piece):
                return


def _read_request(connection: socket.socket) -> RecordedRequest | None:
    """Return the request up to the end of its headers, or None if the client closes the connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        received += chunk
    lines = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = (line.partition(":")[::2] for line in lines[1:])
    return RecordedRequest(lines[0].split(" ")[1], {name.strip().lower(): value.strip() for name, value in headers})


def response_head(status: int = 200, /, **headers: object) -> bytes:
    """Return a status line and headers; `Content_Type="x"` is sent as `Content-Type: x`."""
    lines = [f"HTTP/1.1 {status} Reason", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def response(body: bytes, status: int = 200, /, **headers: object) -> list[Piece]:
    """Return a complete response with the right Content-Length."""
    return [response_head(status, Content_Length=len(body), **headers), body]


def unterminated_chunks(*bodies: bytes) -> list[Piece]:
    """Return a chunked response without the final chunk."""
    return [
        response_head(Transfer_Encoding="chunked"),
        *(f"{len(body):x}\r\n".encode() + body + b"\r\n" for body in bodies),
    ]


def redirect(location: str, status: int = 302, **headers: object) -> list[Piece]:
    """Return a redirect to `location`, which may be malformed."""
    return [response_head(status, Content_Length=0, Location=location, **headers)]


def fail_once(bad: Iterable[Piece], then: Iterable[Piece]) -> Handler:
    """Respond with `bad` to the first request and with `then` to the others."""
    bad, then = list(bad), list(then)
    return lambda _, count: bad if count == 0 else then


def repeat(pieces: Iterable[Piece]) -> Handler:
    repeated = list(pieces)
    return lambda _request, _count: repeated


def drip(body: bytes, pause: float) -> Iterator[Piece]:
    """Yield a body byte by byte, with a pause in seconds after each."""
    for place in range(len(body)):
        yield body[place : place + 1]
        yield pause


def truncated_responses(body: bytes) -> dict[str, list[Piece]]:
    """Return responses that lack the second half of `body`, or have extra bytes after it, by name."""
    half, packed = body[: len(body) // 2], gzip.compress(body)
    cut = packed[: len(packed) * 2 // 3]
    twice = packed + gzip.compress(b"more")
    return {
        "content length too long": [response_head(Content_Length=len(body)), half],
        "no length at all": [response_head(), half],
        "chunks without an end": unterminated_chunks(half),
        "cut gzip of matching length": [response_head(Content_Encoding="gzip", Content_Length=len(cut)), cut],
        "extra gzip member": [response_head(Content_Encoding="gzip", Content_Length=len(twice)), twice],
    }
