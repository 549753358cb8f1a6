"""Serve the schedule: one process that refreshes a home directory every night, until it is stopped.

It needs no other service. If no Prefect server is configured, one runs in this process, on loopback only, with its
database in `HOME/prefect/`.
"""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aggregator.errors import UsageError
from aggregator.fetch.client import open_fetcher
from aggregator.store.files import storage_errors
from flows import logs, notify
from flows.prefect_server import start_server

CRON = "17 3 * * *"
"""Every night at 03:17 UTC, not at the full hour, when most scheduled jobs start."""
PORT = 4200
"""Prefect's default port."""


@dataclass(frozen=True)
class Schedule:
    """Parameters of `metaboard serve`."""

    home: Path
    mirror: str | None = None
    aliases: Path | None = None
    cron: str = CRON
    paused: bool = False
    port: int = PORT
    timeout_seconds: float = 3600.0
    """Timeout of one attempt."""
    retries: int = 2
    retry_delay_seconds: float = 900.0
    webhook: str | None = None
    enrich: int = 0
    """Most models to look up on the Hub before each refresh."""
    publish_to: str | None = None
    """Where each generation is published: a folder or `hf://datasets/ORG/NAME`."""
    site_to: Path | None = None
    """Folder for the page of each generation."""

    def validate(self) -> None:
        """Raise `UsageError` now for a parameter that would fail at night."""
        open_fetcher(self.mirror)
        notify.webhook_url(self.webhook)
        # Prefect takes seconds to import, so the fast checks come first.
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
        """The parameters of the flow: JSON without secrets, because Prefect stores them."""
        optional = {
            "enrich": self.enrich,
            "publish_to": self.publish_to,
            "site_to": str(self.site_to.absolute()) if self.site_to else None,
        }
        return {
            "home": str(self.home.absolute()),
            "mirror": _absolute(self.mirror),
            "aliases": str(self.aliases.absolute()) if self.aliases else None,
        } | {name: value for name, value in optional.items() if value}

    def environment(self) -> dict[str, str]:
        """Return the environment variables for the processes of the runs."""
        variables = {
            "DO_NOT_TRACK": "1",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PREFECT_LOGGING_SETTINGS_PATH": str(logs.SETTINGS_FILE),
            "METABOARD_NIGHT_TIMEOUT": str(self.timeout_seconds),
            "METABOARD_NIGHT_RETRIES": str(self.retries),
            "METABOARD_NIGHT_RETRY_DELAY": str(self.retry_delay_seconds),
        }
        return variables | ({notify.WEBHOOK_VARIABLE: self.webhook} if self.webhook else {})


def _absolute(mirror: str | None) -> str | None:
    if mirror is None or mirror.startswith(("http://", "https://")):
        return mirror
    return str(Path(mirror).absolute())


def serve(schedule: Schedule, log: Callable[[str], None]) -> None:
    """Serve the schedule until the process is stopped.

    Raises `UsageError` for a wrong cron expression, mirror or webhook, `ScheduleError` when the server does not start.
    """
    os.environ.update({name: value for name, value in schedule.environment().items() if _may_set(name, os.environ)})
    logs.install()
    schedule.validate()
    # Prefect reads its settings when it is imported, so the environment is set before.
    from prefect.context import refresh_global_settings_context  # noqa: PLC0415 - for the reason above
    from prefect.settings import get_current_settings  # noqa: PLC0415 - as above

    if get_current_settings().api.url is None:
        folder = Path(os.environ.setdefault("PREFECT_HOME", str(schedule.home.absolute() / "prefect")))
        with storage_errors(f"make {folder}"):
            folder.mkdir(parents=True, exist_ok=True)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{schedule.port}/api"
        refresh_global_settings_context()
        start_server(schedule.port)
        log(f"a Prefect server runs in this process: http://127.0.0.1:{schedule.port}")
    _serve_flow(schedule, log)


def _may_set(name: str, environment: Mapping[str, str]) -> bool:
    """Return whether to set a variable; Prefect variables that the operator set stay."""
    return name.startswith("METABOARD_") or name not in environment


def _serve_flow(schedule: Schedule, log: Callable[[str], None]) -> None:
    from prefect.schedules import Cron  # noqa: PLC0415 - Prefect takes seconds to import
    from prefect.types.entrypoint import EntrypointType  # noqa: PLC0415 - as above

    from flows.nightly import nightly  # noqa: PLC0415 - as above

    logging.getLogger("prefect.runner").info(
        "serving the schedule", extra={"fields": {"cron": schedule.cron, "paused": schedule.paused}}
    )
    paused = "paused; resume it with `prefect deployment schedule resume`"
    log(
        f"nightly refresh of {schedule.home}: {paused if schedule.paused else f'{schedule.cron} UTC'}. Stop with Ctrl-C."
    )
    nightly.serve(
        name="metaboard",
        schedule=Cron(schedule.cron, timezone="UTC"),
        paused=schedule.paused,
        parameters=schedule.parameters,
        description=f"Refreshes {schedule.home} once a night.",
        limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
