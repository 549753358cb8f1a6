"""`metaboard serve`: refresh every night."""

from pathlib import Path
from typing import Annotated

import typer

from metaboard.commands.refresh import MirrorOption
from metaboard.display import print_message
from metaboard.options import AliasesOption, HomeOption, existing_aliases

SECONDS_PER_MINUTE = 60.0

CronOption = Annotated[
    str, typer.Option(metavar="CRON", help="Cron expression in UTC: minute, hour, day, month, weekday.")
]
PausedOption = Annotated[bool, typer.Option("--paused", help="Create the schedule but start no run automatically.")]
PortOption = Annotated[
    int,
    typer.Option(metavar="PORT", min=1, max=65535, help="Port of the embedded Prefect server on 127.0.0.1."),
]
TimeoutOption = Annotated[float, typer.Option(metavar="MINUTES", min=0.01, help="Timeout of one attempt.")]
RetriesOption = Annotated[int, typer.Option(metavar="N", min=0, help="Number of retries after a failed run.")]
DelayOption = Annotated[float, typer.Option(metavar="MINUTES", min=0, help="Time before a retry.")]
NotifyOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="METABOARD_WEBHOOK",
        help="Webhook for a notice (JSON by POST) after a failed run or about a stale leaderboard. The address is a secret: prefer METABOARD_WEBHOOK.",
    ),
]
EnrichOption = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        help="Read the metadata of up to N models from the Hub before each refresh, like `metaboard enrich`.",
    ),
]
PublishOption = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|hf://…",
        help="Publish the current generation to this place after each refresh, like `metaboard publish --to`.",
    ),
]
SiteOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        file_okay=False,
        help="Build the page in this folder after each refresh, like `metaboard site`.",
    ),
]


def serve(
    *,
    cron: CronOption = "17 3 * * *",
    paused: PausedOption = False,
    mirror: MirrorOption = None,
    timeout: TimeoutOption = 60.0,
    retries: RetriesOption = 2,
    retry_delay: DelayOption = 15.0,
    notify: NotifyOption = None,
    enrich: EnrichOption = 0,
    publish_to: PublishOption = None,
    site_to: SiteOption = None,
    port: PortOption = 4200,
    aliases: AliasesOption,
    home: HomeOption,
) -> None:
    """Refresh every night until stopped, in one process; it includes a Prefect server when none is configured."""
    from flows.serve import Schedule  # noqa: PLC0415 - query commands start faster without it
    from flows.serve import serve as serve_schedule  # noqa: PLC0415 - as above

    schedule = Schedule(
        home=home,
        mirror=mirror,
        aliases=existing_aliases(aliases),
        cron=cron,
        paused=paused,
        port=port,
        timeout_seconds=timeout * SECONDS_PER_MINUTE,
        retries=retries,
        retry_delay_seconds=retry_delay * SECONDS_PER_MINUTE,
        webhook=notify,
        enrich=enrich,
        publish_to=publish_to,
        site_to=site_to,
    )
    serve_schedule(schedule, print_message)
