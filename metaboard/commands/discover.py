"""Commands that compare leaderboards, families and organizations, and list estimates, outliers and gems."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from aggregator.query import queries
from aggregator.query.board_columns import group_titles, read_boards
from aggregator.text import counted, number
from metaboard import columns
from metaboard.columns import Row, number_column, right_column, text_column
from metaboard.display import Column, format_interval, print_json, print_message, print_table
from metaboard.options import CountOption, HomeOption, JsonOption


class Grain(StrEnum):
    """Which pairs `metaboard agreement` lists."""

    BOARD = "board"
    BENCHMARK = "benchmark"
    DATE = "date"


NOTHING = "Nothing to list: this generation has no rows for this command."


@dataclass(frozen=True)
class _List:
    """The query of a command, with the parameter `$n` for the number of rows, and the columns of its printed table."""

    query: str
    columns: tuple[Column, ...]


def _format_correlation(name: str, row: Row) -> str:
    value, low, high = (row.get(f"{name}{end}") for end in ("", "_low", "_high"))
    return "" if value is None else f"{value:.2f} ({low:.2f}–{high:.2f})"


_FAMILIES = _List(
    "select * from families order by rank nulls last, boards desc, models desc limit $n",
    (columns.RANK, text_column("family", priority=100, can_wrap=True), number_column("boards", priority=98)),
)
_ORGANIZATIONS = _List(
    "select * from organizations order by rank nulls last, boards desc, models desc limit $n",
    (columns.RANK, text_column("organization", priority=100, can_wrap=True), number_column("boards", priority=98)),
)
_AGREEMENT = _List(
    "select * from agreement where grain = $grain order by left_name, right_name, published_on, shared limit $n",
    (
        text_column("left_name", "one", priority=100, can_wrap=True),
        text_column("right_name", "other", priority=100, can_wrap=True),
        text_column("published_on", "date", priority=70),
        text_column("shared", "models", priority=40),
        number_column("n_models", "n", priority=90),
        right_column("Spearman", lambda row: _format_correlation("spearman", row), priority=95),
        right_column("Kendall", lambda row: _format_correlation("kendall", row), priority=80),
    ),
)
_ESTIMATES = _List(
    "select * from arena_estimates where estimate is not null order by estimate desc limit $n",
    (
        columns.MODEL_ID,
        right_column(
            "estimated Arena rating",
            lambda row: format_interval(row.get("estimate"), row.get("low"), row.get("high")),
            priority=95,
        ),
    ),
)
_OUTLIERS = _List(
    "select * from outliers order by abs(robust_z) desc, model_id, benchmark limit $n",
    (
        columns.MODEL_ID,
        text_column("benchmark", priority=95),
        number_column("score", priority=90),
        number_column("usual", priority=85),
        number_column("robust_z", "z", priority=80),
        number_column("n_window", "n", priority=60),
        text_column("flagged", priority=50),
    ),
)
_DISPUTED_FACTS = _List(
    "select * from disputed_facts order by fact desc, model_id limit $n",
    (
        columns.MODEL_ID,
        text_column("fact", priority=90),
        right_column("value", lambda row: columns.format_value(row["value"]), priority=95),
        right_column("other_value", lambda row: columns.format_value(row["other_value"]), priority=95),
        text_column("reason", priority=80, can_wrap=True),
    ),
)
_GEMS = _List(
    "select * from gems order by ability - usual_ability desc, model_id limit $n",
    (
        columns.MODEL_ID,
        columns.PARAMS,
        right_column("ability", columns.format_ability, priority=95),
        number_column("usual_ability", "usual", priority=90),
        number_column("likes", priority=60),
        text_column("license", priority=40),
    ),
)


def families(*, limit: CountOption = 20, home: HomeOption, as_json: JsonOption = False) -> None:
    """List families by their best models on every leaderboard, to choose a base model."""
    _print_groups(_FAMILIES, home, limit, as_json=as_json)


def organizations(*, limit: CountOption = 20, home: HomeOption, as_json: JsonOption = False) -> None:
    """List organizations by their best models on every leaderboard."""
    _print_groups(_ORGANIZATIONS, home, limit, as_json=as_json)


def agreement(
    *,
    grain: Annotated[
        Grain,
        typer.Option(
            metavar="GRAIN", help="board, benchmark, or date: each date of the Arena with the Open LLM leaderboards."
        ),
    ] = Grain.BOARD,
    limit: CountOption = 40,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List the rank correlations of pairs of leaderboards on the models that they share."""
    _print_list(_AGREEMENT, home, limit, as_json=as_json, grain=grain.value)


