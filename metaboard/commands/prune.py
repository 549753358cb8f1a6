"""`metaboard prune`: remove what a home directory needs no more."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.text import counted, number
from metaboard.display import print_json, print_message
from metaboard.options import HomeOption, JsonOption

if TYPE_CHECKING:
    from aggregator.pipeline.prune import PruneResult

MEGABYTE = 1e6

GenerationsOption = Annotated[
    int | None,
    typer.Option("--keep-generations", metavar="N", min=1, help="Most generations; the current one is always kept."),
]
DaysOption = Annotated[
    int | None,
    typer.Option(
        "--keep-days",
        metavar="D",
        min=0,
        help="Keep repeats in the provenance and bytes that no history needs for so many days.",
    ),
]
SizeOption = Annotated[
    str | None,
    typer.Option(
        "--max-size",
        metavar="SIZE",
        help="Most bytes of snapshots and generations, such as 20GB; more generations are removed to reach it.",
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print what would be removed, and remove nothing.")]


def prune(
    *,
    keep_generations: GenerationsOption = None,
    keep_days: DaysOption = None,
    max_size: SizeOption = None,
    dry_run: DryRunOption = False,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Remove old generations, and snapshots that no history needs; `metaboard backfill` still gives the same history.

    Without options, the limits are those of `[keep]` in `settings.toml`: 14 generations and 30 days. A scheduled night
    ends with the same.
    """
    from aggregator.pipeline import keep_limits  # noqa: PLC0415 - query commands start faster without the sources
    from aggregator.pipeline import prune as pruning  # noqa: PLC0415 - as above

    limits = keep_limits.load_limits(home, generations=keep_generations, days=keep_days, size=max_size)
    result = pruning.prune(home, limits, dry_run=dry_run)
    if as_json:
        print_json(asdict(result) | {"home": str(home), "dry_run": dry_run, "limits": asdict(limits)})
        return
    for line in describe(result, dry_run=dry_run):
        print_message(line)


def describe(result: "PruneResult", *, dry_run: bool) -> list[str]:
    """Return what was removed in one or two lines."""
    verb = "would be removed" if dry_run else "removed"
    parts = [
        counted(len(result.generations), "generation"),
        counted(result.files, "snapshot file"),
        counted(result.provenance_lines, "line") + " of provenance",
        counted(result.decision_lines, "line") + " of decisions",
    ]
    sizes = f"{_megabytes(result.bytes_before)} MB before, {_megabytes(result.bytes_after)} MB after"
    lines = [f"{verb}: {', '.join(parts)}; {sizes}"]
    if result.is_over_size:
        lines.append(
            "The rest is larger than --max-size: it is the current generation and what the histories need."
            " Raise the limit, or move the home directory to a larger disk."
        )
    return lines


def _megabytes(size: int) -> str:
    return number(round(size / MEGABYTE, 1))
