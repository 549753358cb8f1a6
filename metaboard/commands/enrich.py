"""The command that asks the Hub about the models."""

from typing import TYPE_CHECKING, Annotated

import typer

from metaboard.display import print_json, print_message
from metaboard.exit_codes import Exit
from metaboard.options import HomeOption, JsonOption
from metaboard.progress import told

if TYPE_CHECKING:
    from flows.enrich import Enriched

LimitOption = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Ask for at most N models, those highest on any board first.")
]
AgeOption = Annotated[int, typer.Option(metavar="DAYS", min=0, help="Ask again for answers that are older.")]
EndpointOption = Annotated[
    str, typer.Option(metavar="URL", envvar="HF_ENDPOINT", help="The Hub, or a server that speaks its API.")
]


def enrich(
    *,
    limit: LimitOption = None,
    max_age_days: AgeOption = 30,
    endpoint: EndpointOption = "https://huggingface.co",
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Ask the Hugging Face Hub about the models: parents, downloads, likes, licence, size; the next refresh uses it."""
    # Polars and httpx take longer to import than a reading command takes to run.
    from flows.enrich import Asking  # noqa: PLC0415 - imported when it is needed, for the reason above
    from flows.enrich import enrich as ask  # noqa: PLC0415 - as above

    with told("Asking the Hub …") as tell:
        done = ask(Asking(home, limit, max_age_days, endpoint), tell)
    if as_json:
        print_json(done.document())
    else:
        show(done)
    if done.failed:
        raise typer.Exit(Exit.REFUSED)


def show(done: "Enriched") -> None:
    """Print what came, what did not, and what to do next."""
    answers = ", ".join(f"{count:,} {status}" for status, count in sorted(done.answers.items())) or "none"
    print_message(
        f"{done.asked:,} asked: {answers}; {done.changed:,} say something new; {done.known:,} were known", "bold"
    )
    if done.failed:
        print_message(f"{len(done.failed):,} without an answer; run again to ask for them", "yellow")
    if done.left:
        print_message(f"{done.left:,} left for another run")
    if done.changed:
        print_message("`metaboard refresh` uses it")
