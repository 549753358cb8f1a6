"""`metaboard publish`, `pull`, `verify` and `make-key`: the published dataset."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.errors import StorageError, UsageError
from aggregator.store.manifest import BUILD_AGAIN
from aggregator.text import number
from metaboard.display import print_json, print_message
from metaboard.exit_codes import Exit
from metaboard.options import HomeOption, JsonOption
from metaboard.progress import show_progress

if TYPE_CHECKING:
    from aggregator.dataset.checksums import Verification

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

DO_NOT_USE = "Do not use it: pull or download it again."
"""What to do after a verification that found a problem."""
UNSIGNED = "a generation has no signature of its own; `metaboard pull --key` checks that of the dataset"

SignKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--sign-key",
        metavar="FILE",
        envvar="METABOARD_SIGN_KEY",
        help="Sign the dataset with this secret key of minisign; see `metaboard make-key`.",
    ),
]
ReplaceFutureOption = Annotated[
    bool,
    typer.Option(
        "--replace-future-edition",
        help="Replace a published edition that is dated more than a day in the future. Check first that this clock is right.",
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="KEY|FILE",
        envvar="METABOARD_KEY",
        help="Refuse an edition that is not signed by this public key of minisign.",
    ),
]


def publish(
    *,
    to: ToOption,
    withhold: WithholdOption = None,
    publish_unlicensed: UnlicensedOption = None,
    sign_key: SignKeyOption = None,
    replace_future_edition: ReplaceFutureOption = False,
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
            home,
            to,
            withheld=withhold or (),
            unlicensed=publish_unlicensed or (),
            dry_run=dry_run,
            sign_key=sign_key,
            replace_future=replace_future_edition,
            log=print_line,
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
        at += f", signed by key {done.signed_by}" if done.signed_by else ""
        print_message(f"published generation {done.generation} to {done.place}{at}: {size}", "bold")


def pull(
    revision: RevisionArgument = None,
    *,
    source: FromOption,
    key: KeyOption = None,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Download a published dataset, verify it, and make it the current generation of the home directory."""
    from aggregator.pipeline.pull import pull as run  # noqa: PLC0415 - as above

    with show_progress(f"Downloading {source} …") as print_line:
        pulled = run(home, source, revision, key=key, log=print_line)
    if as_json:
        print_json(
            {
                "generation": pulled.generation.id,
                "is_new": pulled.is_new,
                "directory": str(pulled.generation.path),
                "revision": pulled.revision,
                "made_at": pulled.made_at,
                "notes": pulled.notes,
                "signed_by": pulled.signed_by,
            }
        )
        return
    _print_notes(pulled.notes)
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
    key: KeyOption = None,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Check every file, table and macro of a generation or of a published dataset, and the signature with --key."""
    from aggregator.dataset import checksums  # noqa: PLC0415 - as above

    utc = since.replace(tzinfo=UTC) if since else None
    if source:
        from aggregator.pipeline.pull import verify_published  # noqa: PLC0415 - as above

        place = f"{source}@{target}" if target else source
        with show_progress(f"Downloading {source} …") as print_line:
            found = verify_published(source, target, utc, key=key, log=print_line)
        next_step = DO_NOT_USE
    else:
        place, found, next_step = _verify_directory(Path(target) if target else home / "current", utc, key)
    if as_json:
        print_json({"place": place, "sound": not found.problems, **asdict(found)})
    else:
        for problem in found.problems:
            print_message(problem, "red")
        _print_notes(found.notes)
        if found.problems and not found.problems[0].endswith(checksums.UPDATE):
            print_message(next_step)
    if found.problems:
        raise typer.Exit(Exit.REFUSED)
    if not as_json:
        signed = f", and is signed by key {found.signed_by}" if key and found.signed_by else ""
        print_message(f"every file and table of {place} matches its manifest{signed}")


def _verify_directory(directory: Path, since: datetime | None, key: str | None) -> tuple[str, "Verification", str]:
    """Return the resolved path of `directory`, the result of its verification, and the next step after a problem."""
    from aggregator.dataset import checksums  # noqa: PLC0415 - as above
    from aggregator.dataset.signature import PublicKey  # noqa: PLC0415 - as above

    if not directory.is_dir():
        raise StorageError(
            f"there is no directory {directory}",
            hint="Run `metaboard refresh` first, or give a directory. For a revision, add --from.",
        )
    place = str(directory.resolve())
    with show_progress(f"Verifying {place} …") as print_line:
        if checksums.is_dataset(directory):
            expected = PublicKey(key) if key else None
            return place, checksums.verify_dataset(directory, since=since, key=expected, log=print_line), DO_NOT_USE
        if since:
            raise UsageError(
                "--since works only for published datasets",
                hint="`metaboard generations` prints the times of generations.",
            )
        found = checksums.verify_generation(directory, log=print_line)
        # METABOARD_KEY may be set for `pull`, so this is no error.
        return place, replace(found, notes=[*found.notes, UNSIGNED]) if key else found, f"Do not use it: {BUILD_AGAIN}"


def make_key(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file of the new secret key.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Make a key to sign datasets with: the secret key in FILE, the public key in FILE.pub."""
    from aggregator.dataset import signature  # noqa: PLC0415 - as above

    public = signature.make_key(path)
    if as_json:
        print_json({"secret_key": str(path), "public_key": public})
        return
    print_message(f"the secret key is in {path}: keep it private, and sign with `metaboard publish --sign-key {path}`")
    print_message(f"readers verify with this public key: --key {public}", "bold")


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes:
        print_message(f"note: {note}", "yellow")
