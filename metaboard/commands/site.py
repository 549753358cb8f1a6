"""The command that builds the page of a generation."""

import webbrowser
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from aggregator.text import number
from metaboard.display import print_json, print_message
from metaboard.options import HomeOption, JsonOption
from metaboard.progress import told


def site(
    *,
    to: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the site is written; an older site there is replaced.")
    ],
    console: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            envvar="METABOARD_CONSOLE",
            help="The SQL console's parts, as `make site-console` builds them; the console works, and the DuckDB file is copied too.",
        ),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Build the page of the current generation: a static site that needs no server and asks nobody else."""
    from aggregator.site import build  # noqa: PLC0415 - reading commands start without the templates

    with told(f"Building the site in {to} …"):
        built = build(home, to, console=console)
    if open_it:
        webbrowser.open(built.index.resolve().as_uri())
    if as_json:
        print_json(asdict(built))
        return
    print_message(
        f"built {built.index}: {number(built.models)} models of generation {built.generation},"
        f" {built.files} files, {number(round(built.bytes / 1e6, 1))} MB"
    )
