"""`standings`: the rank table of a calibration, with rank intervals, tie groups and abilities."""

from collections.abc import Collection

import numpy as np
import polars as pl

from aggregator.ranking.ability import Abilities, abilities
from aggregator.ranking.arrays import Bools
from aggregator.ranking.bootstrap import rank_descending
from aggregator.ranking.calibration import Calibration
from aggregator.ranking.rank_intervals import rank_bounds, split_uncertainty, tie_groups

RANKED_GRADES = ("A", "B")
ALL_GRADES = ("A", "B", "C")
RANK_COLUMNS = ("rank", "rank_low", "rank_high", "tie_group")


def standings(
    scores: pl.DataFrame,
    calibration: Calibration,
    *,
    grades: tuple[str, ...] = RANKED_GRADES,
    unranked: Collection[str] = (),
) -> pl.DataFrame:
    """Rank models on a calibration.

    Returns `model_id, rank, rank_low, rank_high, tie_group, ability, ability_low, ability_high, evidence, coverage`,
    best first. Only models whose evidence is in `grades`, and that are not in `unranked`, have a rank and count in the
    ranks of others; the rest follow with null rank and tie group. Equal abilities share the least rank. Raises `UsageError` as `score`.
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
    ranks = pl.DataFrame({"model_id": pl.Series([found.models[i] for i in order], dtype=pl.String)})
    if not order.size:
        return ranks.with_columns(pl.lit(None, dtype=pl.Int64).alias(name) for name in RANK_COLUMNS)
    models = split_uncertainty(found, order)
    low, high = rank_bounds(models)
    rank = rank_descending(models.mean).astype(np.int64)
    return ranks.with_columns(
        rank=rank, rank_low=np.minimum(low, rank), rank_high=np.maximum(high, rank), tie_group=tie_groups(models)
    )
