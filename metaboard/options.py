"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_config_path, user_data_path

from aggregator.errors import UsageError
from aggregator.store.layout import check_home


def default_home() -> Path:
    """Return the home directory for a command without `--home`; the directory may not exist."""
    return user_data_path("metaboard", appauthor=False)


def usable_home(path: Path) -> Path:
    """Return `path`; raises `UsageError` when it can be no home directory, before anything is done."""
    if problem := check_home(path):
        raise UsageError(problem, hint="Nothing was changed. Give another directory with --home or METABOARD_HOME.")
    return path


HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        metavar="DIR",
        envvar="METABOARD_HOME",
        default_factory=default_home,
        callback=usable_home,
        show_default="the user's data directory",
        help="The home directory: snapshots, history and generations.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else to standard output.")
]
CountOption = Annotated[int, typer.Option("-n", "--limit", metavar="N", min=1, help="Maximum number of rows.")]


def default_aliases() -> Path:
    """Return the file of the user's reviews for a command without `--aliases`; the file may not exist."""
    return user_config_path("metaboard", appauthor=False) / "aliases.toml"


AliasesOption = Annotated[
    Path,
    typer.Option(
        "--aliases",
        metavar="FILE",
        default_factory=default_aliases,
        show_default="aliases.toml in the user's configuration directory",
        dir_okay=False,
        help="Your own reviews; they are merged into the curated rules.",
    ),
]


def existing_aliases(path: Path) -> Path | None:
    """Return the file of the user's reviews, or None when the default file does not exist.

    Raises `UsageError` when a file that was given with `--aliases` does not exist.
    """
    if path.is_file():
        return path
    if path == default_aliases():
        return None
    raise UsageError(f"no such file: {path}", hint="Give --aliases a file that `metaboard review` wrote.")
