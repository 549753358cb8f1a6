"""`metaboard top`, `find`, `sql` and `sources`: queries of the current generation."""

from dataclasses import replace
from typing import Annotated

import typer

from aggregator.errors import UsageError
from aggregator.model import Kind, Track
from aggregator.query import queries
from aggregator.query.board_columns import Board, read_boards
from aggregator.query.queries import Row
from aggregator.query.releases import find_release_id
from aggregator.query.top import Grain, ModelFilter
from aggregator.query.top import top as best_models
from aggregator.text import counted
from metaboard import columns, filters
from metaboard.commands import methods
from metaboard.display import print_csv, print_json, print_message, print_table
from metaboard.moved_ids import follow
from metaboard.options import CountOption, HomeOption, JsonOption

SQL_ROWS = 1000
"""How many rows `sql` prints without `--all`."""


SOURCES = (
    columns.text_column("source", priority=100),
    columns.text_column("title", priority=40),
    columns.text_column("track", priority=50),
    columns.number_column("models", priority=90),
    columns.number_column("rows_accepted", "rows", priority=70),
    columns.text_column("published_on", "published", priority=85),
    columns.age_column(priority=80),
    columns.text_column("status", priority=75),
    columns.text_column("license", "data licence", priority=95, can_wrap=True, min_width=12),
    columns.text_column("homepage", priority=10, can_wrap=True),
)


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
    domain: filters.DomainFilter = None,
    board: filters.BoardFilter = None,
    method: filters.MethodChoice = None,
    weight: filters.WeightChoice = None,
    grain: filters.GrainChoice = None,
    release: filters.ReleaseFilter = None,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """List the best releases of a track, each with its default setting and its rank on every leaderboard.

    A release is what people call a model, over its settings (effort, thinking, budget), dated builds and copies.
    `--release NAME` lists the settings and builds of one release. With a filter, places and their 90 % intervals are
    counted among the rows that match; `overall` is the place in the whole track.
    """
    wanted = ModelFilter(
        grain=grain or (Grain.SETTING if release else Grain.RELEASE),
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
        domain=domain,
    )
    with queries.open_current(home) as connection:
        if release:
            wanted = replace(wanted, release_id=find_release_id(connection, release))
        order = methods.order_by(connection, method, weight or (), track or Track.LLM, wanted.grain)
        found, boards = best_models(connection, wanted, limit, order), read_boards(connection)
    if as_json or not found:
        _list(found, boards, as_json=as_json, nothing="No model matches these filters.")
        return
    has_places = wanted.is_filtered or domain is not None
    _print_rows(found, boards, has_places=has_places)
    if has_places:
        print_message(_describe_places(found[0], wanted))


def find(
    text: Annotated[str, typer.Argument(help="A name as for `metaboard show`, or some words of it, in any order.")],
    *,
    limit: CountOption = 20,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Find models by any name that a leaderboard uses, the best match first."""
    with queries.open_current(home) as connection:
        found, boards = queries.find_models(connection, follow(connection, text), limit), read_boards(connection)
    _list(found, boards, as_json=as_json, nothing=f"No model name has all words of: {text}")


def _list(found: list[Row], boards: list[Board], *, as_json: bool, nothing: str) -> None:
    if as_json:
        print_json(found)
    elif found:
        _print_rows(found, boards)
    else:
        print_message(nothing)


def _print_rows(found: list[Row], boards: list[Board], *, has_places: bool = False) -> None:
    dropped = print_table(columns.leaderboard_columns(found, boards, has_places=has_places), found)
    shown = [board for board in boards if columns.two_lines(board.title) not in dropped]
    if columns.has_other_settings(found, shown):
        print_message("* the place of another setting of the release; `metaboard show` lists the settings.")


def _describe_places(row: Row, wanted: ModelFilter) -> str:
    """Return among which rows the places are counted, and what the second column is."""
    noun = "release" if wanted.grain is Grain.RELEASE else "setting"
    matching = counted(row["of"], noun)
    verb = ("matches" if row["of"] == 1 else "match") if wanted.is_filtered else "are ranked"
    by = f" by {row['domain']}" if "domain" in row else ""
    whole = "on the board = place on the whole board" if wanted.board else "overall = place in the whole track"
    interval = ", with its 90 % interval" if row["place_low"] is not None else ""
    return f"{matching} {verb}; place{by} counted among them{interval}; {whole}."


def sql(
    query: Annotated[str, typer.Argument(metavar="SQL", help="A SQL query; '-' reads it from standard input.")],
    *,
    every: Annotated[bool, typer.Option("--all", help=f"Print all rows, not only the first {SQL_ROWS:,}.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")] = False,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Run a SQL query on the DuckDB file, read-only and without access to other files."""
    if as_csv and as_json:
        raise UsageError("--csv and --json exclude each other", hint="Use one of them.")
    query = typer.get_text_stream("stdin").read() if query == "-" else query
    with queries.open_current(home) as connection:
        answer = queries.run_sql(connection, query, None if every else SQL_ROWS)
    as_rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    if as_json:
        print_json(as_rows)
    elif as_csv:
        print_csv(answer.columns, answer.rows)
    elif dropped := print_table(columns.query_columns(answer.columns), as_rows):
        print_message(f"Columns that do not fit: {', '.join(dropped)}. Use --json or --csv to print all.")
    if answer.has_more:
        print_message(f"Only the first {SQL_ROWS:,} rows are shown. Use --all to print all.")


def sources(*, home: HomeOption, as_json: JsonOption = False) -> None:
    """List the leaderboards with their licence, number of rows, and age."""
    with queries.open_current(home) as connection:
        found = queries.list_sources(connection)
    if as_json:
        print_json(found)
        return
    print_table(SOURCES, found)
    for row in found:
        if row["message"]:
            print_message(f"{row['source']}: {row['message']}")
