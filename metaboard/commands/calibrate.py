"""`metaboard calibrate`: fit the ability scale again, add leaderboards to it, or list its editions."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.errors import UsageError
from aggregator.warehouse import DATABASE
from metaboard.columns import Row, number_column, text_column
from metaboard.display import Column, print_json, print_message, print_table
from metaboard.options import HomeOption, JsonOption
from metaboard.progress import show_progress

if TYPE_CHECKING:
    from aggregator.model import Track
    from aggregator.ranking import Calibration


def _format_moves(row: Row) -> str:
    return "" if row["median"] is None else f"{row['median']} (at most {row['largest']})"


EDITIONS = (
    text_column("name", priority=100),
    text_column("dated", "data of", priority=90),
    text_column("kind", priority=80),
    text_column("track", priority=95),
    number_column("n_models", "models", priority=60),
    number_column("n_benchmarks", "benchmarks", priority=70),
    text_column("added", priority=50, can_wrap=True),
    text_column("removed", priority=50, can_wrap=True),
    Column("models moved by", _format_moves, priority=85),
)


def calibrate(
    boards: Annotated[
        list[str] | None,
        typer.Argument(metavar="[BOARD]...", help="With --add: the ids of the leaderboards; the default is all."),
    ] = None,
    *,
    add: Annotated[
        bool,
        typer.Option(
            "--add",
            help="Add leaderboards of the rank that the calibration does not have. No model of the others moves.",
        ),
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the new fit, such as 2026-12; the default is the date of the data."),
    ] = None,
    list_editions: Annotated[
        bool, typer.Option("--list", help="List the earlier fits and additions, and what each one changed.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", file_okay=False, help="Folder for the calibration; the default is calibrations/ in the home."
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(min=20, metavar="N", help="Number of bootstrap draws; more draws give smoother intervals.")
    ] = 500,
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed of the draws.")] = 0,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Fit the ability scale again on the current tables, or add leaderboards to it; the next refresh uses the result.

    A new fit is an edition with a name; it can move every model, and reports by how much. `--add` moves no model that
    the calibration already measures.
    """
    # Query commands start faster without numpy and scipy.
    from aggregator.pipeline import calibrations  # noqa: PLC0415 - for the reason above
    from aggregator.pipeline.calibration_editions import read_editions  # noqa: PLC0415 - as above

    if boards and not add:
        raise UsageError("the names of leaderboards need --add", hint=f"metaboard calibrate --add {' '.join(boards)}")
    if name and add:
        raise UsageError("an addition has no name of its own", hint="Leave out --name: it is the name of a new fit.")
    if list_editions:
        _print_editions(read_editions(to or calibrations.edition_folder(home)), as_json=as_json)
        return
    folder, database = to or home / "calibrations", home / "current" / DATABASE
    with show_progress("Fitting …") as print_line:
        if add:
            changed = calibrations.add_boards(database, folder, home, print_line, boards=boards or (), seed=seed)
        else:
            changed = calibrations.recalibrate(database, folder, print_line, draws=draws, seed=seed, name=name)
    if as_json:
        print_json(_describe(changed))
    elif changed:
        print_message(f"Wrote {folder}. The next refresh uses the calibrations in {home / 'calibrations'}.")
    else:
        print_message("Nothing to add: the calibration has all leaderboards of the rank that it can have.")


def _describe(changed: "Mapping[Track, Calibration]") -> dict[str, object]:
    return {
        str(track): {
            "name": scale.name,
            "dated": scale.dated,
            "n_models": scale.n_models,
            "n_cohort": len(scale.cohort),
            "n_draws": len(scale.draws),
            "n_benchmarks": len(scale.benchmarks),
            "data_hash": scale.data_hash,
        }
        for track, scale in changed.items()
    }


def _print_editions(editions: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(editions)
        return
    if not editions:
        print_message("There is no list of editions: this calibration was made before editions had names.")
        return
    print_table(EDITIONS, [row for edition in editions for row in _rows(edition)])


def _rows(edition: Mapping[str, Any]) -> list[Row]:
    """Return one row per track."""
    return [
        {
            **{key: edition[key] for key in ("name", "dated", "kind")},
            "track": track,
            "n_models": found["n_models"],
            "n_benchmarks": found["n_benchmarks"],
            "added": found["boards_added"] or _counted(found["benchmarks_added"]),
            "removed": found["boards_removed"] or _counted(found["benchmarks_removed"]),
            **{key: found.get("moves", {}).get(key) for key in ("median", "largest")},
        }
        for track, found in edition["tracks"].items()
    ]


def _counted(benchmarks: list[str]) -> str:
    return f"{len(benchmarks)} benchmarks" if benchmarks else ""
