"""The schedule: one process that refreshes a home directory every night, until it is stopped.

It needs no other service. Where no Prefect server is configured, one runs inside the process, with its database in
`HOME/prefect/`; it listens on this machine only.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aggregator.errors import MetaboardError, UsageError
from aggregator.fetch.addresses import is_free_port
from aggregator.fetch.client import open_fetcher
from aggregator.store.files import storage
from flows import logs, notify

CRON = "17 3 * * *"
"""Every night at 03:17 UTC, away from the full hour at which everybody asks."""
PORT = 4200
"""Prefect's own default."""
STARTUP = 120.0
"""Seconds: the first start makes the database."""


class ScheduleError(MetaboardError):
    """The schedule cannot be served."""


@dataclass(frozen=True)
class Nights:
    """What `metaboard serve` serves."""

    home: Path
    mirror: str | None = None
    aliases: Path | None = None
    cron: str = CRON
    paused: bool = False
    port: int = PORT
    timeout: float = 3600.0
    """Seconds that one attempt may take."""
    retries: int = 2
    retry_delay: float = 900.0
    """Seconds before a failed attempt is repeated."""
    webhook: str | None = None
    enrich: int = 0
    """How many models to look up on the Hub each night, before the refresh."""
    publish_to: str | None = None
    """Where each night's generation is published: a folder or `hf://datasets/ORG/NAME`."""
    site_to: Path | None = None
    """Where each night's page is made."""

    def check(self) -> None:
        """Raise `UsageError` for what would only fail at night."""
        open_fetcher(self.mirror)
        notify.address(self.webhook)
        # Importing Prefect takes seconds, so what is cheap to check comes first.
        from prefect.client.schemas.schedules import CronSchedule  # noqa: PLC0415 - for the reason above

        try:
            CronSchedule(cron=self.cron, timezone="UTC")
        except ValueError as cause:
            raise UsageError(
                f"not a cron expression: {self.cron!r}",
                hint=f"Give minute, hour, day, month and weekday in UTC, such as {CRON!r}.",
            ) from cause

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of the flow; plain data without secrets, for Prefect keeps them."""
        return {
            "home": str(self.home.absolute()),
            "mirror": _absolute(self.mirror),
            "aliases": str(self.aliases.absolute()) if self.aliases else None,
        } | {name: value for name, value in self._extras() if value}

    def _extras(self) -> Iterable[tuple[str, object]]:
        yield "enrich", self.enrich
        yield "publish_to", self.publish_to
        yield "site_to", str(self.site_to.absolute()) if self.site_to else None

    def environment(self) -> dict[str, str]:
        """Return what the processes of the runs find in their environment."""
        told = {
            "DO_NOT_TRACK": "1",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PREFECT_LOGGING_SETTINGS_PATH": str(logs.SETTINGS),
            "METABOARD_NIGHT_TIMEOUT": str(self.timeout),
            "METABOARD_NIGHT_RETRIES": str(self.retries),
            "METABOARD_NIGHT_RETRY_DELAY": str(self.retry_delay),
        }
        return told | ({notify.ADDRESS: self.webhook} if self.webhook else {})


def _absolute(mirror: str | None) -> str | None:
    if mirror is None or mirror.startswith(("http://", "https://")):
        return mirror
    return str(Path(mirror).absolute())


def serve(nights: Nights, say: Callable[[str], None]) -> None:
    """Serve the schedule until the process is told to stop.

    Raises `UsageError` for a wrong cron expression, mirror or address, `ScheduleError` when the server does not start.
    """
    os.environ.update({key: value for key, value in nights.environment().items() if _is_ours(key, os.environ)})
    logs.install()
    nights.check()
    # Prefect reads its settings when it is imported, so they are made before.
    from prefect.context import refresh_global_settings_context  # noqa: PLC0415 - for the reason above
    from prefect.settings import get_current_settings  # noqa: PLC0415 - as above

    if get_current_settings().api.url is None:
        place = Path(os.environ.setdefault("PREFECT_HOME", str(nights.home.absolute() / "prefect")))
        with storage(f"make {place}"):
            place.mkdir(parents=True, exist_ok=True)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{nights.port}/api"
        refresh_global_settings_context()
        start_server(nights.port)
        say(f"a Prefect server runs in this process: http://127.0.0.1:{nights.port}")
    _serve(nights, say)


def _is_ours(key: str, environment: Mapping[str, str]) -> bool:
    """Return whether a variable is for us to set: the operator's own Prefect settings stand."""
    return key.startswith("METABOARD_") or key not in environment


def start_server(port: int) -> None:
    """Start a whole Prefect server, scheduler included, in a thread of this process; raises `ScheduleError`.

    The server that Prefect itself starts when none is configured has no scheduler, so nothing would ever run.
    """
    _claim(port)
    import uvicorn  # noqa: PLC0415 - other commands start without it
    from prefect.server.api.server import create_app  # noqa: PLC0415 - importing the server takes seconds

    config = uvicorn.Config(
        create_app(final=True), host="127.0.0.1", port=port, log_level="error", log_config=None, lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="prefect-server", daemon=True)
    thread.start()
    end = time.monotonic() + STARTUP
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise ScheduleError(
                "the Prefect server inside this process did not start",
                hint="The lines above say why; its database is under PREFECT_HOME.",
            )
        time.sleep(0.05)


def _claim(port: int) -> None:
    """Raise `ScheduleError` where the port is taken."""
    if not is_free_port(port):
        raise ScheduleError(
            f"port {port} of this machine is taken",
            hint="If a Prefect server answers there, set PREFECT_API_URL to it; else give another --port.",
        )


def _serve(nights: Nights, say: Callable[[str], None]) -> None:
    from prefect.schedules import Cron  # noqa: PLC0415 - as above
    from prefect.types.entrypoint import EntrypointType  # noqa: PLC0415 - Prefect takes seconds to import

    from flows.nightly import nightly  # noqa: PLC0415 - as above

    logging.getLogger("prefect.runner").info(
        "serving the schedule", extra={"fields": {"cron": nights.cron, "paused": nights.paused}}
    )
    when = "paused; resume it with `prefect deployment schedule resume`" if nights.paused else f"{nights.cron} UTC"
    say(f"nightly refresh of {nights.home}: {when}. Stop with Ctrl-C.")
    nightly.serve(
        name="metaboard",
        schedule=Cron(nights.cron, timezone="UTC"),
        paused=nights.paused,
        parameters=nights.parameters,
        description=f"Refreshes {nights.home} once a night.",
        limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
