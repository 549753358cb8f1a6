"""Run a Prefect server with its scheduler in a thread of this process."""

import threading
import time

from aggregator.errors import MetaboardError
from aggregator.fetch.addresses import is_free_port

STARTUP_TIMEOUT_SECONDS = 120.0
"""The first start is slow, because it creates the database."""
POLL_SECONDS = 0.05


class ScheduleError(MetaboardError):
    """The schedule cannot be served."""


def start_server(port: int) -> None:
    """Start the server on loopback and wait until it is ready; raises `ScheduleError`.

    The embedded server that Prefect starts by itself has no scheduler, so with it no run would ever start.
    """
    _check_port(port)
    import uvicorn  # noqa: PLC0415 - other commands start faster without it
    from prefect.server.api.server import create_app  # noqa: PLC0415 - this import takes seconds

    config = uvicorn.Config(
        create_app(final=True), host="127.0.0.1", port=port, log_level="error", log_config=None, lifespan="on"
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


def _check_port(port: int) -> None:
    """Raise `ScheduleError` when another process uses the port."""
    if not is_free_port(port):
        raise ScheduleError(
            f"port {port} of this machine is taken",
            hint=f"If a Prefect server runs there, set PREFECT_API_URL=http://127.0.0.1:{port}/api; else give another --port.",
        )
