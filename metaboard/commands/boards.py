"""`metaboard boards`: list the leaderboards, and switch them on or off, into the combined rank or out of it."""

from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.errors import UsageError
from aggregator.query.queries import Row
from metaboard import columns
from metaboard.display import Column, print_json, print_message, print_table
from metaboard.options import HomeOption, JsonOption

if TYPE_CHECKING:
    from aggregator.pipeline.boards import Boards
    from aggregator.pipeline.settings_file import Switch


class Verb(StrEnum):
    """What the command does."""

    LIST = "list"
    ON = "on"
    OFF = "off"
    RANK = "rank"
    UNRANK = "unrank"
    PUBLISH = "publish"
    WITHHOLD = "withhold"


def _format_on(row: columns.Row) -> str:
    return "on" if row["is_on"] else "off" if row["is_usable"] else "broken"


def _format_rank(row: columns.Row) -> str:
    return "yes" if row["in_rank"] and row["is_on"] else "no"


def _format_license(row: columns.Row) -> str:
    return f"{row['license'] or ''}{', withheld' if row['is_withheld'] else ''}"


BOARDS = (
    columns.text_column("source", "board", priority=100),
    Column("read", _format_on, priority=98),
    Column("in rank", _format_rank, priority=96),
    columns.text_column("published_on", "published", priority=80),
    columns.number_column("rows", priority=85),
    columns.number_column("linked_names", "linked", priority=70),
    columns.number_column("shared_models", "shared", priority=90),
    columns.text_column("track", priority=30),
    columns.text_column("domain", priority=60),
    Column("data licence", _format_license, priority=75, can_wrap=True, min_width=12),
    columns.text_column("title", priority=20, can_wrap=True),
)


def boards(
    verb: Annotated[
        Verb,
        typer.Argument(
            metavar="[list|on|off|rank|unrank|publish|withhold]",
            help="`list` (the default) lists all leaderboards; `on` and `off`: a refresh reads it or not; `rank` and "
            "`unrank`: it is part of the combined rank or not; `publish`: it is published although its data has no "
            "licence, or a non-commercial one; `withhold`: it is not.",
        ),
    ] = Verb.LIST,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="The ids of the leaderboards.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="With `list`: also the leaderboards that are off.")] = False,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List the leaderboards: date, rows, names linked to a known model, models that other boards have too, and switches.

    The other verbs write your choice to `settings.toml` in the home directory. The environment (`METABOARD_BOARDS_ON`,
    `METABOARD_BOARDS_OFF`, `METABOARD_INCLUDE`) and the options of `metaboard refresh` have priority over that file.
    """
    # Query commands start faster without Polars and the sources.
    from aggregator.pipeline.board_table import board_rows  # noqa: PLC0415 - for the reason above
    from aggregator.pipeline.boards import read_boards  # noqa: PLC0415 - as above

    if (verb is Verb.LIST) == bool(ids):
        raise UsageError(
            f"`boards {verb.value}` {'takes no ids' if ids else 'needs the id of a leaderboard'}",
            hint="See the examples in `metaboard boards --help`.",
        )
    found = read_boards(home)
    if ids:
        _switch(home, verb, ids, found)
        found = read_boards(home)
    rows = board_rows(home, found)
    if as_json:
        print_json([row for row in rows if not ids or row["source"] in ids])
        return
    if not ids:
        shown = [row for row in rows if everything or row["is_on"] or row["on_by"] != "register"]
        print_table(BOARDS, shown)
        if len(shown) < len(rows):
            print_message(f"{len(rows) - len(shown)} more leaderboards are off; --all lists them.")
    _print_notes(rows, found, set(ids or ()))


def _switch(home: Path, verb: Verb, ids: list[str], known: "Boards") -> None:
    from aggregator.pipeline.settings_file import Switch, switch_boards  # noqa: PLC0415 - as above

    names = [source.id for source in known.every] + [failed.source.id for failed in known.left_out]
    mentioned = {board for place in known.settings.places for board in place.ids}
    if unknown := [board for board in ids if board not in names and board not in mentioned]:
        similar = get_close_matches(unknown[0], names)
        hint = f"Similar: {', '.join(similar)}." if similar else "`metaboard boards` lists the registered ones."
        raise UsageError(f"no leaderboard is called {', '.join(unknown)}", hint=hint)
    switch = Switch(verb.value)
    path = switch_boards(home, switch, ids)
    print_message(f"Wrote {path}. {_effect(switch)}")


def _effect(switch: "Switch") -> str:
    is_publication = switch.value in ("publish", "withhold")
    return f"The next `metaboard {'publish' if is_publication else 'refresh'}` applies it."


def _print_notes(rows: list[Row], found: "Boards", chosen: set[str]) -> None:
    """Print what a person should know besides the table; after a switch, only about the `chosen` leaderboards."""
    shown = [row for row in rows if not chosen or row["source"] in chosen]
    for row in shown:
        if not row["is_usable"]:
            print_message(f"{row['source']}: {row['message']}", "yellow")
        elif row["message"] and row["is_on"]:
            print_message(f"{row['source']}: {row['status']}: {row['message']}", "yellow")
    for text in found.warnings:
        print_message(text, "yellow")
    _print_list(
        shown, "is_withheld", "Withheld from publication, because the data has no licence or a non-commercial one"
    )
    not_fitted = [row for row in shown if row["in_rank"] and row["is_on"] and row["is_calibrated"] is False]
    _print_list(not_fitted, "is_on", "In the rank, but without effect until `metaboard calibrate --add` has added them")
    for row in shown:
        for name, origin in (("on_by", "read"), ("in_rank_by", "in the rank")):
            if row[name] not in (None, "register") and (chosen or row[name] == "environment"):
                print_message(f"{row['source']}: whether it is {origin} is set by {row[name]}")


def _print_list(rows: list[Row], name: str, title: str) -> None:
    if boards_with := [str(row["source"]) for row in rows if row[name]]:
        print_message(f"{title}: {', '.join(boards_with)}.")
