"""`metaboard outliers`: unusual scores, one row per model with its reasons."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aggregator.model import Track
from aggregator.query import queries
from aggregator.query.outliers import (
    OutlierFilter,
    count_broken,
    count_compared,
    find_outlier_models,
    find_outliers,
)
from aggregator.query.queries import Connection
from aggregator.text import counted, number
from metaboard import columns
from metaboard.columns import Row, number_column, right_column, text_column
from metaboard.display import Column, format_interval, print_json, print_message, print_table
from metaboard.options import CountOption, HomeOption, JsonOption
from metaboard.typed_names import choose_model


class By(StrEnum):
    """What a row of `metaboard outliers` is."""

    MODEL = "model"
    SCORE = "score"


REASONS = {"size": "its size", "other_scores": "its other scores", "other_boards": "its other boards"}


def _format_reasons(row: Row) -> str:
    return ", ".join(REASONS.get(str(reason), str(reason)) for reason in _items(row, "reasons"))


def _format_explanation(row: Row) -> str:
    """Return the first explanation, and how many more there are."""
    first, *others = _items(row, "explanations")
    return f"{first}; and {counted(len(others), 'more score')}" if others else str(first)


def _items(row: Row, name: str) -> list[object]:
    value = row.get(name)
    return list(value) if isinstance(value, list | tuple) else []


_MODELS = (
    columns.MODEL_ID,
    Column("unusual for", _format_reasons, 95, can_wrap=True, min_width=16),
    number_column("n_scores", "scores", priority=80),
    number_column("largest_z", "z", priority=85),
    text_column("is_broken", "broken", priority=60),
    text_column("flagged", priority=50),
    Column("why", _format_explanation, 90, can_wrap=True, min_width=48),
)
_SCORES = (
    columns.MODEL_ID,
    text_column("benchmark", priority=100, can_wrap=True, min_width=20),
    Column("unusual for", _format_reasons, 88, can_wrap=True, min_width=16),
    number_column("score", priority=95),
    number_column("usual", priority=90),
    number_column("robust_z", "z", priority=85),
    number_column("n_window", "n", priority=60),
    right_column(
        "predicted",
        lambda row: format_interval(row.get("predicted"), row.get("predicted_low"), row.get("predicted_high")),
        priority=89,
    ),
    number_column("residual_z", "its z", priority=84),
    text_column("flagged", priority=50),
)
_DISPUTED_FACTS = (
    columns.MODEL_ID,
    text_column("fact", priority=90),
    right_column("value", lambda row: columns.format_value(row["value"]), priority=95),
    right_column("other_value", lambda row: columns.format_value(row["other_value"]), priority=95),
    text_column("reason", priority=80, can_wrap=True),
)


def outliers(
    *,
    low: Annotated[
        bool, typer.Option("--low", help="List scores that are worse than usual; many of them are broken evaluations.")
    ] = False,
    board: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="Only scores on this leaderboard: a name from `metaboard sources`."),
    ] = None,
    benchmark: Annotated[
        str | None, typer.Option(metavar="BENCHMARK", help="Only scores on this benchmark, such as open_llm_v1/gsm8k.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Only this model, written as for `metaboard show`; high and low."),
    ] = None,
    track: Annotated[Track | None, typer.Option(metavar="TRACK", help="llm (the default) or embedding.")] = None,
    by: Annotated[
        By, typer.Option(metavar="ROW", help="model: one row per model. score: one row per score.")
    ] = By.MODEL,
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
    """List models with unusually good scores, and why each is unusual; the list does not give the cause.

    A score is unusual for the size of the model: far from models of about the same size, kind and date. Or it is far from
    what the other scores of the model predict. Models with more reasons come first. `docs/discover.md` has the rules.
    """
    if facts:
        _print_facts(home, limit, as_json=as_json)
        return
    with queries.open_current(home) as connection:
        is_narrowed = board is not None or benchmark is not None or model is not None
        wanted = OutlierFilter(
            direction="low" if low else (None if model else "high"),
            track=track.value if track else (None if is_narrowed else Track.LLM.value),
            board=board,
            benchmark=benchmark,
            model_id=choose_model(connection, model) if model else None,
        )
        find = find_outlier_models if by is By.MODEL else find_outliers
        found = find(connection, wanted, limit)
        if as_json:
            print_json(found)
            return
        if found:
            print_table(_MODELS if by is By.MODEL else _SCORES, found)
        for message in _messages(connection, wanted, found):
            print_message(message)


def _messages(connection: Connection, wanted: OutlierFilter, found: Sequence[Row]) -> list[str]:
    """Return what is said below the table."""
    messages = []
    if not found:
        compared = count_compared(connection, wanted)
        word = {"high": "unusually good", "low": "unusually bad"}.get(str(wanted.direction), "unusual")
        messages.append(
            f"No score of these is {word}. Of {counted(compared['models'], 'model')} with scores in the rank, "
            f"{number(compared['sized'])} have a known size (a comparison by size needs 30 of about one size and kind on "
            f"one leaderboard), and {number(compared['linked'])} are on two leaderboards or more."
        )
    if wanted.model_id:
        return messages
    broken = count_broken(connection, wanted)
    if broken and wanted.direction == "high":
        verb = "looks" if broken == 1 else "look"
        messages.append(f"{counted(broken, 'model')} {verb} broken: `metaboard outliers --low` lists low scores.")
    counts = queries.fetch_rows(connection, "select fact, count(*) as models from disputed_facts group by fact")
    models = {str(row["fact"]): row["models"] for row in counts}
    if models:
        messages.append(
            f"The name or lineage contradicts the size of {counted(models.get('params_b', 0), 'model')} and the kind of "
            f"{counted(models.get('kind', 0), 'model')}: `metaboard outliers --facts` lists them."
        )
    return messages


def _print_facts(home: Path, limit: int, *, as_json: bool) -> None:
    with queries.open_current(home) as connection:
        found = queries.fetch_rows(
            connection, "select * from disputed_facts order by fact desc, model_id limit $n", {"n": limit}
        )
    if as_json:
        print_json(found)
    elif found:
        print_table(_DISPUTED_FACTS, found)
    else:
        print_message("No name or lineage contradicts a size or a kind.")
