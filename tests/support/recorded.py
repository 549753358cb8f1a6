"""The recorded boards as the frames that ranking reads, with models resolved by identity."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from aggregator import identity
from aggregator.model import Source, Track
from aggregator.pipeline import steps
from aggregator.pipeline.reading import Reading
from aggregator.sources import registered

TWO_SIDED_95 = 3.92
"""Width of an Arena interval in standard errors."""
FACTS = ("kind", "params_b", "released_on", "chat_template", "merged", "flagged", "likes")


@dataclass(frozen=True)
class Recorded:
    scores: pl.DataFrame
    facts: pl.DataFrame
    places: pl.DataFrame
    """`(model_id, board, rank)`."""
    models: pl.DataFrame


def recorded(folder: Path, *tracks: Track) -> Recorded:
    """Read the boards of some tracks that take part in the rank; several rows of one model count as `aggregator.ranking` counts them."""
    readings = [
        Reading(source, "fresh", parsed=source.parse(_files(source, folder)))
        for source in registered()
        if source.track in tracks and source.in_rank
    ]
    resolution = identity.resolve(steps.names(readings))
    aliases = resolution.aliases.select("source", "raw_name", "model_id")
    parsed = [reading.parsed for reading in readings if reading.parsed]
    scores = pl.concat([one.scores for one in parsed]).join(aliases, on=["source", "raw_name"])
    benchmarks = pl.concat([one.benchmarks for one in parsed])
    entries = pl.concat([one.entries for one in parsed]).join(aliases, on=["source", "raw_name"])
    error = (pl.col("score_high") - pl.col("score_low")) / TWO_SIDED_95
    return Recorded(
        scores=scores.join(benchmarks.drop("source"), on="benchmark").select(
            "model_id",
            pl.col("source").alias("board"),
            "benchmark",
            "score",
            error.alias("standard_error"),
            "higher_is_better",
            "scale_low",
            "scale_high",
            "chance",
        ),
        facts=entries.group_by("model_id", maintain_order=True).agg(
            pl.col(name).drop_nulls().first() for name in FACTS
        ),
        places=_places(entries, scores),
        models=resolution.models,
    )


def _places(entries: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Rank of each model on its board: the board's own, else by the mean of its scores there."""
    given = entries.select("model_id", pl.col("source").alias("board"), pl.col("board_rank").alias("rank")).drop_nulls()
    means = (
        scores.join(given, left_on="source", right_on="board", how="anti")
        .group_by("model_id", "source")
        .agg(pl.coalesce("score_normalized", "score").mean().alias("mean"))
    )
    ranked = means.select(
        "model_id",
        pl.col("source").alias("board"),
        pl.col("mean").rank("min", descending=True).over("source").cast(pl.Int64).alias("rank"),
    )
    return pl.concat([given.cast({"rank": pl.Int64}), ranked])


def _files(source: Source, folder: Path) -> dict[str, bytes]:
    return {resource.name: (folder / resource.path).read_bytes() for resource in source.resources}
