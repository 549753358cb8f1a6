"""`metaboard calibrate`: fit the ability scale again."""

from pathlib import Path
from typing import Annotated

import typer

from aggregator.warehouse import DATABASE
from metaboard.display import print_json, print_message
from metaboard.options import HomeOption, JsonOption
from metaboard.progress import show_progress


def calibrate(
    *,
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
    """Fit the ability scale again on the current tables; the next refresh uses the new calibration."""
    # Query commands start faster without numpy and scipy.
    from aggregator.pipeline.calibrations import recalibrate  # noqa: PLC0415 - for the reason above

    folder = to or home / "calibrations"
    with show_progress("Fitting …") as print_line:
        fitted = recalibrate(home / "current" / DATABASE, folder, print_line, draws=draws, seed=seed)
    if as_json:
        print_json(
            {
                str(track): {
                    "n_models": scale.n_models,
                    "n_cohort": len(scale.cohort),
                    "n_draws": len(scale.draws),
                    "data_hash": scale.data_hash,
                }
                for track, scale in fitted.items()
            }
        )
    else:
        print_message(f"Wrote {folder}. The next refresh uses the calibrations in {home / 'calibrations'}.")
