"""Refit the ability scale on the tables of a home directory. Rare: a night only reads models off the frozen scale."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from aggregator import warehouse
from aggregator.errors import UsageError
from aggregator.model import Track
from aggregator.pipeline.score import SCORES, scale_path
from aggregator.ranking import Calibration, calibrate
from aggregator.ranking.connectivity import UnlinkedError

DRAWS = 500


def recalibrate(
    database: Path, folder: Path, say: Callable[[str], None], *, draws: int = DRAWS, seed: int = 0
) -> dict[Track, Calibration]:
    """Fit the scale of each track on the models of `database` and write it to `folder`.

    Raises `UsageError` for a track whose boards no model links, or that has too few models; nothing is
    written then.
    """
    with warehouse.open_read_only(database) as connection:
        scores = connection.sql(SCORES).pl().filter(~pl.col("apart"))
    fitted = {}
    for track in Track:
        say(f"fitting {track} with {draws} draws …")
        try:
            fitted[track] = calibrate(
                scores.filter(pl.col("track") == track.value).drop("track", "apart"), draws=draws, seed=seed
            )
        except UnlinkedError as cause:
            raise UsageError(f"{track}: {cause}", hint="Refresh with all boards of the track first.") from cause
    folder.mkdir(parents=True, exist_ok=True)
    for track, scale in fitted.items():
        scale.save(scale_path(folder, track))
        say(f"{track}: {scale.n_models:,} models, {len(scale.benchmarks)} benchmarks, cohort of {len(scale.cohort):,}")
    return fitted
