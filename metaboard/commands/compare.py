"""The command that sets models side by side."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from aggregator.query import model_page, queries, search
from aggregator.query.model_page import Comparison, Line
from aggregator.query.queries import Row
from aggregator.text import number, visible
from metaboard import columns
from metaboard.display import Column, heading, print_json, print_table
from metaboard.options import HomeOption, JsonOption


def compare(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL MODEL...", help="Two or more models, each as for `metaboard show`.")
    ],
    *,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Set models side by side: facts, places on every leaderboard, and the benchmarks that they share."""
    with queries.opened(home) as connection:
        found = model_page.compare(connection, [search.model_named(connection, model) for model in models])
    if as_json:
        boards, scores = (
            [line.what | {"values": line.values} for line in lines] for lines in (found.boards, found.scores)
        )
        print_json({"models": found.models, "boards": boards, "scores": scores})
        return
    facts = [_fact_line(key, name, found.models) for key, name in FACTS.items()]
    told = [line for line in facts if any(line.values())]
    print_table(_side_columns(found), told + [_board_line(line) for line in found.boards])
    if found.scores:
        heading("Benchmarks that they share")
        print_table(_side_columns(found), [_score_line(line) for line in found.scores])


HEAD = ""
"""The key of a line's own name, beside keys that are model ids."""
FACTS = {
    "rank": "rank",
    "track": "track",
    "boards": "boards",
    "kind": "kind",
    "params_b": "params",
    "license": "license",
    "open_weights": "open weights",
    "organization": "organization",
    "base_model": "base model",
    "released_on": "released",
}

SHOWN: dict[str, Callable[[Row], str]] = {"rank": columns.rank, "params_b": columns.params}
"""The facts that are not shown as they are."""


def _side_columns(found: Comparison) -> list[Column]:
    names = {str(model["model_id"]): visible(model["name"]) for model in found.models}
    return [columns.words(key, name, keep=100, folds=True, least=12) for key, name in ({HEAD: " "} | names).items()]


def _fact_line(key: str, name: str, models: list[Row]) -> Row:
    shown = SHOWN.get(key, partial(columns.value, key))
    cells: Row = {str(model["model_id"]): shown(model) for model in models}
    return {HEAD: name} | cells if any(cells.values()) else {}


def _board_line(line: Line) -> Row:
    return {HEAD: line.what["source"]} | {
        model_id: f"{number(at['rank'])} of {number(line.what['models'])}: {columns.score(at)}"
        for model_id, at in line.values.items()
    }


def _score_line(line: Line) -> Row:
    return {HEAD: line.what["benchmark"]} | {model_id: columns.score(at) for model_id, at in line.values.items()}
