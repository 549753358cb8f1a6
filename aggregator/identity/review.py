"""What is left for a person."""

import polars as pl

from aggregator import schema
from aggregator.identity.rules import Rules


def unresolved_names(aliases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    return schema.frame(schema.UNRESOLVED)
