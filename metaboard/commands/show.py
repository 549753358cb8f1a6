"""The command that shows all that is known of one model."""

from itertools import groupby
from typing import Annotated

import typer
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from aggregator.query import model_page, queries, search
from aggregator.query.model_page import Card
from aggregator.query.queries import Row
from aggregator.text import billions, counted, number, visible
from metaboard import columns
from metaboard.display import heading, output, plain, print_json, print_table
from metaboard.options import HomeOption, JsonOption

SHOWN_CHILDREN = 10
"""How many of the models made from one are named on a terminal; `--json` names all."""


def show(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Its id, its name on any leaderboard in any case, or words of it.")
    ],
    *,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Show all that is known of one model: every board, every score, its names and why they are its."""
    with queries.opened(home) as connection:
        card = model_page.card(connection, search.model_named(connection, model))
    if as_json:
        print_json(vars(card))
        return
    output().print(Group(*_facts(card)))
    heading("On the leaderboards")
    print_table(columns.STANDINGS, card.boards)
    _scores(card)
    heading("Names, and why they are this model")
    _names(card)
    _lineage(card)
    _history(card)


def _facts(card: Card) -> list[RenderableType]:
    model = card.model
    facts = [
        columns.text(model["kind"]),
        billions(model["params_b"])
        + (f" ({billions(model['active_params_b'])} active)" if model["active_params_b"] else ""),
        columns.text(model["license"]),
        {True: "open weights", False: "weights not public", None: ""}[model["open_weights"]],  # type: ignore[index]
        f"by {model['organization']}" if model["organization"] else "",
        "flagged by a leaderboard" if model["flagged"] else "",
        "a merge" if model["merged"] else "",
    ]
    return [
        plain(model["name"], "bold"),
        plain(model["model_id"], "dim"),
        plain(" · ".join(fact for fact in facts if fact)),
        plain(_place(model)),
    ]


def _place(model: Row) -> str:
    """Say the combined rank as a person would."""
    if model.get("rank") is None:
        return f"No combined rank in track {model['track']}: no leaderboard of the rank lists it today."
    low, high = model.get("rank_low"), model.get("rank_high")
    sure = f", surely between {low} and {high}" if low is not None and high is not None else ""
    tied = f", in one tie group with {number(model['tied_with'])} others" if model.get("tied_with") else ""
    return f"Rank {number(model['rank'])} in track {model['track']}{sure}{tied}; it rests on {counted(model['boards'], 'leaderboard')}."


def _scores(card: Card) -> None:
    console = output()
    for source, scores in groupby(card.scores, key=lambda row: str(row["source"])):
        heading(f"Scores: {source}")
        pairs = [(visible(_benchmark(row)), columns.score(row)) for row in scores]
        widest, longest = (max(len(pair[at]) for pair in pairs) for at in (0, 1))
        cells = [Text(f"{benchmark:<{widest}}  {score:>{longest}}") for benchmark, score in pairs]
        console.print(Columns(cells, padding=(0, 4), column_first=True))


def _benchmark(row: Row) -> str:
    return str(row["benchmark"]).partition("/")[2] or str(row["benchmark"])


def _names(card: Card) -> None:
    """Print each name once, with the leaderboards that use it and why it is this model's."""
    used: dict[tuple[object, ...], list[str]] = {}
    for alias in card.aliases:
        used.setdefault(tuple(alias[part] for part in ("raw_name", "rung", "confidence", "evidence")), []).append(
            str(alias["source"])
        )
    for (raw_name, rung, confidence, evidence), sources in used.items():
        output().print(plain(f"{raw_name} on {', '.join(sources)}"))
        output().print(Padding(plain(f"{rung} ({number(confidence)}): {evidence}", "dim"), (0, 0, 0, 2)))


def _lineage(card: Card) -> None:
    if not card.parents and not card.children:
        return
    console = output()
    heading("Lineage")
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
    heading("History")
    output().print(
        plain(
            f" {past['benchmark']}: {counted(past['dates'], 'date')} from {past['first_on']} to {past['last_on']},"
            f" best place {number(past['best_rank'])} on {past['best_on']}, last {number(past['last_rank'])}"
        )
    )
