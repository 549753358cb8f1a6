"""Typed edges between models, without cycles, and the family that each model belongs to."""

import polars as pl

from aggregator import schema
from aggregator.identity.rules import Rules


def lineage_of(aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    return schema.frame(schema.LINEAGE)


def families(lineage: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(schema={"model_id": pl.String, "family": pl.String})
