"""`metaboard compare`: show models side by side."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from aggregator.query import model_page, queries
from aggregator.query.model_page import Comparison, ComparisonRow
from aggregator.query.queries import Row
from aggregator.text import number, visible
from metaboard import columns
from metaboard.display import Column, print_heading, print_json, print_table
from metaboard.options import HomeOption, JsonOption
from metaboard.typed_names import choose_model


def compare(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL MODEL...", help="Two or more models, written as for `metaboard show`.")
    ],
    *,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Show models side by side: facts, places on every leaderboard, and scores on the benchmarks that they share."""
    with queries.open_current(home) as connection:
        found = model_page.compare_models(connection, [choose_model(connection, model) for model in models])
    if as_json:
        boards, scores = (
            [line.shared | {"values": line.values} for line in lines] for lines in (found.boards, found.scores)
        )
        print_json({"models": found.models, "boards": boards, "scores": scores})
        return
    facts = [_fact_line(key, name, found.models) for key, name in FACTS.items()]
    known = [line for line in facts if any(line.values())]
    print_table(_model_columns(found), known + [_board_line(line) for line in found.boards])
    if found.scores:
        print_heading("Shared benchmarks")
        print_table(_model_columns(found), [_score_line(line) for line in found.scores])


HEAD = ""
"""The key of the first column, which holds the name of the line; the other keys are model ids."""
FACTS = {
    "rank": "rank",
    "track": "track",
    "boards": "boards",
    "rests_on": "rests on",
    "kind": "kind",
    "params_b": "params",
    "license": "license",
    "open_weights": "open weights",
    "organization": "organization",
    "base_model": "base model",
    "released_on": "released",
}

FORMATS: dict[str, Callable[[Row], str]] = {
    "rank": partial(columns.format_cell_interval, "rank"),
    "params_b": columns.format_params,
}
"""The facts with a format of their own."""


def _model_columns(found: Comparison) -> list[Column]:
    names = {str(model["model_id"]): visible(model["name"]) for model in found.models}
    return [
        columns.text_column(key, name, priority=100, can_wrap=True, min_width=12)
        for key, name in ({HEAD: " "} | names).items()
    ]


def _fact_line(key: str, name: str, models: list[Row]) -> Row:
    format_fact = FORMATS.get(key, partial(columns.format_cell, key))
    cells: Row = {str(model["model_id"]): format_fact(model) for model in models}
    return {HEAD: name} | cells if any(cells.values()) else {}


def _board_line(line: ComparisonRow) -> Row:
    return {HEAD: line.shared["short_title"]} | {
        model_id: f"{number(at['rank'])} of {number(line.shared['models'])}: {columns.format_cell_interval('score', at)}"
        for model_id, at in line.values.items()
    }


def _score_line(line: ComparisonRow) -> Row:
    return {HEAD: line.shared["benchmark"]} | {
        model_id: columns.format_cell_interval("score", at) for model_id, at in line.values.items()
    }
