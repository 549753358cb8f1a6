"""Commands that list: top, find, sql, sources."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from aggregator import queries
from aggregator.errors import UsageError
from aggregator.model import Kind, Track
from aggregator.queries import Row, Wanted
from flows.commands.options import CountOption, HomeOption, JsonOption
from flows.display import Column, billions, number, ordinal_with_interval, print_csv, print_json, print_table, say, with_interval

SQL_ROWS = 1000
"""How many rows `sql` prints unless asked for all."""

TopFilter = "Which models"


def top(
    n: CountOption = 20,
    track: Annotated[Track | None, typer.Option(help="llm (the default) or embedding; there is no order across them.", rich_help_panel=TopFilter)] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="How the model was made; may be given several times.", rich_help_panel=TopFilter)] = None,
    pretrained: Annotated[bool, typer.Option("--pretrained", help="Short for --kind pretrained: base models.", rich_help_panel=TopFilter)] = False,
    max_params: Annotated[float | None, typer.Option(metavar="B", help="At most so many billion parameters; models of unknown size are left out.", rich_help_panel=TopFilter)] = None,
    min_params: Annotated[float | None, typer.Option(metavar="B", help="At least so many billion parameters; the same.", rich_help_panel=TopFilter)] = None,
    license_: Annotated[str | None, typer.Option("--license", metavar="TEXT", help="Text in the licence, such as apache.", rich_help_panel=TopFilter)] = None,
    organization: Annotated[str | None, typer.Option(metavar="TEXT", help="Text in the organisation's name.", rich_help_panel=TopFilter)] = None,
    open_weights: Annotated[bool, typer.Option("--open-weights", help="Only models whose weights can be downloaded.", rich_help_panel=TopFilter)] = False,
    include_flagged: Annotated[bool, typer.Option("--include-flagged", help="Also models that a leaderboard flagged.", rich_help_panel=TopFilter)] = False,
    board: Annotated[str | None, typer.Option(metavar="SOURCE", help="Rank by this leaderboard alone; its name as `metaboard sources` prints it, or the beginning of it.")] = None,
    home: HomeOption = ...,  # type: ignore[assignment]
    json: JsonOption = False,
) -> None:
    """List the best models of a track, each with its place on every leaderboard."""
