"""Commands that list what the leaderboards say together: families, organizations, agreement, estimates, outliers, gems."""

from enum import StrEnum
from typing import Annotated

import typer

from aggregator.query import queries
from aggregator.query.queries import Row
from metaboard import columns
from metaboard.display import Column, print_json, print_message, print_table
from metaboard.options import CountOption, HomeOption, JsonOption


class Grain(StrEnum):
    """What is held against what."""

    BOARD = "board"
    BENCHMARK = "benchmark"
    DATE = "date"


def families(*, limit: CountOption = 20, home: HomeOption, as_json: JsonOption = False) -> None:
    """List lineages by their best models on every leaderboard: which base model to start from."""
    _list(
        "select * from families order by rank nulls last, boards desc, models desc limit $n",
        columns.FAMILIES,
        limit,
        home,
        as_json=as_json,
    )


def organizations(*, limit: CountOption = 20, home: HomeOption, as_json: JsonOption = False) -> None:
    """List organisations by their best models on every leaderboard."""
    _list(
        "select * from organizations order by rank nulls last, boards desc, models desc limit $n",
        columns.ORGANIZATIONS,
        limit,
        home,
        as_json=as_json,
    )


def agreement(
    *,
    grain: Annotated[
        Grain, typer.Option(help="Leaderboards, benchmarks, or Arena's dates against the Open LLM boards.")
    ] = Grain.BOARD,
    limit: CountOption = 40,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Say how far two leaderboards put the models that they share into the same order."""
    _list(
        "select * from agreement where grain = $grain order by left_name, right_name, published_on, shared limit $n",
        columns.AGREEMENT,
        limit,
        home,
        as_json=as_json,
        grain=grain.value,
    )


def estimates(*, limit: CountOption = 20, home: HomeOption, as_json: JsonOption = False) -> None:
    """List estimates of the Arena rating of models that have none, and how good such estimates are."""
    with queries.opened(home) as connection:
        quality = queries.rows(connection, "from arena_estimate_quality")
    _list(
        "select * from arena_estimates where estimate is not null order by estimate desc limit $n",
        columns.ESTIMATES,
        limit,
        home,
        as_json=as_json,
    )
    for row in quality if not as_json else ():
        print_message(
            f"Measured on {row['n_models']} models that have both, each left out in turn: mean error "
            f"{row['mean_absolute_error']:.0f} points; {row['coverage_90']:.0%} of ratings inside the 90 % interval."
        )


def outliers(*, limit: CountOption = 20, home: HomeOption, as_json: JsonOption = False) -> None:
    """List scores far from those of models of about the same size and kind; unusual is all that this says."""
    _list(
        "select * from outliers order by abs(robust_z) desc, model_id, benchmark limit $n",
        columns.OUTLIERS,
        limit,
        home,
        as_json=as_json,
    )


def gems(*, limit: CountOption = 20, home: HomeOption, as_json: JsonOption = False) -> None:
    """List models that are strong for their size and that few people have found."""
    _list(
        "select * from gems order by ability - usual_ability desc, model_id limit $n",
        columns.GEMS,
        limit,
        home,
        as_json=as_json,
    )


def _list(
    question: str, shown: tuple[Column, ...], limit: int, home: HomeOption, *, as_json: bool, **values: object
) -> None:
    with queries.opened(home) as connection:
        found: list[Row] = queries.rows(connection, question, values | {"n": limit})
    if as_json:
        print_json(found)
    elif found:
        print_table(shown, found)
    else:
        print_message("Nothing to list: the leaderboards of this generation do not meet often enough.")
