"""The command that keeps the schedule."""

from pathlib import Path
from typing import Annotated

import typer

from metaboard.commands.refresh import MirrorOption
from metaboard.display import print_message
from metaboard.options import AliasesOption, HomeOption, existing_aliases

MINUTE = 60.0

CronOption = Annotated[str, typer.Option(metavar="CRON", help="When: minute, hour, day, month, weekday, in UTC.")]
PausedOption = Annotated[bool, typer.Option("--paused", help="Make the schedule, but let no run begin by itself.")]
PortOption = Annotated[
    int,
    typer.Option(
        metavar="PORT", min=1, max=65535, help="Where the server inside listens, reachable from this machine only."
    ),
]
TimeoutOption = Annotated[float, typer.Option(metavar="MINUTES", min=0.01, help="How long one attempt may take.")]
RetriesOption = Annotated[int, typer.Option(metavar="N", min=0, help="How often a failed night is tried again.")]
DelayOption = Annotated[float, typer.Option(metavar="MINUTES", min=0, help="How long to wait before that.")]
NotifyOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="METABOARD_WEBHOOK",
        help="Where a failed night or a stale leaderboard is told, as a POST of JSON; a secret, so rather set METABOARD_WEBHOOK.",
    ),
]
EnrichOption = Annotated[
    int,
    typer.Option(
        metavar="N", min=0, help="Look up so many models on the Hub before each refresh, as `metaboard enrich` does."
    ),
]
PublishOption = Annotated[
    str | None,
    typer.Option(metavar="DIR|hf://…", help="Publish each night's generation there, as `metaboard publish --to` does."),
]
SiteOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", file_okay=False, help="Make each night's page there, as `metaboard site` does."),
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
    """Refresh every night until stopped: one process, with a Prefect server inside unless one is configured."""
    from flows.serve import Nights  # noqa: PLC0415 - reading commands start without it
    from flows.serve import serve as keep_schedule  # noqa: PLC0415 - as above

    nights = Nights(
        home=home,
        mirror=mirror,
        aliases=existing_aliases(aliases),
        cron=cron,
        paused=paused,
        port=port,
        timeout=timeout * MINUTE,
        retries=retries,
        retry_delay=retry_delay * MINUTE,
        webhook=notify,
        enrich=enrich,
        publish_to=publish_to,
        site_to=site_to,
    )
    keep_schedule(nights, print_message)
