"""`metaboard predict`: predicted scores of a model on benchmarks that did not measure it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from aggregator.query import queries
from aggregator.query.predictions import choose_benchmarks, overall_benchmark, predicted_overall, read_cells
from aggregator.text import counted, number, visible
from aggregator.warehouse import DATABASE
from metaboard import columns
from metaboard.columns import Row, right_column, text_column
from metaboard.display import format_interval, print_json, print_message, print_table
from metaboard.options import HomeOption, JsonOption
from metaboard.typed_names import choose_release

MEASURED, REPORTED, PREDICTED, REFUSED = "measured", "self-reported", "predicted", "no prediction"


def _format_score(row: Row) -> str:
    if row["kind"] == PREDICTED:
        return format_interval(row["predicted"], row["low"], row["high"])
    score = row["score"]
    return columns.format_value(score) if isinstance(score, float) else ""


CELLS = (
    text_column("benchmark", priority=110, can_wrap=True),
    text_column("kind", "", priority=105),
    right_column("score", _format_score, priority=100),
)
SHOWN_NAMES = 4
"""Benchmarks that a reason names."""


def predict(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model, written as for `metaboard show`.")],
    benchmarks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BENCHMARK]...",
            help="Benchmarks, or beginnings of their ids or names; the default is all main ones of the combined rank.",
        ),
    ] = None,
    *,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Predict scores of a model on benchmarks that did not measure it, with 90 % intervals.

    Measured scores are listed as measured. A prediction comes from the model's other scores and from all models that share
    benchmarks with it; where these are too few, the reason is printed.
    """
    # Other commands start faster without numpy and scipy.
    from aggregator.pipeline.predict_cells import predict_cells  # noqa: PLC0415 - for the reason above

    with queries.open_current(home) as connection:
        model_id = choose_release(connection, model)
        chosen = choose_benchmarks(connection, benchmarks) if benchmarks else None
        cells = read_cells(connection, model_id, chosen)
    unknown = [str(cell["benchmark"]) for cell in cells if cell["score"] is None and cell["predicted"] is None]
    computed: dict[str, dict[str, object]] = {}
    if unknown:
        found = predict_cells(home / "current" / DATABASE, model_id, unknown)
        computed = {str(row["benchmark"]): row for row in found.iter_rows(named=True)}
    rows: list[Row] = [_described({**cell, **computed.get(str(cell["benchmark"]), {})}) for cell in cells]
    if as_json:
        print_json([{"model_id": model_id, **row} for row in rows])
        return
    if not rows:
        print_message("Nothing to predict: this generation has no benchmark of the combined rank.")
        return
    shown = [row for row in rows if row["kind"] != REFUSED]
    if shown:
        print_table(CELLS, shown)
    for line in _refusals(rows):
        print_message(line)
    counts = Counter(str(row["kind"]) for row in rows)
    print_message(
        f"{visible(model_id)}: {counted(counts[MEASURED] + counts[REPORTED], 'score')} known, {number(counts[PREDICTED])} "
        f"predicted with 90 % intervals, {number(counts[REFUSED])} without a prediction. A prediction is no measurement."
    )


def _refusals(rows: list[Row]) -> Iterator[str]:
    """Yield one line per reason against a prediction, with the benchmarks."""
    names: dict[str, list[str]] = {}
    for row in rows:
        if row["kind"] == REFUSED:
            names.setdefault(str(row["reason"]), []).append(visible(str(row["benchmark"])))
    for reason, of_reason in names.items():
        more = f" and {number(len(of_reason) - SHOWN_NAMES)} more" if len(of_reason) > SHOWN_NAMES else ""
        yield f"No prediction of {', '.join(of_reason[:SHOWN_NAMES])}{more}: {reason}."


def _described(cell: Row) -> dict[str, object]:
    """Return the row of one cell: `kind` is measured, self-reported, predicted or no prediction."""
    if cell["score"] is not None:
        kind = REPORTED if cell["is_self_reported"] else MEASURED
    else:
        kind = REFUSED if cell["predicted"] is None else PREDICTED
    wanted = ("board", "benchmark", "score", "predicted", "low", "high")
    reason = cell.get("reason") if kind == REFUSED else None
    return {name: cell[name] for name in wanted} | {"kind": kind, "reason": reason}


def print_predicted(board: str, home: Path, limit: int, *, as_json: bool) -> None:
    """Print the predicted overall scores of models that a leaderboard does not list, and their measured error."""
    with queries.open_current(home) as connection:
        benchmark = overall_benchmark(connection, board)
        rows = predicted_overall(connection, benchmark, limit)
        quality = queries.fetch_rows(
            connection, "from prediction_quality where benchmark = $benchmark", {"benchmark": benchmark}
        )
    if as_json:
        print_json(rows)
        return
    shown = right_column(
        f"predicted {visible(benchmark)}",
        lambda row: format_interval(row["estimate"], row["low"], row["high"]),
        priority=95,
    )
    print_table((columns.MODEL_ID, shown), rows)
    for row in quality:
        print_message(
            f"Measured by cross-validation on {row['n_cells']} models with a known score: mean absolute error "
            f"{columns.format_value(row['mean_absolute_error'])}; {row['coverage_90']:.0%} of scores are inside the "
            "90 % interval."
        )
