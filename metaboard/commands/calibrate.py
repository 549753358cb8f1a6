"""The command that refits the ability scale."""

from pathlib import Path
from typing import Annotated

import typer

from aggregator.warehouse import DATABASE
from metaboard.display import print_json, print_message
from metaboard.options import HomeOption, JsonOption
from metaboard.progress import told


def calibrate(
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", file_okay=False, help="Where to write it; the home's own calibrations when not given."
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=20, help="Bootstrap draws: how finely intervals are known.")] = 500,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    home: HomeOption,
    as_json: JsonOption = False,
) -> None:
    """Refit the scale of ability on the current tables; later refreshes read models off the new one."""
    # Fitting needs numpy and scipy; reading commands start without them.
    from flows.calibrate import recalibrate  # noqa: PLC0415 - for the reason above

    folder = to or home / "calibrations"
    with told("Fitting …") as tell:
        fitted = recalibrate(home / "current" / DATABASE, folder, tell, draws=draws, seed=seed)
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
        print_message(f"written to {folder}; the next refresh uses what lies in the home's own calibrations")
