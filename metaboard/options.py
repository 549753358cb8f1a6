"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_config_path, user_data_path

from aggregator.errors import UsageError


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


def default_aliases() -> Path:
    """Return where a user's own decisions about names are kept when nobody says otherwise; nothing is made there."""
    return user_config_path("metaboard", appauthor=False) / "aliases.toml"


AliasesOption = Annotated[
    Path,
    typer.Option(
        "--aliases",
        metavar="FILE",
        default_factory=default_aliases,
        show_default="aliases.toml in the user's configuration directory",
        dir_okay=False,
        help="Your own decisions, laid over the shipped ones.",
    ),
]


def existing_aliases(path: Path) -> Path | None:
    """Return the user's file of decisions, None where there is none yet; a named file that is missing is an error."""
    if path.is_file():
        return path
    if path == default_aliases():
        return None
    raise UsageError(f"no such file: {path}", hint="--aliases takes a file that `metaboard review` wrote.")
