"""`metaboard site`: build the static page of the current generation."""

import webbrowser
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from aggregator.text import number
from metaboard.display import print_json, print_message
from metaboard.options import HomeOption, JsonOption
from metaboard.progress import show_progress


def site(
    *,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the site; an older site in it is replaced.")],
    console: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            envvar="METABOARD_CONSOLE",
            help="Folder with the SQL console, built by `make site-console`; the site then includes the console and the DuckDB file.",
        ),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open the site in the browser.")] = False,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Build the page of the current generation: a static site that needs no server and loads nothing from other hosts."""
    from aggregator.site import build_site  # noqa: PLC0415 - query commands start faster without the templates

    with show_progress(f"Building the site in {to} …"):
        built = build_site(home, to, console=console)
    if open_it:
        webbrowser.open(built.index.resolve().as_uri())
    if as_json:
        print_json(asdict(built))
        return
    print_message(
        f"built {built.index}: {number(built.models)} models of generation {built.generation},"
        f" {built.files} files, {number(round(built.bytes / 1e6, 1))} MB"
    )
