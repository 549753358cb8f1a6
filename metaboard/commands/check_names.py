"""`metaboard check-names`: compare the vendors' tables of API names with the Hugging Face Hub."""

from dataclasses import asdict

import typer

from metaboard import columns
from metaboard.commands.enrich import EndpointOption
from metaboard.display import print_json, print_message, print_table
from metaboard.exit_codes import Exit
from metaboard.options import JsonOption
from metaboard.progress import show_progress

CHECKED = (
    columns.text_column("repository", priority=100),
    columns.text_column("status", priority=95),
    columns.text_column("hub_id", priority=90),
)


def check_names(*, endpoint: EndpointOption = "https://huggingface.co", as_json: JsonOption = False) -> None:
    """Check that every repository in the vendors' tables of API names exists on the Hugging Face Hub, with this casing.

    The tables are `aggregator/identity/api_names.toml`. Needs the network; nothing is written.
    """
    # Other commands start faster without httpx and Polars.
    from aggregator.identity import load_rules  # noqa: PLC0415 - for the reason above
    from aggregator.pipeline.check_names import check_api_names  # noqa: PLC0415 - for the reason above

    with show_progress("Reading from the Hub …") as print_line:
        checked = check_api_names(load_rules(), print_line, endpoint)
    wrong = [row for row in checked if not row.is_right]
    if as_json:
        print_json([asdict(row) for row in checked])
    else:
        if wrong:
            print_table(CHECKED, [asdict(row) for row in wrong])
        print_message(f"{len(checked):,} repositories checked, {len(wrong):,} to correct in api_names.toml", "bold")
    if wrong:
        raise typer.Exit(Exit.REFUSED)
