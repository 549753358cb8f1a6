"""`metaboard generations`, `rollback` and `version`."""

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import Annotated

import typer

from aggregator.query.queries import Row
from metaboard import columns
from metaboard.display import print_json, print_message, print_table
from metaboard.options import HomeOption, JsonOption

GENERATIONS = (
    columns.text_column("generation", priority=100),
    columns.text_column("created_at", "created", priority=90),
    columns.text_column("current", priority=95),
    columns.text_column("directory", priority=10, can_wrap=True),
)


def generations(*, home: HomeOption, as_json: JsonOption = False) -> None:
    """List the kept generations, the newest first."""
    from aggregator.store.generations import Home  # noqa: PLC0415 - query commands start faster without it

    current = Home(home).current
    found: list[Row] = [
        {
            "generation": kept.id,
            "created_at": kept.created_at,
            "current": current is not None and kept.id == current.id,
            "content_hash": kept.content_hash,
            "directory": str(kept.path),
        }
        for kept in reversed(Home(home).generations())
    ]
    if as_json:
        print_json(found)
    elif found:
        print_table(GENERATIONS, found)
    else:
        print_message(f"{home} has no generation yet. Run `metaboard refresh`.")


def rollback(
    generation: Annotated[str, typer.Argument(metavar="ID", help="Id of a generation from `metaboard generations`.")],
    *,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Verify an earlier generation and make it the current one; no generation is removed."""
    from aggregator.store.generations import Home  # noqa: PLC0415 - query commands start faster without it

    with Home(home).lock():
        now_current = Home(home).rollback(generation)
    if as_json:
        print_json({"generation": now_current.id, "directory": str(now_current.path)})
    else:
        print_message(f"The current generation is {now_current.id}: {now_current.path}")


def version(*, as_json: JsonOption = False) -> None:
    """Print the versions of metaboard, DuckDB and Python."""
    versions = {
        "metaboard": _installed("metaboard"),
        "duckdb": _installed("duckdb"),
        "python": platform.python_version(),
    }
    if as_json:
        print_json(versions)
    else:
        typer.echo(" · ".join(f"{name} {number}" for name, number in versions.items()))


def _installed(name: str) -> str:
    try:
        return installed(name)
    except PackageNotFoundError:
        return "unknown"
