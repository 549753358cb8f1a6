"""The options of `top` that say which models are listed."""

from enum import StrEnum
from typing import Annotated

import typer

from aggregator.model import Kind, Track

PANEL = "Which models"


class Method(StrEnum):
    """The ways to combine leaderboards; `aggregator.ranking.rank` says what each counts."""

    ABILITY = "ability"
    MEAN_WIN_RATE = "mean_win_rate"
    MTEB_BORDA = "mteb_borda"
    EXPECTED_BORDA = "expected_borda"
    BRADLEY_TERRY = "bradley_terry"
    WEIGHTED = "weighted"


TrackFilter = Annotated[
    Track | None,
    typer.Option(
        metavar="TRACK", help="llm (when not given) or embedding; there is no order across them.", rich_help_panel=PANEL
    ),
]
KindFilter = Annotated[
    list[Kind] | None,
    typer.Option(
        metavar="KIND", help=f"How it was made; may be given several times: {', '.join(Kind)}.", rich_help_panel=PANEL
    ),
]
PretrainedFilter = Annotated[
    bool, typer.Option("--pretrained", help="Base models; short for --kind pretrained.", rich_help_panel=PANEL)
]
MaxParams = Annotated[
    float | None,
    typer.Option(
        metavar="B",
        min=0,
        help="At most so many billion parameters; unknown sizes are left out.",
        rich_help_panel=PANEL,
    ),
]
MinParams = Annotated[
    float | None,
    typer.Option(
        metavar="B",
        min=0,
        help="At least so many billion parameters; unknown sizes are left out.",
        rich_help_panel=PANEL,
    ),
]
LicenseFilter = Annotated[
    str | None,
    typer.Option("--license", metavar="TEXT", help="Text inside the licence, such as apache.", rich_help_panel=PANEL),
]
OrganizationFilter = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Text inside the organisation's name.", rich_help_panel=PANEL)
]
OpenWeightsFilter = Annotated[
    bool, typer.Option("--open-weights", help="Only weights that can be downloaded.", rich_help_panel=PANEL)
]
FlaggedFilter = Annotated[
    bool, typer.Option("--include-flagged", help="Also models that a leaderboard flagged.", rich_help_panel=PANEL)
]
CopiesFilter = Annotated[
    bool,
    typer.Option("--include-copies", help="Also mirrors and quantised copies of ranked models.", rich_help_panel=PANEL),
]
ExtrapolatedFilter = Annotated[
    bool,
    typer.Option(
        "--include-extrapolated", help="Also models of evidence C: too few scores for a rank.", rich_help_panel=PANEL
    ),
]
MethodChoice = Annotated[
    Method | None,
    typer.Option(
        metavar="METHOD",
        help=f"Combine the leaderboards another way: {', '.join(Method)}.",
        rich_help_panel=PANEL,
    ),
]
WeightChoice = Annotated[
    list[str] | None,
    typer.Option(
        "--weight",
        metavar="BOARD=W",
        help="A weight of your own for a leaderboard or benchmark, such as arena_text_style_control=2; "
        "may be given several times, the others get none.",
        rich_help_panel=PANEL,
    ),
]
BoardFilter = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help="Rank by this leaderboard alone: its name from `metaboard sources`, or the beginning of it.",
        rich_help_panel=PANEL,
    ),
]
