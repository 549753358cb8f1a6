"""The input of the table `benchmark_health`: whether each benchmark of the rank still separates its better models."""

from collections.abc import Mapping

import polars as pl

from aggregator import schema
from aggregator.errors import UsageError
from aggregator.model import Track
from aggregator.ranking import Calibration
from aggregator.ranking.saturation import SCHEMA, saturation

BENCHMARK_HEALTH: dict[str, pl.DataType] = {"track": pl.String(), **SCHEMA}


def benchmark_health(
    scores: Mapping[Track, pl.DataFrame], facts: pl.DataFrame, calibrations: Mapping[Track, Calibration]
) -> pl.DataFrame:
    """Return `BENCHMARK_HEALTH` for the benchmarks that the calibrations have.

    `scores` are those of each track with `is_unranked` (`pipeline.score.SCORES` with overall scores), `facts` has
    `model_id, released_on`, and `calibrations` are linked to the scores.
    """
    released = facts.select("model_id", "released_on")
    return pl.concat(
        [pl.DataFrame(schema=BENCHMARK_HEALTH), *(_of_track(t, scores[t], released, calibrations[t]) for t in Track)]
    )


def _of_track(track: Track, scores: pl.DataFrame, released: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    ranked = scores.filter(~pl.col("is_unranked")).drop("is_unranked")
    try:
        found = saturation(ranked, calibration, released)
    except UsageError:
        # No board of the track is on, or none of those in the calibration.
        return pl.DataFrame(schema=BENCHMARK_HEALTH)
    return schema.frame(BENCHMARK_HEALTH, found.with_columns(track=pl.lit(track.value)))
