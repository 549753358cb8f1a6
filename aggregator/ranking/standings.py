"""`standings`: the rank table of a calibration, with rank intervals, comparisons and abilities."""

from collections.abc import Collection

import numpy as np
import polars as pl

from aggregator.ranking.ability import Abilities, abilities
from aggregator.ranking.arrays import Bools
from aggregator.ranking.bootstrap import rank_descending
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.rank_intervals import clear_counts, rank_bounds

RANKED_GRADES = ("A", "B")
ALL_GRADES = ("A", "B", "C")
RANK_COLUMNS: dict[str, pl.DataType] = {
    "rank": pl.Int64(),
    "rank_low": pl.Int64(),
    "rank_high": pl.Int64(),
    "percentile": pl.Float64(),
    "clearly_better": pl.Int64(),
    "not_told_apart": pl.Int64(),
    "clearly_worse": pl.Int64(),
}
"""The rank, its 90 % interval, the share in % of the other ranked models that have less ability, and how many are clearly
better, not told apart and clearly worse."""


def standings(
    scores: pl.DataFrame,
    calibration: Calibration,
    *,
    grades: tuple[str, ...] = RANKED_GRADES,
    unranked: Collection[str] = (),
) -> pl.DataFrame:
    """Rank models on a calibration.

    Returns `model_id`, `RANK_COLUMNS`, `ability, ability_low, ability_high, evidence, coverage`, best first. Only models whose evidence is in `grades`, and that are not in `unranked`, have a rank and count in the
    ranks of others; the rest follow with null rank columns. Equal abilities share the least rank.
    Raises `UsageError` as `score`.
    """
    found = abilities(scores, calibration)
    excluded = set(unranked)
    return order(found, [name for name in found.models if name not in excluded], grades=grades)


def order(found: Abilities, names: Collection[str], *, grades: tuple[str, ...] = RANKED_GRADES) -> pl.DataFrame:
    """Return the table of `standings` from known abilities: of `names`, those with evidence in `grades` have a rank."""
    table = found.table().with_columns(coverage=found.coverage)
    wanted = set(names)
    ranked = np.array(
        [grade in grades and name in wanted for name, grade in zip(found.models, found.evidence, strict=True)]
    )
    return (
        table.join(_ranks(found, ranked), on="model_id", how="left")
        .select("model_id", *RANK_COLUMNS, *table.columns[1:])
        .sort("rank", "ability", "model_id", descending=[False, True, False], nulls_last=True)
    )


def _ranks(found: Abilities, ranked: Bools) -> pl.DataFrame:
    """Return `model_id` and the rank columns of the models in `ranked`."""
    order = np.flatnonzero(ranked)[np.argsort(-found.point[ranked], kind="stable")]
    names = pl.Series("model_id", [found.models[i] for i in order], dtype=pl.String)
    if not order.size:
        return pl.DataFrame({"model_id": names}, schema={"model_id": pl.String(), **RANK_COLUMNS})
    rank = rank_descending(found.point[order]).astype(np.intp)
    low, high = rank_bounds(found.draws[order], rank)
    better, worse = clear_counts(found.uncertain.select(order))
    others = order.size - 1
    of_less_ability = order.size - np.searchsorted(rank, rank, side="right")
    percentile = 100.0 * of_less_ability / others if others else np.full(1, 100.0)
    columns = (rank, low, high, percentile, better, others - better - worse, worse)
    return pl.DataFrame({"model_id": names, **dict(zip(RANK_COLUMNS, columns, strict=True))})
