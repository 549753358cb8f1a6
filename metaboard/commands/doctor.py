"""`metaboard doctor`: check the live addresses of all leaderboards."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from aggregator.query.queries import Row
from metaboard import columns
from metaboard.display import print_json, print_message, print_table
from metaboard.exit_codes import Exit
from metaboard.options import HomeOption, JsonOption
from metaboard.progress import show_progress
from metaboard.refusals import print_refusals

if TYPE_CHECKING:
    from aggregator.fetch.doctor import Finding
    from aggregator.pipeline.refusals import Refusal

FINDINGS = (
    columns.text_column("source", priority=95),
    columns.text_column("resource", priority=90),
    columns.text_column("verdict", priority=100),
    columns.number_column("http_status", "http", priority=70),
    columns.number_column("size", "bytes", priority=50),
    columns.text_column("kept_at", "kept since", priority=60),
    columns.text_column("host", priority=30),
)


def doctor(*, home: HomeOption, as_json: JsonOption = False) -> None:
    """Check every live address of the leaderboards that are on with one request, and print what changed since the last fetch and what to do.

    Editions that the gates keep back follow, each with the command that accepts it.
    """
    from aggregator.fetch.doctor import Verdict, check_addresses  # noqa: PLC0415 - query commands start faster without it
    from aggregator.pipeline.boards import read_boards  # noqa: PLC0415 - as above
    from aggregator.pipeline.decisions import refusals  # noqa: PLC0415 - as above
    from aggregator.store.snapshots import SnapshotStore  # noqa: PLC0415 - as above

    with show_progress("Checking every address …"):
        findings = check_addresses(read_boards(home).on, SnapshotStore(home))
    found: list[Row] = [vars(finding) for finding in findings]
    kept_back = refusals(home).values()
    if as_json:
        print_json(found + [_refusal_row(refusal, home) for refusal in kept_back])
    else:
        print_table(FINDINGS, found)
        for (detail, next_step), places in _group_by_cause(findings).items():
            print_message(f"{', '.join(places)}: {detail}. {next_step}")
        print_refusals(kept_back, home)
    if kept_back or any(
        finding.verdict in (Verdict.UNREACHABLE, Verdict.MOVED, Verdict.REFUSED) for finding in findings
    ):
        raise typer.Exit(Exit.REFUSED)


def _refusal_row(refusal: "Refusal", home: Path) -> Row:
    """Return an edition that is kept back with the keys of a finding, and all its own."""
    finding = {"resource": None, "verdict": "edition refused", "detail": refusal.sentence}
    return finding | refusal.to_json(home)


def _group_by_cause(findings: "list[Finding]") -> dict[tuple[str, str], list[str]]:
    """Return the resources by (detail, next step), so that each cause is printed once."""
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        groups.setdefault((finding.detail, finding.next_step), []).append(f"{finding.source}/{finding.resource}")
    return groups
