"""Commands that compare leaderboards, families and organizations, and list estimates and gems."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from aggregator.model import Track
from aggregator.query import queries
from aggregator.query.board_columns import group_titles, read_boards
from aggregator.query.families import list_families
from aggregator.query.outliers import find_ranked
from aggregator.text import billions, number
from metaboard import columns, filters
from metaboard.columns import Row, interval_column, number_column, right_column, text_column
from metaboard.commands import predict
from metaboard.display import Column, format_interval, print_json, print_message, print_table
from metaboard.options import CountOption, HomeOption, JsonOption


class Grain(StrEnum):
    """Which pairs `metaboard agreement` lists."""

    BOARD = "board"
    BENCHMARK = "benchmark"
    DATE = "date"


NOTHING = "Nothing to list: no row of this generation matches."


@dataclass(frozen=True)
class _List:
    """The query of a command, with the parameter `$n` for the number of rows, and the columns of its printed table."""

    query: str
    columns: tuple[Column, ...]


def _format_correlation(name: str, row: Row) -> str:
    value, low, high = (row.get(f"{name}{end}") for end in ("", "_low", "_high"))
    return "" if value is None else f"{value:.2f} ({low:.2f}–{high:.2f})"


_FAMILY = (columns.RANK, text_column("family", priority=100, can_wrap=True), number_column("boards", priority=98))
_BEST_IN_FAMILY = (
    text_column("family", priority=110, can_wrap=True, min_width=32),
    text_column("best_model_id", "best model that matches", priority=105, can_wrap=True, min_width=32),
    number_column("best_rank", "its rank", priority=90),
    interval_column("best_ability", "its ability", priority=100),
    right_column("ability of the base", lambda row: _whole(row.get("base_ability")), priority=80),
    right_column("params", lambda row: billions(row.get("best_params_b")), priority=85),
    text_column("best_license", "license", priority=70),
    number_column("matching_models", "models that match", priority=60),
)
_ORGANIZATION = (
    columns.RANK,
    text_column("organization", priority=100, can_wrap=True),
    number_column("boards", priority=98),
)
_AGREEMENT = _List(
    """
    select * from agreement
    where
        grain = $grain
        and (
            $board is null
            or list_contains([left_name, right_name], $board)
            or starts_with(left_name, $board || '/')
            or starts_with(right_name, $board || '/')
        )
    order by if($by_models, -n_models, 0), left_name, right_name, published_on desc, shared
    limit $n
    """,
    (
        text_column("left_name", "one", priority=100, can_wrap=True),
        text_column("right_name", "other", priority=100, can_wrap=True),
        Column("date", lambda row: str(row["published_on"]) if row["grain"] == "date" else "", 70),
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
_GEMS = _List(
    """
    select * from gems
    where
        ($max_params is null or params_b <= $max_params)
        and ($license is null or contains(lower(license), lower($license)))
        and (not $open_weights or open_weights)
    order by ability_low - usual_ability desc, model_id
    limit $n
    """,
    (
        columns.MODEL_ID,
        columns.PARAMS,
        right_column("ability", columns.format_ability, priority=95),
        right_column("usual", lambda row: _whole(row.get("usual_ability")), priority=90),
        text_column("evidence", "ev.", priority=70),
        number_column("likes", priority=60),
        text_column("license", priority=40),
        text_column("has_outliers", "outliers", priority=65),
        text_column("reason", "why", priority=30, can_wrap=True, min_width=40),
    ),
)


def _whole(value: object) -> str:
    """Return an ability in whole points."""
    return "" if value is None else number(round(float(str(value))))


def families(
    *,
    track: filters.TrackFilter = None,
    max_params: filters.MaxParams = None,
    license_text: filters.LicenseFilter = None,
    open_weights: filters.OpenWeightsFilter = False,
    limit: CountOption = 20,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List families by their best models on every leaderboard, to choose a base model.

    With limits, the best model of each family within them, the best first: which base to fine-tune, by what its
    descendants reached.
    """
    chosen = (track or Track.LLM).value
    with queries.open_current(home) as connection:
        found = list_families(
            connection,
            limit,
            track=chosen,
            max_params_b=max_params,
            license_text=license_text,
            open_weights=open_weights,
        )
        titles = _titles(connection, chosen)
    if max_params is None and license_text is None and not open_weights:
        _print_groups(_FAMILY, found, titles, as_json=as_json)
    else:
        _print_rows(_BEST_IN_FAMILY, found, as_json=as_json)


