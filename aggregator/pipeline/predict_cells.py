"""Predict the scores of one model from the tables of a generation: what `metaboard predict` computes when it is asked."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from aggregator import warehouse
from aggregator.errors import UsageError
from aggregator.model import Track
from aggregator.pipeline.overall_scores import OVERALL_SCORES, measured_scores
from aggregator.pipeline.predictions import nightly_predictor
from aggregator.pipeline.score import SCORES
from aggregator.ranking.interval import LEVEL

NOT_IN_RANK = "the combined rank has no measured score of the benchmark"
NO_SCORES = "too few models are on several leaderboards"


def predict_cells(database: Path, model_id: str, benchmarks: Sequence[str]) -> pl.DataFrame:
    """Return `benchmark, predicted, low, high, reason` of cells of one model, from the scores of a generation.

    The fit takes a second. It reads the model also when it is on one leaderboard only.
    """
    with warehouse.open_read_only(database) as connection:
        track = connection.execute("select track from models where model_id = $1", [model_id]).fetchone()
        scores, overall = connection.sql(SCORES).pl(), connection.sql(OVERALL_SCORES).pl()
    tables = {
        one: scores.filter(pl.col("track") == one.value).drop("track") for one in Track if track and one == track[0]
    }
    table = next(iter(measured_scores(tables, overall).values()), scores.clear())
    known = set(table["benchmark"].unique().to_list())
    names = pl.DataFrame({"benchmark": list(benchmarks)}, schema={"benchmark": pl.String})
    try:
        predictor = nightly_predictor(table, models=[model_id], benchmarks=benchmarks)
    except UsageError:
        return names.with_columns(
            **dict.fromkeys(("predicted", "low", "high"), pl.lit(None, pl.Float64)), reason=pl.lit(NO_SCORES)
        )
    found = pl.concat([names, predictor.predict([model_id] * len(benchmarks), benchmarks, LEVEL)], how="horizontal")
    is_outside = ~pl.col("benchmark").is_in(list(known))
    return found.with_columns(reason=pl.when(is_outside).then(pl.lit(NOT_IN_RANK)).otherwise("reason"))
