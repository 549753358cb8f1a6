"""`metaboard accept-edition`: accept one refused edition of a leaderboard."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from metaboard.display import print_json, print_message
from metaboard.options import HomeOption, JsonOption

SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="The id of the leaderboard.")]
DigestOption = Annotated[
    str,
    typer.Option(
        "--sha256",
        metavar="HEX",
        help="The digest of the edition as `metaboard status` prints it, or at least its first 12 digits.",
    ),
]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="How you know that the change is right; it is kept in the log.")
]


def accept_edition(
    source: SourceArgument, *, sha256: DigestOption, reason: ReasonOption, home: HomeOption, as_json: JsonOption = False
) -> None:
    """Accept exactly these bytes of a leaderboard, which the gates refused; later editions are compared with them."""
    from aggregator.pipeline import acceptance  # noqa: PLC0415 - query commands start faster without the sources

    accepted = acceptance.accept_edition(home, source, sha256, reason, datetime.now(UTC))
    if as_json:
        print_json(asdict(accepted) | {"next_step": accepted.next_step})
        return
    news = "accepted" if accepted.is_new else "had been accepted before"
    edition = f"the edition {accepted.sha256[:12]} of {source}, fetched on {accepted.fetched_at:%Y-%m-%d %H:%M} UTC"
    print_message(f"{edition}, {news}: {accepted.reason}", "bold")
    print_message(accepted.next_step)
