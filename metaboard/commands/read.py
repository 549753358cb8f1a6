"""Commands that list: top, find, sql, sources."""

from typing import Annotated

import typer

from aggregator.errors import UsageError
from aggregator.model import Kind, Track
from aggregator.query import queries
from aggregator.query.queries import Row, Wanted
from metaboard import columns, filters
from metaboard.commands import methods
from metaboard.display import print_csv, print_json, print_message, print_table
from metaboard.options import CountOption, HomeOption, JsonOption

SQL_ROWS = 1000
"""How many rows `sql` prints unless it is asked for all."""


def top(
    *,
    limit: CountOption = 20,
    track: filters.TrackFilter = None,
    kind: filters.KindFilter = None,
    pretrained: filters.PretrainedFilter = False,
    max_params: filters.MaxParams = None,
    min_params: filters.MinParams = None,
    license_text: filters.LicenseFilter = None,
    organization: filters.OrganizationFilter = None,
    open_weights: filters.OpenWeightsFilter = False,
    include_flagged: filters.FlaggedFilter = False,
    include_copies: filters.CopiesFilter = False,
    include_extrapolated: filters.ExtrapolatedFilter = False,
    board: filters.BoardFilter = None,
    method: filters.MethodChoice = None,
    weight: filters.WeightChoice = None,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List the best models of a track, each with its place on every leaderboard."""
    wanted = Wanted(
        track=track.value if track else None,
        kinds=tuple(dict.fromkeys([*(kind or ()), *([Kind.PRETRAINED] if pretrained else ())])) or None,
        min_params_b=min_params,
        max_params_b=max_params,
        license=license_text,
        organization=organization,
        open_weights=open_weights,
        flagged=include_flagged,
        copies=include_copies,
        extrapolated=include_extrapolated,
        board=board,
    )
    with queries.opened(home) as connection:
        order = methods.order(connection, method, weight or (), track or Track.LLM)
        found = queries.top(connection, wanted, limit, order)
    _list(found, as_json=as_json, nothing="No model is all of that.")


def find(
    text: Annotated[str, typer.Argument(help="Words that some spelling of the model holds, in any order and case.")],
    *,
    limit: CountOption = 20,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Find models by any name that any leaderboard uses for them, best rank first."""
    with queries.opened(home) as connection:
        found = queries.find(connection, text, limit)
    _list(found, as_json=as_json, nothing=f"No spelling holds all of: {text}")


def _list(found: list[Row], *, as_json: bool, nothing: str) -> None:
    if as_json:
        print_json(found)
    elif found:
        print_table(columns.leaderboard(found), found, section="tie_group" if "tie_group" in found[0] else None)
    else:
        print_message(nothing)


def sql(
    question: Annotated[str, typer.Argument(metavar="SQL", help="SQL that reads; '-' takes it from standard input.")],
    *,
    every: Annotated[bool, typer.Option("--all", help=f"Print all rows instead of the first {SQL_ROWS:,}.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header line.")] = False,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Ask the DuckDB file anything, in DuckDB's SQL; it can only be read, and reaches no other file."""
    if as_csv and as_json:
        raise UsageError("--csv and --json exclude each other", hint="Give one of them.")
    question = typer.get_text_stream("stdin").read() if question == "-" else question
    with queries.opened(home) as connection:
        answer = queries.ask(connection, question, None if every else SQL_ROWS)
    as_rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    if as_json:
        print_json(as_rows)
    elif as_csv:
        print_csv(answer.columns, answer.rows)
    elif dropped := print_table(columns.free(answer.columns), as_rows):
        print_message(f"No room for {', '.join(dropped)}; --json and --csv print every column.")
    if answer.more:
        print_message(f"Only the first {SQL_ROWS:,} rows are shown; --all shows every one.")


def sources(*, home: HomeOption, as_json: JsonOption = False) -> None:
    """List the leaderboards: what each is, its licence, how many rows it gave and how old they are."""
    with queries.opened(home) as connection:
        found = queries.sources(connection)
    if as_json:
        print_json(found)
        return
    print_table(columns.SOURCES, found)
    for row in found:
        if row["message"]:
            print_message(f"{row['source']}: {row['message']}")