def estimates(*, limit: CountOption = 20, home: HomeOption, as_json: JsonOption = False) -> None:
    """List estimated Arena ratings of models that the Arena does not list, and the measured error of the estimates."""
    with queries.open_current(home) as connection:
        quality = queries.fetch_rows(connection, "from arena_estimate_quality")
    _print_list(_ESTIMATES, home, limit, as_json=as_json)
    for row in quality if not as_json else ():
        print_message(
            f"Measured by leave-one-out on {row['n_models']} models with a known rating: mean absolute error "
            f"{row['mean_absolute_error']:.0f} points; {row['coverage_90']:.0%} of ratings are inside the 90 % interval."
        )


def outliers(
    *,
    facts: Annotated[
        bool,
        typer.Option(
            "--facts", help="List sizes and kinds that the name or lineage of the model contradicts, not scores."
        ),
    ] = False,
    limit: CountOption = 20,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List scores far from those of models of similar size and kind; the list does not give the cause."""
    if facts:
        _print_list(_DISPUTED_FACTS, home, limit, as_json=as_json)
        return
    _print_list(_OUTLIERS, home, limit, as_json=as_json)
    if not as_json:
        with queries.open_current(home) as connection:
            counts = queries.fetch_rows(connection, "select fact, count(*) as models from disputed_facts group by fact")
        models = {str(row["fact"]): row["models"] for row in counts}
        print_message(
            f"The name or lineage contradicts the size of {counted(models.get('params_b', 0), 'model')} and the kind of "
            f"{counted(models.get('kind', 0), 'model')}: `metaboard outliers --facts` lists them."
        )


def gems(*, limit: CountOption = 20, home: HomeOption, as_json: JsonOption = False) -> None:
    """List models with a high ability for their size and few downloads or likes."""
    _print_list(_GEMS, home, limit, as_json=as_json)


def _print_groups(chosen: _List, home: Path, limit: int, *, as_json: bool) -> None:
    """Print families or organizations with their best model on each kind of leaderboard that lists one of them."""
    with queries.open_current(home) as connection:
        titles = group_titles((board.group, board.title) for board in read_boards(connection))
        found = queries.fetch_rows(connection, chosen.query, {"n": limit})
    counts = {group: sum(1 for row in found if row.get(f"best_{group}_rank") is not None) for group in titles}
    by_count = sorted((group for group in titles if counts[group]), key=lambda group: -counts[group])
    best = (
        Column(f"best on {titles[group]}", partial(_format_best, group), 97 - at, can_wrap=True)
        for at, group in enumerate(by_count)
    )
    if as_json:
        print_json(found)
    elif not found:
        print_message(NOTHING)
    else:
        print_table((*chosen.columns, *best, number_column("models", priority=60)), found)


def _format_best(group: str, row: Row) -> str:
    """Return the place of the best model on one kind of leaderboard, and the name in its id."""
    model_id, place = row[f"best_{group}_model"], row[f"best_{group}_rank"]
    return "" if model_id is None else f"{number(place)} {str(model_id).rpartition('/')[2]}"


def _print_list(chosen: _List, home: Path, limit: int, *, as_json: bool, **values: object) -> None:
    with queries.open_current(home) as connection:
        found = queries.fetch_rows(connection, chosen.query, values | {"n": limit})
    if as_json:
        print_json(found)
    elif found:
        print_table(chosen.columns, found)
    else:
        print_message(NOTHING)
