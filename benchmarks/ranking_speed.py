"""How long the ability scale takes on the recorded boards: calibration with 500 draws, and a night's scoring.

    METABOARD_RECORDINGS=… python -m benchmarks.ranking_speed [DRAWS]        default: 500

Both are also given as ratios to the naive way: each draw fitted from the start, and a night that fits
everything again to score it. CPU time is printed beside wall time: other work on the machine disturbs it least.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from aggregator.model import Track
from aggregator.ranking import calibrate, rank, score, standings
from aggregator.ranking.blocks import without_parts
from aggregator.ranking.calibrate import converge, problem_of
from aggregator.ranking.method_agreement import ALTERNATES
from aggregator.ranking.scales import choose, metadata
from aggregator.ranking.score_matrix import cells, tidy
from tests.support.recorded import Recorded, recorded

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "recordings"
Result = TypeVar("Result")


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    folder = Path(os.environ.get("METABOARD_RECORDINGS", RECORDINGS))
    for track in Track:
        report(track, recorded(folder, track), draws)


def report(track: Track, data: Recorded, draws: int) -> None:
    print(f"{track.value}: {data.scores['model_id'].n_unique():,} models, {data.scores.height:,} scores")
    _, one_fit, _ = timed(lambda: cold_fit(data))
    calibration, busy, wall = timed(lambda: calibrate(data.scores, draws=draws))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "calibration.npz"
        calibration.save(path)
        size = path.stat().st_size
    naive = one_fit * (draws + 1)
    print(
        f"  calibrate, {draws} draws   {wall:6.2f} s wall {busy:6.2f} s CPU   {busy / naive:.3f} of {draws + 1} fits from the start"
    )
    print(f"  its file                {size / 1e6:6.2f} MB")
    nights: dict[str, Callable[[], pl.DataFrame]] = {
        "score": lambda: score(data.scores, calibration),
        "standings": lambda: standings(data.scores, calibration),
    }
    for name, night in nights.items():
        _, busy_night, wall_night = timed(night)
        print(f"  {name:<22}  {wall_night:6.2f} s wall {busy_night:6.2f} s CPU   {busy_night / busy:.4f} of a refit")
    frame = data.scores.filter(pl.col("benchmark").is_in(list(calibration.benchmarks)))
    for method in ALTERNATES:
        _, busy_rank, wall_rank = timed(partial(rank, frame, method))
        print(f"  rank {method:<18} {wall_rank:6.2f} s wall {busy_rank:6.2f} s CPU")


def cold_fit(data: Recorded) -> None:
    """Fit once from the start, as a naive bootstrap would for every draw."""
    table = without_parts(cells(data.scores))
    scale = choose(table, metadata(tidy(data.scores), table.benchmarks))
    converge(problem_of(table, scale), np.ones(len(table.models)))


def timed(work: Callable[[], Result]) -> tuple[Result, float, float]:
    """Return the result, the CPU seconds and the wall seconds of the second of two runs."""
    work()
    busy, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, time.process_time() - busy, time.perf_counter() - wall


if __name__ == "__main__":
    main()
