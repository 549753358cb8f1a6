"""`metaboard changes` and `metaboard backfill`: the history of the leaderboards."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.query import queries
from aggregator.query.queries import Row
from aggregator.text import number
from metaboard import columns
from metaboard.display import print_json, print_message, print_table
from metaboard.options import AliasesOption, HomeOption, JsonOption, existing_aliases
from metaboard.progress import ProgressRunner, show_progress

if TYPE_CHECKING:
    from aggregator.pipeline.history import AllHistory

AtomOption = Annotated[
    Path | None,
    typer.Option("--atom", metavar="FILE", dir_okay=False, help="Write the changes as an Atom feed to this file."),
]

CHANGES = (
    columns.text_column("source", priority=90),
    columns.text_column("event", priority=95),
    columns.text_column("name", "model", priority=100, can_wrap=True),
    columns.right_column("place", lambda row: _format_change(row["rank_before"], row["rank_after"]), priority=99),
    columns.right_column("score", lambda row: _format_change(row["score_before"], row["score_after"]), priority=80),
    columns.text_column("previous_on", "from", priority=50),
    columns.text_column("published_on", "to", priority=60),
)


def _format_change(before: object, after: object) -> str:
    if before is None or after is None:
        return number(after if before is None else before)
    return f"{number(before)} → {number(after)}"


def changes(*, atom: AtomOption = None, home: HomeOption, as_json: JsonOption = False) -> None:
    """List the changes in the last edition of each leaderboard: new models, removed models, and moves larger than noise."""
    from aggregator.dataset import feed  # noqa: PLC0415 - query commands start faster without polars
    from aggregator.pipeline.changes import changes as read_changes  # noqa: PLC0415 - as above

    with queries.open_current(home) as connection:
        found = read_changes(connection)
    if atom:
        feed.write_feed(atom, found)
    if as_json:
        print_json(found)
    elif found:
        print_table(CHANGES, found, section="source")
    else:
        print_message("No leaderboard has two editions yet.")
    if atom and not as_json:
        print_message(f"Wrote {atom}.")


AgainOption = Annotated[
    bool, typer.Option("--again", help="Read all kept snapshots again, for example after a parser was fixed.")
]
BACKFILLED = (
    columns.text_column("source", priority=100),
    columns.number_column("kept", "fetches", priority=80),
    columns.number_column("added", priority=95),
    columns.number_column("refused", priority=90),
    columns.number_column("dates", priority=85),
    columns.text_column("first_on", "from", priority=70),
    columns.text_column("last_on", "to", priority=75),
)


def backfill(
    *, again: AgainOption = False, aliases: AliasesOption, home: HomeOption, as_json: JsonOption = False
) -> None:
    """Fill the table `history` from all kept snapshots and publish it; an interrupted run continues where it stopped."""
    from aggregator.pipeline.backfill import backfill as fill  # noqa: PLC0415 - query commands start faster without it

    with show_progress(f"Filling the history of {home} …") as print_line:
        results, history = fill(home, print_line, again=again)
    published = _publish(home, aliases, history)
    rows: list[Row] = [asdict(result) for result in results]
    if as_json:
        print_json({"published": published, "sources": rows})
        return
    print_table(BACKFILLED, rows)
    print_message(
        f"Published generation {published}." if published else "The current generation already has this history.",
        "bold",
    )


def _publish(home: Path, aliases: Path, history: "AllHistory") -> str | None:
    """Build a generation from kept snapshots and return its id; None when the current one has the whole history."""
    from aggregator.store.generations import Home  # noqa: PLC0415 - as above
    from flows.refresh import RefreshOptions, refresh  # noqa: PLC0415 - as above

    current = Home(home).current
    if not history.digest or (current and current.manifest().get("history") == history.digest):
        return None
    options = RefreshOptions(home, replay=True, force=True, aliases=existing_aliases(aliases))
    with show_progress("Publishing …") as print_line:
        return refresh(options, ProgressRunner(print_line)).generation.id
