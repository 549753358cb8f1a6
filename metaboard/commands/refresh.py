"""Commands that ask the hosts: refresh and doctor."""

from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.errors import UsageError
from aggregator.query.queries import Row
from aggregator.warehouse import DATABASE
from metaboard import columns
from metaboard.display import print_json, print_message, print_table
from metaboard.exit_codes import Exit
from metaboard.options import AliasesOption, HomeOption, JsonOption, existing_aliases
from metaboard.progress import TellingRunner, told

if TYPE_CHECKING:
    from aggregator.fetch.doctor import Finding
    from flows.refresh import Options, Outcome

MirrorOption = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|URL", help="Read the same files from a folder, or from a server of one, instead of the live hosts."
    ),
]
SampleOption = Annotated[
    bool, typer.Option("--sample", help="Use the small sample that comes with the program; needs no network.")
]
ReplayOption = Annotated[
    bool, typer.Option("--replay", help="Rebuild from the bytes that were kept; nothing is fetched.")
]
DirectOption = Annotated[
    bool, typer.Option("--direct", help="Run the steps without Prefect: the same result, some seconds sooner.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Build a generation even where nothing changed.")]


def refresh(
    *,
    mirror: MirrorOption = None,
    sample: SampleOption = False,
    replay: ReplayOption = False,
    direct: DirectOption = False,
    force: ForceOption = False,
    aliases: AliasesOption,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Fetch every leaderboard, join the models, prove the tables and publish them, or change nothing."""
    if sum([mirror is not None, sample, replay]) > 1:
        raise UsageError(
            "--mirror, --sample and --replay exclude each other", hint="Give one of them, or none for the live hosts."
        )
    # Polars, the sources and Prefect take longer to import than a reading command takes to run.
    from aggregator.sources import SAMPLE  # noqa: PLC0415 - as below
    from flows.refresh import Options  # noqa: PLC0415 - imported when it is needed, for the reason above

    options = Options(
        home=home,
        mirror=str(SAMPLE) if sample else mirror,
        replay=replay,
        force=force,
        aliases=existing_aliases(aliases),
    )
    outcome = _run(options, direct=direct)
    if as_json:
        print_json(as_document(outcome))
    else:
        show(outcome)
    if outcome.refused.height:
        raise typer.Exit(Exit.REFUSED)


def _run(options: "Options", *, direct: bool) -> "Outcome":
    if direct:
        from flows.refresh import refresh as run_page  # noqa: PLC0415 - as above

        with told(f"Refreshing {options.home} …") as tell:
            return run_page(options, TellingRunner(tell))
    with told("Starting Prefect; --direct does without it …") as tell:
        from flows.prefect_runner import refresh_with_prefect  # noqa: PLC0415 - importing Prefect takes seconds

        return refresh_with_prefect(options, tell)


def as_document(outcome: "Outcome") -> Row:
    """Return what a refresh did, for `--json`."""
    return {
        "generation": outcome.generation.id,
        "is_new": outcome.is_new,
        "directory": str(outcome.generation.path),
        "database": str(outcome.generation.path / DATABASE),
        "refused": outcome.refused["source"].to_list(),
        "seconds": {step: round(seconds, 3) for step, seconds in outcome.seconds.items()},
        "report": outcome.report.to_dicts(),
    }


def show(outcome: "Outcome") -> None:
    """Print the report, what went wrong, the seconds of each step, and where the generation lies."""
    report = outcome.report.to_dicts()
    print_table(columns.REPORT, report)
    for row in report:
        if row["status"] != "fresh":
            print_message(f"{row['source']}: {row['status']}: {row['message']}", "yellow")
    seconds = " · ".join(f"{step} {taken:.1f} s" for step, taken in outcome.seconds.items())
    print_message(seconds, "dim")
    news = "published" if outcome.is_new else "nothing changed; still"
    print_message(f"{news} generation {outcome.generation.id}: {outcome.generation.path / DATABASE}", "bold")


def doctor(*, home: HomeOption, as_json: JsonOption = False) -> None:
    """Ask every live address once, and say what differs from what is kept and what to do about it."""
    from aggregator.fetch.doctor import Verdict, examine  # noqa: PLC0415 - as above
    from aggregator.sources import registered  # noqa: PLC0415 - as above
    from aggregator.store.snapshots import SnapshotStore  # noqa: PLC0415 - as above

    with told("Asking every address once …"):
        findings = examine(registered(), SnapshotStore(home))
    found: list[Row] = [vars(finding) for finding in findings]
    if as_json:
        print_json(found)
    else:
        print_table(columns.FINDINGS, found)
        for (detail, next_step), places in _grouped(findings).items():
            print_message(f"{', '.join(places)}: {detail}. {next_step}")
    if any(finding.verdict in (Verdict.UNREACHABLE, Verdict.MOVED, Verdict.REFUSED) for finding in findings):
        raise typer.Exit(Exit.REFUSED)


def _grouped(findings: "list[Finding]") -> dict[tuple[str, str], list[str]]:
    """Return what is to be done and at which addresses, so that one cause is told once."""
    told_of: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        told_of.setdefault((finding.detail, finding.next_step), []).append(f"{finding.source}/{finding.resource}")
    return told_of
