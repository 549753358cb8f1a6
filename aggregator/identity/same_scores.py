"""Edges between models with exactly equal scores: most are the same weights under two names.

An edge has the lowest trust, and no rank depends on it: that two models are equal does not show which was first.
"""

import polars as pl

from aggregator import schema
from aggregator.identity.copies import EDGES
from aggregator.identity.families import SAME_SCORES
from aggregator.text_columns import fill_in

LEAST_BENCHMARKS = 5
"""Fewest scores of a vector."""

LEAST_ABOVE_CHANCE = 2
"""Fewest scores that are clearly above random guessing: all models that only guess have one vector."""

CLEARLY_ABOVE = 0.05
"""Of the range between random guessing and the highest score."""

EQUAL_SCORES: dict[str, pl.DataType] = {
    "source": pl.String(),
    "raw_name": pl.String(),
    "vector": pl.UInt32(),  # equal for names with equal scores
    "benchmarks": pl.Int64(),
    "submitted_on": pl.Date(),
}
"""One row per raw name of a source with the same scores as another raw name of that source."""

NO_EQUAL_SCORES = schema.frame(EQUAL_SCORES)


def equal_scores(scores: pl.DataFrame, benchmarks: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Return EQUAL_SCORES of one source from its SCORES, BENCHMARKS and ENTRIES.

    A vector holds all scores of a name on a source, at least LEAST_BENCHMARKS, and the settings of the evaluation.
    """
    chance = pl.col("chance")
    above = (pl.col("score") - chance) / (pl.col("scale_high") - chance) >= CLEARLY_ABOVE
    cell = pl.struct("benchmark", "score").sort_by("benchmark")
    vectors = (
        scores.join(benchmarks.select("benchmark", "chance", "scale_high"), on="benchmark", how="left")
        .group_by("source", "raw_name")
        .agg(vector=cell, benchmarks=pl.len().cast(pl.Int64), above=above.sum(), with_chance=chance.count())
        .filter(pl.col("benchmarks") >= LEAST_BENCHMARKS)
        .filter((pl.col("with_chance") == 0) | (pl.col("above") >= LEAST_ABOVE_CHANCE))
    )
    settings = entries.select("source", "raw_name", "variant", "chat_template", "submitted_on")
    same = ["source", "vector", "variant", "chat_template"]
    return schema.frame(
        EQUAL_SCORES,
        vectors.join(settings, on=["source", "raw_name"], how="left")
        .with_columns(pl.col("vector").hash())
        .filter(pl.len().over(same) > 1)
        .with_columns(vector=pl.struct(same).rank("dense")),
    )


def edges_from_scores(
    equal: pl.DataFrame, aliases: pl.DataFrame, officials: pl.Series, parents: pl.DataFrame
) -> pl.DataFrame:
    """Return the EDGES from every model of a vector to one of them, the first by these rules.

    A publisher's own id, then a parent of others by the other edges (`parents`: `model_id`, `parent_id`), then a model
    with a parent, then the earliest submission, then the alphabet.
    """
    models = equal.join(aliases.select("source", "raw_name", "model_id"), on=["source", "raw_name"])
    ordered = (
        models.group_by("source", "vector", "benchmarks", "model_id")
        .agg(pl.col("submitted_on").min())
        .with_columns(
            is_official=pl.col("model_id").is_in(officials.implode()),
            is_parent=pl.col("model_id").is_in(parents["parent_id"].implode()),
            has_parent=pl.col("model_id").is_in(parents["model_id"].implode()),
        )
        .sort(
            ["is_official", "is_parent", "has_parent", "submitted_on", "model_id"],
            descending=[True, True, True, False, False],
            nulls_last=True,
        )
        .with_columns(parent_id=pl.col("model_id").first().over("source", "vector"))
    )
    evidence = fill_in("equal scores on {} benchmarks of {}", "benchmarks", "source")
    return (
        ordered.filter(pl.col("model_id") != pl.col("parent_id"))
        .sort("benchmarks", "source", descending=[True, False])
        .unique(["model_id", "parent_id"], keep="first", maintain_order=True)
        .select(
            "model_id", pl.lit(SAME_SCORES).alias("relation"), "parent_id", source=pl.lit("scores"), evidence=evidence
        )
        .cast(EDGES)  # type: ignore[arg-type] # polars types the keys of this mapping invariantly
    )
