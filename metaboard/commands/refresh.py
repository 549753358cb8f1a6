"""`metaboard refresh`: fetch the leaderboards, build and publish one generation."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.errors import UsageError
from aggregator.query.queries import Row
from aggregator.warehouse import DATABASE
from metaboard import columns
from metaboard.display import print_json, print_message, print_table
from metaboard.exit_codes import Exit
from metaboard.options import AliasesOption, HomeOption, JsonOption, existing_aliases
from metaboard.progress import ProgressRunner, show_progress
from metaboard.refusals import print_refusals, shorten

if TYPE_CHECKING:
    from flows.refresh import RefreshOptions, RefreshResult

MirrorOption = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|URL",
        help="Read the files from a mirror (a folder, or a server of one) and not from the live hosts.",
    ),
]
SampleOption = Annotated[bool, typer.Option("--sample", help="Use the bundled sample; no network is needed.")]
ReplayOption = Annotated[bool, typer.Option("--replay", help="Build from kept snapshots; nothing is fetched.")]
DirectOption = Annotated[
    bool,
    typer.Option(
        "--direct", help="Run the steps without Prefect; the result is the same and comes some seconds earlier."
    ),
]
OnOption = Annotated[
    list[str] | None, typer.Option("--on", metavar="ID", help="Read this leaderboard too; can be repeated.")
]
OffOption = Annotated[
    list[str] | None, typer.Option("--off", metavar="ID", help="Do not read this leaderboard; can be repeated.")
]
IncludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="self-reported|none",
        help="Scores for the combined rank besides the measured ones: those that the makers of the models report.",
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Build a generation even when nothing changed.")]


REPORT = (
    columns.text_column("source", priority=100),
    columns.text_column("status", priority=95),
    columns.number_column("rows_read", "read", priority=80),
    columns.number_column("rows_accepted", "accepted", priority=90),
    columns.number_column("rows_quarantined", "quarantined", priority=60),
    columns.number_column("rows_duplicate", "duplicate", priority=50),
    columns.text_column("published_on", "published", priority=70),
    columns.age_column(priority=75),
)


def refresh(
    *,
    mirror: MirrorOption = None,
    sample: SampleOption = False,
    replay: ReplayOption = False,
    direct: DirectOption = False,
    force: ForceOption = False,
    on: OnOption = None,
    off: OffOption = None,
    include: IncludeOption = None,
    aliases: AliasesOption,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Fetch every leaderboard that is on, join the models, check the tables and publish a new generation, or change nothing."""
    if sum([mirror is not None, sample, replay]) > 1:
        raise UsageError(
            "--mirror, --sample and --replay exclude each other", hint="Use one of them, or none for the live hosts."
        )
    # Query commands start faster without Polars, the sources and Prefect.
    from aggregator.sources import SAMPLE  # noqa: PLC0415 - for the reason above
    from flows.refresh import RefreshOptions  # noqa: PLC0415 - as above

    options = RefreshOptions(
        home=home,
        mirror=str(SAMPLE) if sample else mirror,
        replay=replay,
        force=force,
        aliases=existing_aliases(aliases),
        on=tuple(on or ()),
        off=tuple(off or ()),
        include=tuple(include or ()),
    )
    result = _run(options, direct=direct)
    if as_json:
        print_json(build_document(result, home))
    else:
        print_result(result, home)
    if result.refused.height:
        raise typer.Exit(Exit.REFUSED)


def _run(options: "RefreshOptions", *, direct: bool) -> "RefreshResult":
    if direct:
        from flows.refresh import refresh as run_refresh  # noqa: PLC0415 - as above

        with show_progress(f"Refreshing {options.home} …") as print_line:
            return run_refresh(options, ProgressRunner(print_line))
    with show_progress("Starting Prefect (--direct runs without it) …") as print_line:
        from flows.prefect_runner import refresh_with_prefect  # noqa: PLC0415 - importing Prefect takes seconds

        return refresh_with_prefect(options, print_line)


def build_document(result: "RefreshResult", home: Path) -> Row:
    """Return the JSON document of a refresh."""
    return {
        "generation": result.generation.id,
        "is_new": result.is_new,
        "directory": str(result.generation.path),
        "database": str(result.generation.path / DATABASE),
        "refused": result.refused["source"].to_list(),
        "seconds": {step: round(seconds, 3) for step, seconds in result.seconds.items()},
        "refusals": [refusal.to_json(home) for refusal in result.refusals],
        "report": result.report.to_dicts(),
    }


def print_result(result: "RefreshResult", home: Path) -> None:
    """Print the report, the problems, the seconds of each step, and the path of the DuckDB file."""
    report = result.report.to_dicts()
    print_table(REPORT, report)
    for row in report:
        if row["status"] != "fresh":
            print_message(f"{row['source']}: {row['status']}: {shorten(str(row['message']))}", "yellow")
    if result.not_fetched:
        print_message(f"{', '.join(result.not_fetched)}: `metaboard doctor` checks every live address.")
    print_refusals(result.refusals, home, is_explained=True)
    seconds = " · ".join(f"{step} {taken:.1f} s" for step, taken in result.seconds.items())
    print_message(seconds, "dim")
    news = "published" if result.is_new else "nothing changed; still"
    print_message(f"{news} generation {result.generation.id}: {result.generation.path / DATABASE}", "bold")
