"""Commands about models by name: show and compare."""

from itertools import groupby
from typing import Annotated

import typer
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from aggregator import lookup, queries
from aggregator.queries import Card, Comparison, Row
from flows.commands import columns
from flows.commands.options import HomeOption, JsonOption
from flows.display import Column, billions, number, output, plain, print_json, print_table, with_interval

SHOWN_CHILDREN = 10
"""How many of the models made from one are named on a terminal; `--json` names all."""


def show(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Its id, its name on any leaderboard in any case, or words of it.")],
    *,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Show all that is known of one model: every board, every score, its names and why they are its."""
    with queries.opened(home) as connection:
        card = queries.card(connection, lookup.model_named(connection, model))
    if as_json:
        print_json(vars(card))
        return
    output().print(Group(*_facts(card)))
    _heading("On the leaderboards")
    print_table(columns.STANDINGS, card.boards)
    _scores(card)
    _heading("Names, and why they are this model")
    print_table(columns.ALIASES, card.aliases)
    _lineage(card)
    _history(card)


def _facts(card: Card) -> list[RenderableType]:
    model = card.model
    facts = [
        columns.text(model["kind"]),
        billions(model["params_b"]) + (f" ({billions(model['active_params_b'])} active)" if model["active_params_b"] else ""),
        columns.text(model["license"]),
        {True: "open weights", False: "weights not public", None: ""}[model["open_weights"]],  # type: ignore[index]
        f"by {model['organization']}" if model["organization"] else "",
        "flagged by a leaderboard" if model["flagged"] else "",
        "a merge" if model["merged"] else "",
    ]
    return [plain(model["name"], "bold"), plain(model["model_id"], "dim"), plain(" · ".join(fact for fact in facts if fact)), plain(_place(model))]


def _place(model: Row) -> str:
    """Say the combined rank as a person would."""
    if model.get("rank") is None:
        return f"No combined rank in track {model['track']}: no leaderboard of the rank lists it today."
    low, high = model.get("rank_low"), model.get("rank_high")
    sure = f", surely between {low} and {high}" if low is not None and high is not None else ""
    tied = f", in one tie group with {number(model['tied_with'])} others" if model.get("tied_with") else ""
    boards = f"{model['boards']} leaderboard" + ("" if model["boards"] == 1 else "s")
    return f"Rank {number(model['rank'])} in track {model['track']}{sure}{tied}; it rests on {boards}."


def _heading(words: str) -> None:
    output().print(Text(f"\n{words}", style="bold"))


def _scores(card: Card) -> None:
    console = output()
    for source, scores in groupby(card.scores, key=lambda row: str(row["source"])):
        _heading(f"Scores: {source}")
        cells = [plain(f"{_benchmark(row)} {with_interval(row['score'], row['score_low'], row['score_high'])}") for row in scores]
        console.print(Padding(Columns(cells, padding=(0, 3), column_first=True), (0, 0, 0, 1)))


def _benchmark(row: Row) -> str:
    return str(row["benchmark"]).partition("/")[2] or str(row["benchmark"])


def _lineage(card: Card) -> None:
    if not card.parents and not card.children:
        return
    console = output()
    _heading("Lineage")
    for edge in card.parents:
        console.print(plain(f" {edge['relation']} {edge['parent_id']} ({edge['source']}: {edge['evidence']})"))
    for edge in card.children[:SHOWN_CHILDREN]:
        console.print(plain(f" {edge['model_id']} is {edge['relation']} it ({edge['source']})"))
    if (more := len(card.children) - SHOWN_CHILDREN) > 0:
        console.print(plain(f" and {more:,} more; --json names all"))


def _history(card: Card) -> None:
    if not card.history:
        return
    past = card.history[0]
    _heading("History")
    output().print(
        plain(
            f" {past['benchmark']}: {number(past['dates'])} dates from {past['first_on']} to {past['last_on']},"
            f" best place {number(past['best_rank'])} on {past['best_on']}, last {number(past['last_rank'])}"
        )
    )


def compare(
    models: Annotated[list[str], typer.Argument(metavar="MODEL MODEL...", help="Two or more models, each as for `metaboard show`.")],
    *,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Set models side by side: facts, places on every leaderboard, and the benchmarks that they share."""
    with queries.opened(home) as connection:
        found = queries.compare(connection, [lookup.model_named(connection, model) for model in models])
    if as_json:
        print_json({"models": found.models, "boards": found.boards, "scores": found.scores})
        return
    lines = [_line(name, found.models, key) for key, name in FACTS.items() if any(model.get(key) is not None for model in found.models)]
    lines += [_board_line(row) for row in found.boards]
    print_table(_side_columns(found), lines)
    if found.scores:
        _heading("Benchmarks that they share")
        print_table(_side_columns(found), [_score_line(row) for row in found.scores])


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


def _side_columns(found: Comparison) -> tuple[Column, ...]:
    names = [(str(model["model_id"]), str(model["name"])) for model in found.models]
    return (
        Column("", lambda row: str(row[""]), keep=100, folds=True, least=16),
        *(Column(name, lambda row, key=key: str(row.get(key, "")), keep=100, folds=True, least=10) for key, name in names),  # type: ignore[misc]
    )


def _line(name: str, models: list[Row], key: str) -> Row:
    shown = {"rank": columns.rank, "params_b": lambda row: billions(row["params_b"])}.get(key, lambda row: columns.text(row.get(key)))
    return {"": name} | {str(model["model_id"]): shown(model) for model in models}


def _board_line(row: Row) -> Row:
    values = row["values"].items()  # type: ignore[attr-defined]
    return {"": row["source"]} | {
        key: f"{number(at['rank'])} of {number(row['models'])}: {with_interval(at['score'], at['score_low'], at['score_high'])}" for key, at in values
    }


def _score_line(row: Row) -> Row:
    values = row["values"].items()  # type: ignore[attr-defined]
    return {"": row["benchmark"]} | {key: with_interval(at["score"], at["score_low"], at["score_high"]) for key, at in values}
