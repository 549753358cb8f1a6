"""Find unusual scores and little-known strong models: the tables `outliers` and `gems`."""

from collections.abc import Mapping

import polars as pl

from aggregator import schema
from aggregator.model import Track
from aggregator.ranking import Calibration
from aggregator.ranking.gems import SCHEMA as GEMS
from aggregator.ranking.gems import gems
from aggregator.ranking.outliers import SCHEMA as OUTLIERS
from aggregator.ranking.outliers import outliers

MAX_GEMS = 500
"""Gems in the table at most."""


def outlier_table(
    scores: Mapping[Track, pl.DataFrame], facts: pl.DataFrame, calibrations: Mapping[Track, Calibration]
) -> pl.DataFrame:
    """Return the outliers of each track; `scores` also has the models without a rank."""
    columns = pl.Schema(OUTLIERS)
    found = [outliers(table, facts, calibrations.get(track)) for track, table in scores.items() if table.height]
    return pl.concat([schema.frame(columns), *(schema.frame(columns, frame) for frame in found)])


def gem_table(abilities: pl.DataFrame, facts: pl.DataFrame, rank_boards: pl.DataFrame) -> pl.DataFrame:
    """Return the gems of one track; `rank_boards` is `(model_id, source, benchmarks)`."""
    counts = rank_boards.group_by("model_id").agg(pl.col("benchmarks").sum())
    counted = abilities.join(counts, on="model_id", how="left", maintain_order="left")
    return schema.frame(pl.Schema(GEMS), gems(counted, facts, limit=MAX_GEMS))
