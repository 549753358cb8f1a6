"""The command that says how fresh everything is."""

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

if TYPE_CHECKING:
    from aggregator.pipeline.freshness import HomeState

StaleOption = Annotated[
    int | None,
    typer.Option(metavar="DAYS", min=0, help="How old any edition may be, in place of each leaderboard's own limit."),
]
TellOption = Annotated[
    bool, typer.Option("--tell", help="Send what needs a person to the address in METABOARD_WEBHOOK.")
]


def status(
    *, stale_after: StaleOption = None, tell: TellOption = False, home: HomeOption, as_json: JsonOption = False
) -> None:
    """Say how fresh each leaderboard is, what is kept of it, and whether anything needs a person."""
    from aggregator.pipeline import freshness  # noqa: PLC0415 - reading commands start without the sources

    found = freshness.status(home, stale_days=stale_after)
    if as_json:
        print_json(as_document(found))
    else:
        _show(found)
    if tell and found.needs_a_person:
        _tell(found)
    if found.needs_a_person:
        raise typer.Exit(Exit.REFUSED)


def as_document(found: "HomeState") -> Row:
    """Return the state of a home directory, for `--json`."""
    return {
        "home": str(found.home),
        "generation": found.generation,
        "created_at": found.created_at,
        "generations": found.generations,
        "holder": asdict(found.holder) if found.holder else None,
        "needs_a_person": found.needs_a_person,
        "sources": [asdict(source) | {"needs_a_person": source.needs_a_person} for source in found.sources],
    }


COLUMNS = (
    columns.words("source", keep=100),
    columns.words("state", keep=99),
    columns.words("published_on", "published", keep=80),
    Column("age", lambda row: columns.days(row["age_days"]), keep=85, right=True),
    Column("limit", lambda row: columns.days(row["limit_days"]), keep=60, right=True),
    Column("last good, UTC", lambda row: _minute(row["last_good_at"]), keep=90),
    columns.figures("fetches", "files kept", keep=50),
    Column("MB", lambda row: number(float(str(row["kept_bytes"])) / 1e6), keep=40, right=True),
)


def _minute(moment: object) -> str:
    return str(moment)[:16] if moment else "never"


def _show(found: "HomeState") -> None:
    print_table(COLUMNS, [asdict(source) for source in found.sources])
    for source in found.sources:
        if source.needs_a_person:
            print_message(
                f"{source.source} is {source.state}" + (f": {source.message}" if source.message else ""), "yellow"
            )
    held = (
        f"held by process {found.holder.pid} since {found.holder.since:%Y-%m-%d %H:%M} UTC"
        if found.holder
        else "held by nobody"
    )
    kept = counted(found.generations, "generation")
    print_message(f"generation {found.generation} of {found.created_at:%Y-%m-%d %H:%M} UTC; {kept} kept; {held}")


def _tell(found: "HomeState") -> None:
    from flows import notify  # noqa: PLC0415 - only where something is told

    url = notify.address()
    if url is None:
        raise UsageError("there is no address to tell", hint=f"Set {notify.ADDRESS} to an https:// address.")
    tired = [asdict(source) for source in found.sources if source.needs_a_person]
    lines = "\n".join(f"{row['source']} is {row['state']}" for row in tired)
    if not notify.send(notify.Notice("stale", f"metaboard: {found.home}\n{lines}", str(found.home), None, tired), url):
        print_message("the notice was not taken", "yellow")
