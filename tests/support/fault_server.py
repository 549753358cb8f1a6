"""A web server on loopback that misbehaves on purpose, byte by byte, as no well-behaved library can.

An answer is a function of what was asked and how often, and yields what is sent: bytes, a pause in
seconds, or `RESET`, which cuts the connection with a TCP reset. Headers are written as given.
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
    """Cut the connection with RST."""


RESET: Final = Reset()
Piece = bytes | float | Reset


@dataclass(frozen=True)
class Asked:
    """One request: its target as it stood on the wire, and its headers in lower case."""

    target: str
    headers: dict[str, str]


Answer = Callable[[Asked, int], Iterable[Piece]]
"""`answer(asked, n)` for the n-th request, counted from 0 over the whole server."""


@dataclass
class FaultServer:
    """The running server: where it listens, what it was asked, and how many bytes it got rid of."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    sent: int = 0

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.endpoint}/{path}"


@contextmanager
def serving(answer: Answer) -> Iterator[FaultServer]:
    """Run a server that gives `answer` to everyone, one thread a connection, until the block ends."""
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
            threading.Thread(target=_serve, args=(server, connection, answer, closed), daemon=True).start()

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


def _serve(server: FaultServer, connection: socket.socket, answer: Answer, closed: threading.Event) -> None:
    """Answer one request and close, as every answer here says `Connection: close` or means it."""
    with connection, suppress(OSError):
        connection.settimeout(20)
        request = b""
        while b"\r\n\r\n" not in request:
            received = connection.recv(65536)
            if not received:
                return
            request += received
        lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        headers = (line.partition(":")[::2] for line in lines[1:])
        asked = Asked(lines[0].split(" ")[1], {name.strip().lower(): value.strip() for name, value in headers})
        server.asked.append(asked)
        for piece in answer(asked, len(server.asked) - 1):
            if isinstance(piece, Reset):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if isinstance(piece, bytes):
                connection.sendall(piece)
                server.sent += len(piece)
            elif closed.wait(piece):
                return


def head(status: int = 200, /, **headers: object) -> bytes:
    """Return a status line and headers; `Content_Type="x"` is sent as `Content-Type: x`."""
    lines = [f"HTTP/1.1 {status} Said", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def whole(body: bytes, status: int = 200, /, **headers: object) -> list[Piece]:
    """Return an honest answer."""
    return [head(status, Content_Length=len(body), **headers), body]


def chunked(*bodies: bytes) -> list[Piece]:
    """Return a chunked answer without its end."""
    return [head(Transfer_Encoding="chunked"), *(f"{len(body):x}\r\n".encode() + body + b"\r\n" for body in bodies)]


def redirect(location: str, status: int = 302, **headers: object) -> list[Piece]:
    """Return a redirect; any `location` goes."""
    return [head(status, Content_Length=0, Location=location, **headers)]


def drip(body: bytes, pause: float) -> Iterator[Piece]:
    """Yield a body byte by byte."""
    for place in range(len(body)):
        yield body[place : place + 1]
        yield pause


def truncated(body: bytes) -> dict[str, list[Piece]]:
    """Return the ways in which the second half of `body` gets lost, or something is put after it."""
    half, packed = body[: len(body) // 2], gzip.compress(body)
    cut = packed[: len(packed) * 2 // 3]
    twice = packed + gzip.compress(b"more")
    return {
        "content length too long": [head(Content_Length=len(body)), half],
        "no length at all": [head(), half],
        "chunks without an end": chunked(half),
        "cut gzip of matching length": [head(Content_Encoding="gzip", Content_Length=len(cut)), cut],
        "extra gzip member": [head(Content_Encoding="gzip", Content_Length=len(twice)), twice],
    }
