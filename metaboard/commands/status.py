"""`metaboard status`: print the freshness of each leaderboard."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.errors import UsageError
from aggregator.query.queries import Row
from aggregator.text import counted, number
from metaboard import columns
from metaboard.display import Column, print_json, print_message, print_table
from metaboard.exit_codes import Exit
from metaboard.options import HomeOption, JsonOption
from metaboard.refusals import print_refusals

if TYPE_CHECKING:
    from aggregator.pipeline.freshness import HomeState

StaleOption = Annotated[
    int | None,
    typer.Option(metavar="DAYS", min=0, help="Maximum age of an edition, for every leaderboard."),
]
NoticeOption = Annotated[
    bool,
    typer.Option("--tell", help="Send a notice to the webhook in METABOARD_WEBHOOK when something needs attention."),
]


def status(
    *, stale_after: StaleOption = None, send_notice: NoticeOption = False, home: HomeOption, as_json: JsonOption = False
) -> None:
    """Print how fresh each leaderboard is, what is kept of it, and what needs attention; exit with 3 if anything does."""
    from aggregator.pipeline import freshness  # noqa: PLC0415 - query commands start faster without the sources

    found = freshness.status(home, stale_days=stale_after)
    if as_json:
        print_json(build_document(found))
    else:
        _print_state(found)
    if send_notice and found.needs_a_person:
        _send_notice(found)
    if found.needs_a_person:
        raise typer.Exit(Exit.REFUSED)


def build_document(found: "HomeState") -> Row:
    """Return the JSON document of a home directory."""
    return {
        "home": str(found.home),
        "generation": found.generation,
        "created_at": found.created_at,
        "generations": found.generations,
        "holder": asdict(found.holder) if found.holder else None,
        "needs_a_person": found.needs_a_person,
        "sources": [source.to_json(found.home) for source in found.sources],
    }


COLUMNS = (
    columns.text_column("source", priority=100),
    columns.text_column("state", priority=99),
    columns.text_column("published_on", "published", priority=80),
    columns.age_column(priority=85),
    columns.age_column("limit_days", "limit", priority=60),
    Column("last good, UTC", lambda row: _format_minute(row["last_good_at"]), priority=90),
    columns.number_column("fetches", "files kept", priority=50),
    columns.right_column("MB", lambda row: number(float(str(row["kept_bytes"])) / 1e6), priority=40),
)


def _format_minute(moment: object) -> str:
    return str(moment)[:16] if moment else "never"


def _print_state(found: "HomeState") -> None:
    print_table(COLUMNS, [asdict(source) for source in found.sources])
    for source in found.sources:
        if source.needs_a_person:
            print_message(
                f"{source.source} is {source.state}" + (f": {source.message}" if source.message else ""), "yellow"
            )
    print_refusals((source.refusal for source in found.sources if source.refusal), found.home, is_explained=True)
    lock = (
        f"lock held by process {found.holder.pid} since {found.holder.since:%Y-%m-%d %H:%M} UTC"
        if found.holder
        else "lock held by nobody"
    )
    kept = counted(found.generations, "generation")
    print_message(f"generation {found.generation} of {found.created_at:%Y-%m-%d %H:%M} UTC; {kept} kept; {lock}")


def _send_notice(found: "HomeState") -> None:
    from flows import notify  # noqa: PLC0415 - only a notice needs it

    url = notify.webhook_url()
    if url is None:
        raise UsageError("there is no webhook", hint=f"Set {notify.WEBHOOK_VARIABLE} to an https:// address.")
    notice = notify.state_notice(found, f"metaboard: {found.home}")
    if notice and not notify.send(notice, url):
        print_message("The webhook did not accept the notice.", "yellow")
