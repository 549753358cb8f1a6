"""Commands about time: changes and backfill."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.query import queries
from aggregator.query.queries import Row
from aggregator.text import number
from metaboard import columns
from metaboard.display import Column, print_json, print_message, print_table
from metaboard.options import AliasesOption, HomeOption, JsonOption, existing_aliases
from metaboard.progress import TellingRunner, told

if TYPE_CHECKING:
    from flows.backfill import Memory

AtomOption = Annotated[
    Path | None,
    typer.Option("--atom", metavar="FILE", dir_okay=False, help="Write the changes as an Atom feed to this file."),
]

CHANGES = (
    columns.words("source", keep=90),
    columns.words("event", keep=95),
    columns.words("name", "model", keep=100, folds=True),
    Column("place", lambda row: _arrow(row["rank_before"], row["rank_after"]), keep=99, right=True),
    Column("score", lambda row: _arrow(row["score_before"], row["score_after"]), keep=80, right=True),
    columns.words("previous_on", "from", keep=50),
    columns.words("published_on", "to", keep=60),
)


def _arrow(before: object, after: object) -> str:
    if before is None or after is None:
        return number(after if before is None else before)
    return f"{number(before)} → {number(after)}"


def changes(*, atom: AtomOption = None, home: HomeOption, as_json: JsonOption = False) -> None:
    """List what the last edition of each leaderboard changed: new models, models gone, moves beyond noise."""
    from aggregator.dataset import feed  # noqa: PLC0415 - reading commands start without polars
    from aggregator.pipeline import changes  # noqa: PLC0415 - reading commands start without polars

    with queries.opened(home) as connection:
        found = changes.changes(connection)
    if atom:
        feed.write(atom, found)
    if as_json:
        print_json(found)
    elif found:
        print_table(CHANGES, found, section="source")
    else:
        print_message("No leaderboard has two editions yet.")
    if atom and not as_json:
        print_message(f"wrote {atom}")


AgainOption = Annotated[
    bool, typer.Option("--again", help="Read every kept fetch anew, as after a mistake in reading was mended.")
]
FILLED = (
    columns.words("source", keep=100),
    columns.figures("kept", "fetches kept", keep=80),
    columns.figures("added", keep=95),
    columns.figures("refused", keep=90),
    columns.figures("dates", keep=85),
    columns.words("first_on", "from", keep=70),
    columns.words("last_on", "to", keep=75),
)


def backfill(
    *, again: AgainOption = False, aliases: AliasesOption, home: HomeOption, as_json: JsonOption = False
) -> None:
    """Fill `history` from every fetch whose bytes are kept, then publish; interrupted, it goes on where it stopped."""
    from flows.backfill import backfill as fill  # noqa: PLC0415 - reading commands start without it

    with told(f"Filling the history of {home} …") as tell:
        filled, memory = fill(home, tell, again=again)
    published = _publish(home, aliases, memory)
    rows: list[Row] = [asdict(source) for source in filled]
    if as_json:
        print_json({"published": published, "sources": rows})
        return
    print_table(FILLED, rows)
    print_message(
        f"published generation {published}" if published else "the current generation has all of it already", "bold"
    )


def _publish(home: Path, aliases: Path, memory: "Memory") -> str | None:
    """Build a generation from kept bytes where the current one lacks some of the history; returns its id."""
    from aggregator.store.generations import Home  # noqa: PLC0415 - as above
    from flows.refresh import Options, refresh  # noqa: PLC0415 - as above

    current = Home(home).current
    if not memory.digest or (current and current.manifest().get("history") == memory.digest):
        return None
    options = Options(home, replay=True, force=True, aliases=existing_aliases(aliases))
    with told("Publishing …") as tell:
        return refresh(options, TellingRunner(tell)).generation.id
