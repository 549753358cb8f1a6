"""Commands about what is published: generations, rollback, version."""

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import Annotated

import typer

from aggregator.query.queries import Row
from metaboard import columns
from metaboard.display import print_json, print_message, print_table
from metaboard.options import HomeOption, JsonOption


def generations(*, home: HomeOption, as_json: JsonOption = False) -> None:
    """List the generations that are kept, the newest first."""
    from aggregator.store.generations import Home  # noqa: PLC0415 - reading commands start without it

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
        print_table(columns.GENERATIONS, found)
    else:
        print_message(f"{home} holds no generation yet; `metaboard refresh` makes the first.")


def rollback(
    generation: Annotated[str, typer.Argument(metavar="ID", help="A generation that `metaboard generations` lists.")],
    *,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Make an earlier generation the current one; it is verified first, and none is removed."""
    from aggregator.store.generations import Home  # noqa: PLC0415 - reading commands start without it

    with Home(home).lease():
        now_current = Home(home).rollback(generation)
    if as_json:
        print_json({"generation": now_current.id, "directory": str(now_current.path)})
    else:
        print_message(f"current is generation {now_current.id}: {now_current.path}")


def version(*, as_json: JsonOption = False) -> None:
    """Say which versions are at work."""
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
