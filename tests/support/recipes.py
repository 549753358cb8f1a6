"""Run the recipes of `docs/query.md` on a folder, or on a stand-in server of it, in place of the Hub.

This module imports only the standard library, because the readers' environment has no other packages.
"""

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "query.md"
HUB = "https://huggingface.co/datasets/ORG/NAME/resolve/main"


def recipes() -> dict[str, str]:
    """Return the code of each recipe by name."""
    text = PAGE.read_text(encoding="utf-8")
    return {
        found[1]: found[3] for found in re.finditer(r"<!-- recipe: ([\w-]+) -->\n```(\w+)\n(.*?)```", text, re.DOTALL)
    }


def recipe(name: str, folder: Path, address: str = "") -> str:
    """Return the code of a recipe, changed to read `folder`, or the server at `address` if it reads over HTTP."""
    code = recipes()[name].replace(HUB, address).replace('"ORG/NAME"', repr(str(folder)))
    root = address if name.startswith("duckdb") else str(folder)
    return code.replace("hf://datasets/ORG/NAME", root)


@dataclass
class Traffic:
    """Address of a server, its number of requests, and the bytes that it sent."""

    address: str
    requests: int = 0
    sent_bytes: int = 0


@contextmanager
def serve_folder(folder: Path) -> Iterator[Traffic]:
    """Serve a folder on loopback, with byte ranges as on the Hub."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            path = folder / self.path.partition("?")[0].lstrip("/")
            traffic.requests += 1
            if not path.is_file():
                self.send_error(404)
                return
            size = path.stat().st_size
            byte_range = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            first, last = (
                (int(byte_range[1]), min(int(byte_range[2] or size), size - 1)) if byte_range else (0, size - 1)
            )
            self.send_response(206 if byte_range else 200)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(last - first + 1))
            self.send_header("ETag", f'"{size}"')
            if byte_range:
                self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
            self.end_headers()
            if with_body:
                with path.open("rb") as file:
                    file.seek(first)
                    self.wfile.write(file.read(last - first + 1))
                traffic.sent_bytes += last - first + 1

        def log_message(self, *_: object) -> None:
            """Do not log requests."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    traffic = Traffic(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield traffic
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
