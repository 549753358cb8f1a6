"""`metaboard benchmarks`: list the benchmarks of the combined rank, and which of them are saturated or have drifted."""

from typing import Annotated

import typer

from aggregator.query import queries
from metaboard.columns import Row, number_column, right_column, text_column
from metaboard.display import Column, print_json, print_message, print_table
from metaboard.options import HomeOption, JsonOption

QUERY = """
select * from benchmark_health
where
    ($board is null or source = $board)
    and ($track is null or track = $track)
    and (not $saturated or is_saturated or weight < 1)
    and (not $drifted or is_drifted)
order by track desc, is_saturated desc, weight, benchmark
"""


def _format_state(row: Row) -> str:
    words = [word for word, name in (("saturated", "is_saturated"), ("drifted", "is_drifted")) if row[name]]
    return ", ".join(words) or ("not judged" if row["discrimination"] is None else "")


def _format_drift(row: Row) -> str:
    return "" if row["drift"] is None else f"{row['drift']:+.0f} ± {row['drift_error']:.0f}"


def _format_correlation(row: Row) -> str:
    return "" if row["discrimination"] is None else f"{row['discrimination']:.2f}"


COLUMNS = (
    text_column("benchmark", priority=100, can_wrap=True),
    text_column("domain", priority=60),
    Column("state", _format_state, priority=98),
    number_column("weight", priority=95),
    number_column("n_models", "models", priority=70),
    right_column("correlation", _format_correlation, priority=80),
    right_column("drift a year", _format_drift, priority=75),
    text_column("reason", priority=40, can_wrap=True),
)


def benchmarks(
    *,
    saturated: Annotated[
        bool, typer.Option("--saturated", help="Only benchmarks that are saturated, or have less weight.")
    ] = False,
    drifted: Annotated[bool, typer.Option("--drifted", help="Only benchmarks that drift from the others.")] = False,
    board: Annotated[str | None, typer.Option(metavar="ID", help="Only the benchmarks of one leaderboard.")] = None,
    track: Annotated[str | None, typer.Option(metavar="TRACK", help="Only llm or embedding.")] = None,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List the benchmarks of the rank: weight, agreement with the other leaderboards, saturation and drift."""
    chosen = {"board": board, "track": track, "saturated": saturated, "drifted": drifted}
    with queries.open_current(home) as connection:
        rows = queries.fetch_rows(connection, QUERY, chosen)
    if as_json:
        print_json(rows)
        return
    if not rows:
        print_message("No benchmark of the rank is like that.")
        return
    print_table(COLUMNS, rows)
    lowered = sum(float(str(row["weight"])) < 1 for row in rows)
    if lowered:
        print_message(f"Benchmarks with less weight in the calibration: {lowered}. See docs/calibrate.md for the rule.")
