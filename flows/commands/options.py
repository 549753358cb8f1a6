"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_data_path


def default_home() -> Path:
    """Return where data live when nobody says otherwise; nothing is made there."""
    return user_data_path("metaboard", appauthor=False)


HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        metavar="DIR",
        envvar="METABOARD_HOME",
        default_factory=default_home,
        show_default="the user's data directory",
        help="Directory that holds the data.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output, and nothing else there.")
]
CountOption = Annotated[int, typer.Option("-n", "--limit", metavar="N", min=1, help="How many rows at most.")]
