"""Options of `metaboard top`: filters, method and weights."""

from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from aggregator.model import Kind, Track
from aggregator.query.top import Grain


class Method(StrEnum):
    """The methods of `aggregator.ranking.rank` to combine leaderboards; see `docs/methods.md`."""

    ABILITY = "ability"
    MEAN_WIN_RATE = "mean_win_rate"
    MTEB_BORDA = "mteb_borda"
    EXPECTED_BORDA = "expected_borda"
    BRADLEY_TERRY = "bradley_terry"
    WEIGHTED = "weighted"


_option = partial(typer.Option, rich_help_panel="Which models")

TrackFilter = Annotated[
    Track | None,
    _option(metavar="TRACK", help="llm (the default) or embedding. Models of different tracks have no common order."),
]
KindFilter = Annotated[
    list[Kind] | None, _option(metavar="KIND", help=f"Kind of model; can be repeated: {', '.join(Kind)}.")
]
PretrainedFilter = Annotated[bool, _option("--pretrained", help="Base models only; short for --kind pretrained.")]
MaxParams = Annotated[
    float | None,
    _option(metavar="B", min=0, help="At most this many billion parameters; models of unknown size are excluded."),
]
MinParams = Annotated[
    float | None,
    _option(metavar="B", min=0, help="At least this many billion parameters; models of unknown size are excluded."),
]
LicenseFilter = Annotated[
    str | None, _option("--license", metavar="TEXT", help="The licence contains this text, such as apache.")
]
OrganizationFilter = Annotated[
    str | None, _option(metavar="TEXT", help="A name of the organization contains this text.")
]
OpenWeightsFilter = Annotated[bool, _option("--open-weights", help="Only models with downloadable weights.")]
FlaggedFilter = Annotated[bool, _option("--include-flagged", help="Include models that a leaderboard flagged.")]
CopiesFilter = Annotated[bool, _option("--include-copies", help="Include mirrors and quantizations of ranked models.")]
ExtrapolatedFilter = Annotated[
    bool, _option("--include-extrapolated", help="Include models of evidence C, which have too few scores for a rank.")
]
MethodChoice = Annotated[
    Method | None,
    _option(metavar="METHOD", help=f"The method to combine the leaderboards: {', '.join(Method)}."),
]
WeightChoice = Annotated[
    list[str] | None,
    _option(
        "--weight",
        metavar="NAME=W",
        help="Your own weight for a leaderboard or benchmark, such as arena_text_style_control=2, or for a domain, such as "
        "coding=2; can be repeated. What has no weight does not count; leaderboards and domains do not mix.",
    ),
]
BoardFilter = Annotated[
    str | None,
    _option(
        metavar="SOURCE",
        help="Rank by this leaderboard only: its name from `metaboard sources`, or the start of the name.",
    ),
]
DomainFilter = Annotated[
    str | None,
    _option(
        metavar="DOMAIN",
        help="Rank by the ability in this domain, such as coding or math. An ability without benchmarks of the domain is "
        "borrowed from the overall one.",
    ),
]
GrainChoice = Annotated[
    Grain | None,
    _option(
        metavar="GRAIN",
        help="release (the default): one row for what people call a model. setting: one row for each setting and dated build.",
    ),
]
ReleaseFilter = Annotated[
    str | None,
    _option(
        metavar="NAME",
        help="List the settings and dated builds of this release: its id, or any name of one of its models.",
    ),
]