def organizations(*, limit: CountOption = 20, home: HomeOption, as_json: JsonOption = False) -> None:
    """List organizations by their best models on every leaderboard."""
    query = "select * from organizations order by rank nulls last, boards desc, models desc limit $n"
    with queries.open_current(home) as connection:
        found, titles = queries.fetch_rows(connection, query, {"n": limit}), _titles(connection)
    _print_groups(_ORGANIZATION, found, titles, as_json=as_json)


def agreement(
    *,
    grain: Annotated[
        Grain,
        typer.Option(
            metavar="GRAIN", help="board, benchmark, or date: each dated edition of a leaderboard with the other ones."
        ),
    ] = Grain.BOARD,
    board: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Only pairs with this leaderboard, or a benchmark of it.")
    ] = None,
    by_models: Annotated[
        bool, typer.Option("--by-models", help="Pairs with the most shared models first, not by name.")
    ] = False,
    limit: CountOption = 40,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List the rank correlations of pairs of leaderboards on the models that they share.

    `metaboard benchmarks` says which benchmarks are saturated or have drifted from the others.
    """
    with queries.open_current(home) as connection:
        source = None if board is None else find_ranked(connection, "source", board)
    _print_list(_AGREEMENT, home, limit, as_json=as_json, grain=grain.value, board=source, by_models=by_models)


def estimates(
    *,
    board: Annotated[
        str | None,
        typer.Option(metavar="ID", help="List predicted overall scores of another leaderboard of the combined rank."),
    ] = None,
    limit: CountOption = 20,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List estimated Arena ratings of models that the Arena does not list, and the measured error of the estimates.

    With --board: predicted overall scores of models that this leaderboard does not list.
    """
    if board is not None:
        predict.print_predicted(board, home, limit, as_json=as_json)
        return
    with queries.open_current(home) as connection:
        quality = queries.fetch_rows(connection, "from arena_estimate_quality")
    _print_list(_ESTIMATES, home, limit, as_json=as_json)
    for row in quality if not as_json else ():
        print_message(
            f"Measured by leave-one-out on {row['n_models']} models with a known rating: mean absolute error "
            f"{row['mean_absolute_error']:.0f} points; {row['coverage_90']:.0%} of ratings are inside the 90 % interval."
        )


def gems(
    *,
    max_params: filters.MaxParams = None,
    license_text: filters.LicenseFilter = None,
    open_weights: filters.OpenWeightsFilter = False,
    limit: CountOption = 20,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List models with a high ability for their size and few downloads or likes.

    Each has a rank, and scores on two leaderboards or on three benchmarks; none has a disputed size or a better base model.
    """
    limits = {"max_params": max_params, "license": license_text, "open_weights": open_weights}
    _print_list(_GEMS, home, limit, as_json=as_json, **limits)


def _titles(connection: queries.Connection, track: str | None = None) -> dict[str, str]:
    """Return the title of each group of leaderboards, of one track or of all."""
    return group_titles(
        (board.group, board.title) for board in read_boards(connection) if track is None or board.track == track
    )


def _print_groups(shown: Sequence[Column], found: Sequence[Row], titles: dict[str, str], *, as_json: bool) -> None:
    """Print families or organizations with their best model on each kind of leaderboard that lists one of them."""
    counts = {group: sum(1 for row in found if row.get(f"best_{group}_rank") is not None) for group in titles}
    by_count = sorted((group for group in titles if counts[group]), key=lambda group: -counts[group])
    best = (
        Column(f"best on {titles[group]}", partial(_format_best, group), 97 - at, can_wrap=True)
        for at, group in enumerate(by_count)
    )
    _print_rows((*shown, *best, number_column("models", priority=60)), found, as_json=as_json)


def _format_best(group: str, row: Row) -> str:
    """Return the place of the best model on one kind of leaderboard, and the name in its id."""
    model_id, place = row[f"best_{group}_model"], row[f"best_{group}_rank"]
    return "" if model_id is None else f"{number(place)} {str(model_id).rpartition('/')[2]}"


def _print_list(chosen: _List, home: Path, limit: int, *, as_json: bool, **values: object) -> None:
    with queries.open_current(home) as connection:
        found = queries.fetch_rows(connection, chosen.query, values | {"n": limit})
    _print_rows(chosen.columns, found, as_json=as_json)


def _print_rows(shown: Sequence[Column], found: Sequence[Row], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    elif found:
        print_table(shown, found)
    else:
        print_message(NOTHING)
