"""Run a Prefect server with its scheduler in a thread of this process."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aggregator.errors import MetaboardError
from aggregator.fetch.addresses import free_port, is_free_port

if TYPE_CHECKING:
    import uvicorn

STARTUP_TIMEOUT_SECONDS = 120.0
"""The first start is slow, because it creates the database."""
POLL_SECONDS = 0.05
DRAIN_SECONDS = 5.0
API_URL = "PREFECT_API_URL"


class ScheduleError(MetaboardError):
    """The schedule cannot be served."""


@contextmanager
def embedded_server() -> Iterator[None]:
    """Serve Prefect's API in this process while the block runs, unless the settings name a server.

    Prefect would start its embedded server as a process of its own, which outlives a killed refresh. A thread ends
    with its process, whatever ends it. Raises `ScheduleError` when the server does not start.
    """
    from prefect.context import refresh_global_settings_context  # noqa: PLC0415 - Prefect takes seconds to import
    from prefect.settings import get_current_settings  # noqa: PLC0415 - as above

    if get_current_settings().api.url is not None:
        yield
        return
    port = free_port()
    server = start_server(port, has_scheduler=False)
    os.environ[API_URL] = f"http://127.0.0.1:{port}/api"
    refresh_global_settings_context()
    try:
        yield
    finally:
        _send_the_rest()
        server.should_exit = True
        del os.environ[API_URL]
        refresh_global_settings_context()


def _send_the_rest() -> None:
    """Send the log lines and events that Prefect's threads still have; they would wait for the server without end."""
    from prefect.events.worker import EventsWorker  # noqa: PLC0415 - as above
    from prefect.logging.handlers import APILogWorker  # noqa: PLC0415 - as above

    for worker in (APILogWorker, EventsWorker):
        worker.drain_all(timeout=DRAIN_SECONDS)


def start_server(port: int, *, has_scheduler: bool = True) -> "uvicorn.Server":
    """Start the server on loopback and wait until it is ready; raises `ScheduleError`.

    The server that Prefect starts by itself has no scheduler, so with it no run would ever start.
    """
    _check_port(port)
    import uvicorn  # noqa: PLC0415 - other commands start faster without it
    from prefect.server.api.server import create_app  # noqa: PLC0415 - this import takes seconds

    config = uvicorn.Config(
        create_app(final=True, ephemeral=not has_scheduler),
        host="127.0.0.1",
        port=port,
        log_level="error",
        log_config=None,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="prefect-server", daemon=True)
    thread.start()
    deadline = time.monotonic() + STARTUP_TIMEOUT_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise ScheduleError(
                "the Prefect server in this process did not start",
                hint="The lines above have the reason. Its database is under PREFECT_HOME.",
            )
        time.sleep(POLL_SECONDS)
    return server


def _check_port(port: int) -> None:
    """Raise `ScheduleError` when another process uses the port."""
    if not is_free_port(port):
        raise ScheduleError(
            f"port {port} of this machine is taken",
            hint=f"If a Prefect server runs there, set PREFECT_API_URL=http://127.0.0.1:{port}/api; else give another --port.",
        )
