"""A mirror read as a folder, or from a static server of that folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from aggregator.fetch.client import open_fetcher
from aggregator.model import Resource, Snapshot


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write no line for each request."""


@contextmanager
def static_server(root: Path) -> Iterator[str]:
    """Serve a folder as `python -m http.server` does, with a page of links for each folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def fetch_from_mirror(root: Path, kind: str, resource: Resource) -> tuple[Snapshot, ...]:
    """Fetch from the folder `root`, or from a server of it (`kind` is `folder` or `server`)."""
    if kind == "folder":
        return open_fetcher(str(root)).fetch("source", resource)
    with static_server(root) as address:
        return open_fetcher(address).fetch("source", resource)
