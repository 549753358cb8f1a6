"""Server of the stand-in Hub: all routes on one port, with faults before or after a request takes effect.

It runs on uvicorn, because `huggingface_hub` reuses connections and sends chunked bodies, which the fault server of the
download tests does not support.
"""

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from tests.support.hub.dataset_routes import DatasetRoutes
from tests.support.hub.model_routes import ModelRoutes
from tests.support.hub.state import Fault, HubRequest, StandInHub


class FaultMiddleware:
    """Records each request and applies the first fault that matches it."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], hub: StandInHub) -> None:
        self.app = app
        self.hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        authorization = request.headers.get("authorization")
        self.hub.requests.append(HubRequest(request.method, scope["path"], request.url.query, authorization))
        fault = next((fault for fault in self.hub.faults if fault.matches(scope)), None)
        if fault is None:
            await self.app(scope, receive, send)
        else:
            fault.times -= 1
            await self._fail(fault, scope, receive, send)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.effect == "cut while reading":
            await receive()
        elif fault.effect.endswith("before"):
            await _read_all(receive)
        else:
            await self.app(scope, receive, _discard)
        if fault.effect.startswith("cut"):
            # Uvicorn's `send` is a method of the request cycle; only its transport can cut the connection.
            cycle = send.__self__  # type: ignore[attr-defined] # a bound method of uvicorn
            cycle.disconnected = True
            cycle.transport.abort()
        else:
            await Response("injected fault", fault.status, headers=dict(fault.headers))(scope, receive, send)


async def _discard(message: Message) -> None:
    """Drop a response."""


async def _read_all(receive: Receive) -> None:
    """Read the whole request, so that the next one on the same connection starts at its first byte."""
    while (await receive()).get("more_body"):
        pass


@contextmanager
def serve_hub() -> Iterator[StandInHub]:
    """Run a stand-in Hub in a thread until the block ends."""
    hub = StandInHub()
    routes = DatasetRoutes(hub).routes() + ModelRoutes(hub).routes()
    server = uvicorn.Server(
        uvicorn.Config(
            FaultMiddleware(Starlette(routes=routes), hub),
            host="127.0.0.1",
            port=0,
            log_level="critical",
            lifespan="off",
            proxy_headers=False,
            ws="none",
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    hub.endpoint = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield hub
    finally:
        server.should_exit = True
        thread.join(10)
