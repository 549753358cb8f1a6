"""Commands about the published dataset: publish, pull, verify."""

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
from metaboard.progress import told

FromOption = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="DIR|hf://datasets/ORG/NAME",
        envvar="METABOARD_FROM",
        help="Where the dataset is published.",
    ),
]
OptionalFromOption = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DIR|hf://datasets/ORG/NAME", help="Download the dataset from there and verify that."
    ),
]
ToOption = Annotated[str, typer.Option(metavar="DIR|hf://datasets/ORG/NAME", help="A folder, or a dataset on the Hub.")]
WithholdOption = Annotated[
    list[str] | None,
    typer.Option("--withhold", metavar="SOURCE", help="Leave out the rows of this leaderboard; may be repeated."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Prepare everything, say what would be published, and publish nothing.")
]
RevisionArgument = Annotated[
    str | None, typer.Argument(metavar="[REVISION]", help="A tag or commit on the Hub; the newest unless given.")
]
SinceOption = Annotated[
    datetime | None,
    typer.Option(
        metavar="TIME",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help="Refuse an edition made before this time (UTC): an old one that is served again is sound in itself.",
    ),
]


def publish(
    *,
    to: ToOption,
    withhold: WithholdOption = None,
    dry_run: DryRunOption = False,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Publish the current generation as a dataset, whole or not at all; the same rows again change nothing."""
    from flows.publish import publish as run  # noqa: PLC0415 - reading commands start without it

    with told(f"Preparing the dataset for {to} …") as tell:
        done = run(home, to, withheld=withhold or (), dry_run=dry_run, say=tell)
    if as_json:
        print_json(asdict(done) | {"dry_run": dry_run})
        return
    size = f"{done.files} files, {number(round(done.bytes / 1e6, 2))} MB, data of {done.data_date}"
    if not done.is_new:
        print_message(f"{done.place} has these rows already; nothing is published")
    elif dry_run:
        print_message(f"would publish generation {done.generation} to {done.place}: {size}", "bold")
    else:
        at = f" as {done.tag}, commit {done.revision}" if done.tag else ""
        print_message(f"published generation {done.generation} to {done.place}{at}: {size}", "bold")


def pull(
    revision: RevisionArgument = None, *, source: FromOption, home: HomeOption, as_json: JsonOption = False
) -> None:
    """Download a published dataset, verify it, and make it the current generation here."""
    from flows.publish import pull as run  # noqa: PLC0415 - as above

    with told(f"Pulling {source} …"):
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
    news = "current is" if pulled.is_new else "nothing changed; still"
    print_message(
        f"{news} generation {pulled.generation.id}, revision {pulled.revision}: {pulled.generation.path}", "bold"
    )


def verify(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[DIR|REVISION]",
            help="A generation or a published folder; with --from, a revision. The current generation unless given.",
        ),
    ] = None,
    *,
    source: OptionalFromOption = None,
    since: SinceOption = None,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Hold every file of a generation, or of a published dataset, against what its manifest says."""
    utc = since.replace(tzinfo=UTC) if since else None
    if source:
        from flows.publish import examine  # noqa: PLC0415 - as above

        with told(f"Downloading {source} …"):
            problems = examine(source, target, utc)
        place = f"{source}@{target}" if target else source
    else:
        place, problems = _here(Path(target) if target else home / "current", utc)
    if as_json:
        print_json({"place": place, "sound": not problems, "problems": problems})
    for problem in [] if as_json else problems:
        print_message(problem, "red")
    if problems:
        raise typer.Exit(Exit.REFUSED)
    if not as_json:
        print_message(f"every file of {place} is as its manifest says")


def _here(directory: Path, since: datetime | None) -> tuple[str, list[str]]:
    """Return which directory it is and what is wrong with it."""
    from aggregator.dataset import checksums  # noqa: PLC0415 - as above
    from aggregator.store.manifest import verify as problems_of  # noqa: PLC0415 - as above

    if not directory.is_dir():
        raise StorageError(
            f"there is no directory {directory}",
            hint="Run `metaboard refresh` first, or name a directory; a revision needs --from.",
        )
    place = str(directory.resolve())
    if checksums.is_dataset(directory):
        return place, checksums.problems(directory, since)
    if since:
        raise UsageError(
            "--since is about published datasets", hint="A generation's time stands in `metaboard generations`."
        )
    return place, problems_of(directory)
