"""`metaboard publish`, `pull` and `verify`: the published dataset."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from aggregator.errors import StorageError, UsageError
from aggregator.text import number
from metaboard.display import print_json, print_message
from metaboard.exit_codes import Exit
from metaboard.options import HomeOption, JsonOption
from metaboard.progress import show_progress

FromOption = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="DIR|hf://datasets/ORG/NAME",
        envvar="METABOARD_FROM",
        help="The place of the published dataset.",
    ),
]
OptionalFromOption = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DIR|hf://datasets/ORG/NAME", help="Download the dataset from this place and verify it."
    ),
]
ToOption = Annotated[str, typer.Option(metavar="DIR|hf://datasets/ORG/NAME", help="A folder, or a dataset on the Hub.")]
WithholdOption = Annotated[
    list[str] | None,
    typer.Option("--withhold", metavar="SOURCE", help="Publish without the rows of this leaderboard; can be repeated."),
]
UnlicensedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--publish-unlicensed",
        metavar="SOURCE",
        help="Publish this leaderboard although its data has no licence, or a non-commercial one; can be repeated.",
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Prepare the dataset and print what would be published, but publish nothing.")
]
RevisionArgument = Annotated[
    str | None, typer.Argument(metavar="[REVISION]", help="A tag or commit on the Hub; the default is the newest.")
]
SinceOption = Annotated[
    datetime | None,
    typer.Option(
        metavar="TIME",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help="Refuse an edition made before this time (UTC). An old edition passes all other checks.",
    ),
]


def publish(
    *,
    to: ToOption,
    withhold: WithholdOption = None,
    publish_unlicensed: UnlicensedOption = None,
    dry_run: DryRunOption = False,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Publish the current generation as a dataset, in one step; the same rows are not published twice.

    The rows of a leaderboard whose data has no licence, or a non-commercial one, are left out by default.
    """
    from aggregator.pipeline.publish import publish as run  # noqa: PLC0415 - query commands start faster without it

    with show_progress(f"Preparing the dataset for {to} …") as print_line:
        done = run(
            home, to, withheld=withhold or (), unlicensed=publish_unlicensed or (), dry_run=dry_run, log=print_line
        )
    if as_json:
        print_json(asdict(done) | {"dry_run": dry_run})
        return
    if done.withheld_by_licence:
        print_message(
            f"withheld, because the data has no licence or a non-commercial one: {', '.join(done.withheld_by_licence)}. "
            "If you may publish it: `metaboard boards publish ID`, or --publish-unlicensed ID."
        )
    size = f"{done.files} files, {number(round(done.bytes / 1e6, 2))} MB, data of {done.data_date}"
    if not done.is_new:
        print_message(f"{done.place} has these rows already; nothing was published")
    elif dry_run:
        print_message(f"would publish generation {done.generation} to {done.place}: {size}", "bold")
    else:
        at = f" as {done.tag}, commit {done.revision}" if done.tag else ""
        print_message(f"published generation {done.generation} to {done.place}{at}: {size}", "bold")


def pull(
    revision: RevisionArgument = None, *, source: FromOption, home: HomeOption, as_json: JsonOption = False
) -> None:
    """Download a published dataset, verify it, and make it the current generation of the home directory."""
    from aggregator.pipeline.pull import pull as run  # noqa: PLC0415 - as above

    with show_progress(f"Downloading {source} …"):
        pulled = run(home, source, revision)
    if as_json:
        print_json(
            {
                "generation": pulled.generation.id,
                "is_new": pulled.is_new,
                "directory": str(pulled.generation.path),
                "revision": pulled.revision,
                "made_at": pulled.made_at,
            }
        )
        return
    news = "now at" if pulled.is_new else "nothing changed; still"
    print_message(
        f"{news} generation {pulled.generation.id}, revision {pulled.revision}: {pulled.generation.path}", "bold"
    )


def verify(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[DIR|REVISION]",
            help="A generation or a published folder; with --from, a revision. The default is the current generation.",
        ),
    ] = None,
    *,
    source: OptionalFromOption = None,
    since: SinceOption = None,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Check every file of a generation, or of a published dataset, against its manifest."""
    utc = since.replace(tzinfo=UTC) if since else None
    if source:
        from aggregator.pipeline.pull import verify_published  # noqa: PLC0415 - as above

        with show_progress(f"Downloading {source} …"):
            problems = verify_published(source, target, utc)
        place = f"{source}@{target}" if target else source
    else:
        place, problems = _verify_directory(Path(target) if target else home / "current", utc)
    if as_json:
        print_json({"place": place, "sound": not problems, "problems": problems})
    for problem in [] if as_json else problems:
        print_message(problem, "red")
    if problems:
        raise typer.Exit(Exit.REFUSED)
    if not as_json:
        print_message(f"every file of {place} matches its manifest")


def _verify_directory(directory: Path, since: datetime | None) -> tuple[str, list[str]]:
    """Return the resolved path of `directory` and its problems."""
    from aggregator.dataset import checksums  # noqa: PLC0415 - as above
    from aggregator.store.manifest import verify as problems_of  # noqa: PLC0415 - as above

    if not directory.is_dir():
        raise StorageError(
            f"there is no directory {directory}",
            hint="Run `metaboard refresh` first, or give a directory. For a revision, add --from.",
        )
    place = str(directory.resolve())
    if checksums.is_dataset(directory):
        return place, checksums.find_problems(directory, since)
    if since:
        raise UsageError(
            "--since works only for published datasets", hint="`metaboard generations` prints the times of generations."
        )
    return place, problems_of(directory)
