"""CPU time of a calibration against refits from the start, and of scoring against it: `python -m benchmarks.ranking_speed`.

    python -m benchmarks.ranking_speed [RECORDINGS] [--draws 500]

RECORDINGS is the folder of recorded leaderboards, METABOARD_RECORDINGS where it is left out. Prints ratios for each
track: the calibration to as many fits from the initial parameters as it has draws, and each way of ranking to the
calibration. Ratios below 1 mean that the first is cheaper.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from aggregator.model import Track
from aggregator.ranking import Calibration, calibrate, rank, score, standings
from aggregator.ranking.calibrate import fit_to_convergence, matrix_and_scales
from aggregator.ranking.fit_data import prepare_fit
from aggregator.ranking.method_agreement import ALTERNATES
from tests.support.recorded import RecordedBoards, read_recordings

Result = TypeVar("Result")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("recordings", type=Path, nargs="?", default=os.environ.get("METABOARD_RECORDINGS"))
    parser.add_argument("--draws", type=int, default=500)
    given = parser.parse_args()
    if given.recordings is None:
        parser.error("no recordings: give their folder, or set METABOARD_RECORDINGS")
    for track in Track:
        report(track, read_recordings(Path(given.recordings), track), given.draws)


def report(track: Track, data: RecordedBoards, draws: int) -> None:
    print(f"{track.value}: {data.scores['model_id'].n_unique():,} models, {data.scores.height:,} scores")
    calibration, calibrate_seconds = timed(lambda: calibrate(data.scores, draws=draws))
    _, fit_seconds = timed(partial(fit_from_start, data.scores))
    name = f"calibrate, {draws} draws"
    print(f"  {name:<24} {calibrate_seconds / (fit_seconds * (draws + 1)):8.4f} of {draws + 1} fits from the start")
    for name, seconds in ranking_seconds(data.scores, calibration).items():
        print(f"  {name:<24} {seconds / calibrate_seconds:8.4f} of the calibration")
    print(f"  {'file':<24} {file_size(calibration) / 1e6:8.2f} MB")


def ranking_seconds(scores: pl.DataFrame, calibration: Calibration) -> dict[str, float]:
    """Return the CPU seconds of scoring, of the standings, and of each other ranking method."""
    known = scores.filter(pl.col("benchmark").is_in(list(calibration.benchmarks)))
    work: dict[str, Callable[[], pl.DataFrame]] = {
        "score": partial(score, scores, calibration),
        "standings": partial(standings, scores, calibration),
        **{f"rank by {method}": partial(rank, known, method) for method in ALTERNATES},
    }
    return {name: timed(run)[1] for name, run in work.items()}


def fit_from_start(scores: pl.DataFrame) -> None:
    """Fit once from the initial parameters, as every draw of a plain bootstrap would."""
    matrix, scales = matrix_and_scales(scores)
    fit_to_convergence(prepare_fit(matrix, scales), np.ones(len(matrix.models)))


def file_size(calibration: Calibration) -> int:
    """Return the size of the saved calibration in bytes."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "calibration.npz"
        calibration.save(path)
        return path.stat().st_size


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result and the CPU seconds of the second of two runs."""
    work()
    started = time.process_time()
    result = work()
    return result, time.process_time() - started


if __name__ == "__main__":
    main()
