"""Find, load and refit the calibrations: the frozen parameters that map the scores of a track to abilities."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

import polars as pl

from aggregator import warehouse
from aggregator.errors import UsageError
from aggregator.model import Track
from aggregator.pipeline.score import SCORES
from aggregator.ranking import Calibration, calibrate
from aggregator.ranking.connectivity import UnlinkedError

SHIPPED = Path(str(files("aggregator.ranking"))) / "calibrations"
DRAWS = 500


def calibration_path(folder: Path, track: Track) -> Path:
    """Return the file of one track in a folder of calibrations."""
    return folder / f"{track}.npz"


def calibration_paths(home: Path) -> dict[Track, Path]:
    """Return the calibration file of each track: from `HOME/calibrations` if it is there, else the shipped one."""
    own = home / "calibrations"
    return {
        track: calibration_path(own if calibration_path(own, track).is_file() else SHIPPED, track) for track in Track
    }


def load_calibrations(paths: Mapping[Track, Path]) -> dict[Track, Calibration]:
    """Load the calibration of each track; raises `UsageError` for a file that is not a calibration."""
    return {track: Calibration.load(path) for track, path in paths.items()}


def recalibrate(
    database: Path, folder: Path, log: Callable[[str], None], *, draws: int = DRAWS, seed: int = 0
) -> dict[Track, Calibration]:
    """Fit the calibration of each track to the ranked models of `database` and write it to `folder`.

    Raises `UsageError` for a track with too few models, or when no model links its boards. Nothing is written then.
    """
    with warehouse.open_read_only(database) as connection:
        scores = connection.sql(SCORES).pl().filter(~pl.col("is_unranked")).drop("is_unranked")
    fitted = {}
    for track in Track:
        log(f"fitting {track} with {draws} draws …")
        table = scores.filter(pl.col("track") == track.value).drop("track")
        try:
            fitted[track] = calibrate(table, draws=draws, seed=seed)
        except UnlinkedError as cause:
            raise UsageError(f"{track}: {cause}", hint="Refresh with all boards of the track first.") from cause
    folder.mkdir(parents=True, exist_ok=True)
    for track, calibration in fitted.items():
        calibration.save(calibration_path(folder, track))
        models, cohort = f"{calibration.n_models:,} models", f"cohort of {len(calibration.cohort):,}"
        log(f"{track}: {models}, {len(calibration.benchmarks)} benchmarks, {cohort}")
    return fitted
