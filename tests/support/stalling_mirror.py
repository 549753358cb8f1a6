"""Web server of a mirror that delays every response while the file `STALL` exists; run as a program: FOLDER PORT STALL."""

import functools
import sys
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(SimpleHTTPRequestHandler):
    stall: Path

    def do_GET(self) -> None:
        while self.stall.exists():
            time.sleep(0.1)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


if __name__ == "__main__":
    folder, port, stall = sys.argv[1:]
    Handler.stall = Path(stall)
    ThreadingHTTPServer(("127.0.0.1", int(port)), functools.partial(Handler, directory=folder)).serve_forever()
