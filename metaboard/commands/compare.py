"""`metaboard compare`: which of two models is better, and models side by side."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from aggregator.query import queries
from aggregator.query.compare import Comparison, ComparisonRow, compare_models
from aggregator.query.queries import Row
from aggregator.query.verdict import DomainVerdict, PairVerdict, percent
from aggregator.text import number, visible
from metaboard import columns
from metaboard.display import Column, plain_text, print_heading, print_json, print_table, result_console
from metaboard.options import HomeOption, JsonOption
from metaboard.typed_names import choose_release


def compare(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL MODEL...", help="Two or more models, written as for `metaboard show`.")
    ],
    *,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Say which model is better, on each leaderboard and overall, and show facts, places and shared benchmarks side by side.

    The first sentence is about the leaderboards that measured both, each with its own errors. The second one is the
    probability that one is better overall, from the abilities of both releases, or of both settings unless each is the
    default setting of its release. Of more than two models, the one with the best ability is compared with each other.
    """
    with queries.open_current(home) as connection:
        found = compare_models(connection, [choose_release(connection, model) for model in models])
    if as_json:
        print_json(_document(found))
        return
    for pair in found.verdicts:
        _print_verdict(pair)
    facts = [_fact_line(key, name, found.models) for key, name in FACTS.items()]
    known = [line for line in facts if any(line.values())]
    print_table(_model_columns(found), known + [_board_line(line) for line in found.boards])
    if found.scores:
        print_heading("Shared benchmarks")
        print_table(_model_columns(found), [_score_line(line) for line in found.scores])


def _document(found: Comparison) -> dict[str, object]:
    """Return the JSON document; `verdict` is the first of `verdicts`, and the only one of two models."""
    boards, scores = (
        [line.shared | {"values": line.values} for line in lines] for lines in (found.boards, found.scores)
    )
    verdicts = [pair.document() for pair in found.verdicts]
    return {
        "verdict": verdicts[0],
        "verdicts": verdicts,
        "models": found.models,
        "boards": boards,
        "scores": scores,
    }


def _print_verdict(pair: PairVerdict) -> None:
    console = result_console()
    for sentence in pair.sentences():
        # In a pipe, each sentence is one line.
        console.print(plain_text(sentence), soft_wrap=not console.is_terminal)
    if pair.domains:
        shown = [
            columns.text_column("domain", "domain", priority=100),
            columns.text_column("better", "better with", priority=95, can_wrap=True),
            columns.text_column("won", "benchmarks won", priority=90),
            *(columns.text_column(str(place), visible(name), priority=80) for place, name in enumerate(pair.names)),
        ]
        console.print()
        print_table(shown, [_domain_line(one, pair) for one in pair.domains])
    console.print()


def _domain_line(one: DomainVerdict, pair: PairVerdict) -> Row:
    better = ""
    if one.probability is not None:
        name = pair.names[0] if one.probability >= 0.5 else pair.names[1]
        better = f"{visible(name)} {percent(max(one.probability, 1 - one.probability))}"
    wins = one.wins
    won = f"{wins.won} : {wins.lost}" + (f", {wins.tied} equal" if wins.tied else "")
    return {
        "domain": one.domain,
        "better": better,
        "won": won if wins.won + wins.lost + wins.tied else "",
        **{str(place): _domain_ability(one, place) for place in (0, 1)},
    }


def _domain_ability(one: DomainVerdict, place: int) -> str:
    """Return the ability in the domain and, in parentheses, the number of benchmarks behind it."""
    ability, benchmarks = one.abilities[place], one.benchmarks[place]
    if ability is None:
        return ""
    return f"{number(round(ability))} ({number(benchmarks) if benchmarks else 'borrowed'})"


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
