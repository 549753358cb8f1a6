"""`saturation`: the table of the health of benchmarks, with a sentence about each; the rule is in `aggregator.ranking.health`."""

from dataclasses import replace

import numpy as np
import polars as pl

from aggregator import schema
from aggregator.ranking.ability import calibrated_scores
from aggregator.ranking.arrays import Floats
from aggregator.ranking.board_blocks import split_by_board
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.coverage_priors import pattern_positions
from aggregator.ranking.health import MIN_JUDGED, NAN, Health, measure_health
from aggregator.ranking.score_matrix import clean_scores
from aggregator.text_columns import fill_in


def saturation(scores: pl.DataFrame, calibration: Calibration, released: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the health of every benchmark of `scores` that the calibration has, in its order.

    Columns: `benchmark, n_models, n_judged, ceiling_share, discrimination, discrimination_top, drift, drift_error,
    is_saturated, is_drifted, weight, reason`. `weight` is the frozen one of the calibration; the findings are those of
    `scores`. `released` is `(model_id, released_on)`; without it there is no drift. Empty when the calibration has
    no benchmark of `scores`; raises `UsageError` for a malformed frame.
    """
    known = calibration.counting(clean_scores(scores))
    counts = dict(known.group_by("benchmark").agg(pl.col("model_id").n_unique()).iter_rows())
    position = {name: column for column, name in enumerate(calibration.benchmarks)}
    health = {position[name]: Health(count, 0) for name, count in counts.items()}
    # A model on one board alone has nothing to be compared with. Most models are.
    several = known.filter(pl.col("board").n_unique().over("model_id") > 1)
    if several.height:
        for column, found in _measured_health(several, calibration, released).items():
            health[column] = replace(found, n_models=health[column].n_models)
    weights = pl.DataFrame({"benchmark": list(calibration.benchmarks), "weight": calibration.weight_of})
    table = health_table(calibration.benchmarks, health).join(weights, on="benchmark", maintain_order="left")
    return schema.frame(SCHEMA, table.with_columns(_with_weight()))


def _measured_health(
    scores: pl.DataFrame, calibration: Calibration, released: pl.DataFrame | None
) -> dict[int, Health]:
    """Return the health of each benchmark by its position in the calibration."""
    scored = calibrated_scores(scores, calibration)
    years = None if released is None else _release_years(scored.matrix.models, released)
    seen, extra = scored.seen, calibration.is_extra
    parameters, pattern = calibration.point.with_priors(pattern_positions(seen, calibration.patterns), seen)
    unweighted = replace(parameters, noise_variance=parameters.noise_variance * calibration.weight_of)
    # An overall score takes the place of the benchmarks of its board, so these are judged apart.
    y = np.where(extra, np.nan, scored.y)
    benchmarks = split_by_board(y, scored.known_variance, calibration.board_of, len(calibration.boards))
    overall = measure_health(scored.blocks, unweighted, pattern, years)
    return measure_health(benchmarks, unweighted, pattern, years) | {
        column: found for column, found in overall.items() if extra[column]
    }


def _release_years(models: tuple[str, ...], released: pl.DataFrame) -> Floats:
    """Return the release date of each model in years, NaN where unknown."""
    days = released.select("model_id", days=pl.col("released_on").cast(pl.Date).to_physical() / 365.25)
    of_models = pl.DataFrame({"model_id": list(models)}).join(days, on="model_id", how="left", maintain_order="left")
    return of_models["days"].fill_null(NAN).to_numpy().astype(np.float64)


def _with_weight() -> pl.Expr:
    """Return the reason, with what the calibration does about a saturated benchmark."""
    is_lowered, found = pl.col("weight") < 1, pl.col("is_saturated")
    lowered = fill_in("; the calibration gives it {} of its weight", pl.col("weight").round(2))
    waiting = pl.lit("; the next calibration lowers its weight")
    return pl.concat_str("reason", pl.when(is_lowered).then(lowered).when(found).then(waiting).otherwise(pl.lit("")))


def health_table(benchmarks: tuple[str, ...], health: dict[int, Health]) -> pl.DataFrame:
    """Return one row per benchmark of `health`, with a sentence about each."""
    names = ("n_models", "n_judged", "ceiling_share", "discrimination", "discrimination_top", "drift", "drift_error")
    rows = [
        {
            "benchmark": benchmarks[column],
            **{name: getattr(one, name) for name in names},
            "is_saturated": one.is_saturated,
            "is_drifted": one.is_drifted,
            "reason": describe(one),
        }
        for column, one in sorted(health.items())
    ]
    columns = {name: kind for name, kind in SCHEMA.items() if name != "weight"}
    return pl.DataFrame(rows, schema=columns).with_columns(pl.col(pl.Float64).fill_nan(None))


SCHEMA: dict[str, pl.DataType] = {
    "benchmark": pl.String(),
    "n_models": pl.Int64(),
    "n_judged": pl.Int64(),
    "ceiling_share": pl.Float64(),
    "discrimination": pl.Float64(),
    "discrimination_top": pl.Float64(),
    "drift": pl.Float64(),
    "drift_error": pl.Float64(),
    "is_saturated": pl.Boolean(),
    "is_drifted": pl.Boolean(),
    "weight": pl.Float64(),
    "reason": pl.String(),
}
"""Columns of `saturation`."""


def describe(health: Health) -> str:
    """Return one or two sentences about a benchmark."""
    if np.isnan(health.discrimination):
        return f"not judged: {health.n_judged} of its models are on other leaderboards, fewer than {MIN_JUDGED}"
    if health.does_not_discriminate:
        finding = f"does not discriminate: correlation {health.discrimination:.2f} with the other leaderboards"
    elif health.is_at_ceiling:
        finding = (
            f"at its ceiling: {health.ceiling_share:.0%} of the better third of its models are within noise of its best "
            f"score, and among them it rises {max(health.slope_share, 0):.0%} as steeply with ability as over all"
        )
    else:
        finding = f"discriminates: correlation {health.discrimination:.2f} with the other leaderboards"
    if health.is_drifted:
        way = "higher" if health.drift > 0 else "lower"
        finding += f"; rates newer models {way} than the others do, by {abs(health.drift):.0f} points a year"
    return finding
