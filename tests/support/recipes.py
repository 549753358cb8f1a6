"""The recipes of `docs/query.md`, pointed at a folder and a server of it in place of the Hub.

Only the standard library is used here, so that readers without our packages run the same page.
"""

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "query.md"
HUB = "https://huggingface.co/datasets/ORG/NAME/resolve/main"


def recipes() -> dict[str, str]:
    """Return each recipe's code by its name."""
    text = PAGE.read_text(encoding="utf-8")
    return {
        found[1]: found[3] for found in re.finditer(r"<!-- recipe: ([\w-]+) -->\n```(\w+)\n(.*?)```", text, re.DOTALL)
    }


def recipe(name: str, folder: Path, address: str = "") -> str:
    """Return a recipe that reads the folder, or the server at `address` where it reads over HTTP."""
    code = recipes()[name].replace(HUB, address).replace('"ORG/NAME"', repr(str(folder)))
    place = address if name.startswith("duckdb") else str(folder)
    return code.replace("hf://datasets/ORG/NAME", place)


@dataclass
class Served:
    """What a server was asked: requests, and bytes that it sent."""

    address: str
    requests: int = 0
    sent: int = 0
    ranges: list[tuple[str, int]] = field(default_factory=list)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve a folder on loopback with byte ranges, as the Hub does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            path = folder / self.path.partition("?")[0].lstrip("/")
            served.requests += 1
            if not path.is_file():
                self.send_error(404)
                return
            size = path.stat().st_size
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            first, last = (int(asked[1]), min(int(asked[2] or size), size - 1)) if asked else (0, size - 1)
            self.send_response(206 if asked else 200)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(last - first + 1))
            self.send_header("ETag", f'"{size}"')
            if asked:
                self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
            self.end_headers()
            if with_body:
                with path.open("rb") as file:
                    file.seek(first)
                    self.wfile.write(file.read(last - first + 1))
                served.sent += last - first + 1
                served.ranges.append((path.name, last - first + 1))

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Served(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
