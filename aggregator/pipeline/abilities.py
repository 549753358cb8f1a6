"""Read the abilities of the current generation under the names of each leaderboard, for the gate `agreement`."""

from collections.abc import Mapping

import polars as pl

from aggregator.store.generations import Generation

FEWEST_BOARDS = 2
"""The ability of a model on one leaderboard only says what that leaderboard says."""


def load_abilities(current: Generation | None) -> Mapping[str, pl.DataFrame]:
    """Return `(raw_name, ability)` by source, of the models on at least two ranked leaderboards.

    It is empty without a generation, and when its tables are damaged: then the gate compares nothing.
    """
    if current is None:
        return {}
    try:
        names, models = (_scan(current, table) for table in ("aliases", "leaderboard"))
        ranked = models.filter(pl.col("boards") >= FEWEST_BOARDS).select("model_id", "ability").drop_nulls()
        found = names.select("source", "raw_name", "model_id").join(ranked, on="model_id").collect()
    except (OSError, pl.exceptions.PolarsError):
        return {}
    parts = found.select("source", "raw_name", "ability").partition_by("source", as_dict=True, include_key=False)
    return {str(source): rows for (source,), rows in parts.items()}


def _scan(generation: Generation, table: str) -> pl.LazyFrame:
    return pl.scan_parquet(generation.path / "data" / table / f"{table}.parquet", glob=False)
