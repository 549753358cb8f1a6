"""`metaboard enrich`: read the metadata of the models from the Hugging Face Hub."""

from typing import TYPE_CHECKING, Annotated

import typer

from metaboard.display import print_json, print_message
from metaboard.exit_codes import Exit
from metaboard.options import HomeOption, JsonOption
from metaboard.progress import show_progress

if TYPE_CHECKING:
    from aggregator.pipeline.enrich import EnrichResult

LimitOption = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Read at most N models, the best ranked on any board first.")
]
AgeOption = Annotated[
    int, typer.Option(metavar="DAYS", min=0, help="Read a model again when its kept metadata is older.")
]
EndpointOption = Annotated[
    str, typer.Option(metavar="URL", envvar="HF_ENDPOINT", help="Address of the Hub, or of a server with the same API.")
]


def enrich(
    *,
    limit: LimitOption = None,
    max_age_days: AgeOption = 30,
    endpoint: EndpointOption = "https://huggingface.co",
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Read parents, downloads, likes, licence and size of the models from the Hugging Face Hub, for the next refresh."""
    # Query commands start faster without Polars and httpx.
    from aggregator.pipeline.enrich import EnrichOptions, enrich_models  # noqa: PLC0415 - for the reason above

    with show_progress("Reading from the Hub …") as print_line:
        done = enrich_models(EnrichOptions(home, limit, max_age_days, endpoint), print_line)
    if as_json:
        print_json(done.to_json())
    else:
        print_result(done)
    if done.failed:
        raise typer.Exit(Exit.REFUSED)


def print_result(done: "EnrichResult") -> None:
    """Print the counts of a run and the next step."""
    answers = ", ".join(f"{count:,} {status}" for status, count in sorted(done.answers.items())) or "none"
    print_message(
        f"{done.asked:,} requested: {answers}; {done.changed:,} changed; {done.known:,} already known", "bold"
    )
    if done.failed:
        print_message(f"{len(done.failed):,} failed. Run `metaboard enrich` again to request them.", "yellow")
    if done.left:
        print_message(f"{done.left:,} are left for the next run.")
    if done.changed:
        print_message("The next `metaboard refresh` uses it.")
