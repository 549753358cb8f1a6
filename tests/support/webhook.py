"""A stand-in webhook: it records every notice and responds with the given statuses."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.support.canary import CANARY


class Webhook:
    """The received notices and the address of one stand-in."""

    def __init__(self, port: int) -> None:
        self.received: list[dict[str, Any]] = []
        self.address = f"http://127.0.0.1:{port}/hook/{CANARY}"


@contextmanager
def running_webhook(*statuses: int) -> Iterator[Webhook]:
    """Run a webhook that responds with `statuses` in order, then with 204."""
    waiting = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            webhook.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(waiting.pop(0) if waiting else 204)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            webhook.received.append({"redirected": True})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        webhook = Webhook(server.server_port)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield webhook
        finally:
            server.shutdown()
