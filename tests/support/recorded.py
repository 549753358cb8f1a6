"""Read the recorded leaderboards as the frames that ranking reads, with model ids from identity resolution."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from aggregator import identity
from aggregator.model import Track
from aggregator.pipeline import steps
from aggregator.pipeline.results import ReadResult
from aggregator.sources import on_by_default
from tests.support.samples import files

ARENA_INTERVAL_WIDTH = 3.92
"""Width of an Arena interval (95 %) in standard errors."""
FACTS = ("kind", "params_b", "released_on", "chat_template", "merged", "flagged", "likes")


@dataclass(frozen=True)
class RecordedBoards:
    scores: pl.DataFrame
    """Long frame as for `aggregator.rank`."""
    facts: pl.DataFrame
    """`model_id` and `FACTS`."""
    board_ranks: pl.DataFrame
    """`(model_id, board, rank)`."""
    models: pl.DataFrame
    """The models of identity resolution."""


def read_recordings(folder: Path, *tracks: Track) -> RecordedBoards:
    """Read the ranked boards of some tracks; one model on one benchmark can have several rows."""
    readings = [
        ReadResult(source, "fresh", parsed=source.parse(files(source, folder)))
        for source in on_by_default()
        if source.track in tracks and source.in_rank
    ]
    resolution = identity.resolve(steps.collect_names(readings))
    aliases = resolution.aliases.select("source", "raw_name", "model_id")
    parsed = [reading.parsed for reading in readings if reading.parsed]
    scores = pl.concat([one.scores for one in parsed]).join(aliases, on=["source", "raw_name"])
    benchmarks = pl.concat([one.benchmarks for one in parsed])
    entries = pl.concat([one.entries for one in parsed]).join(aliases, on=["source", "raw_name"])
    interval = (pl.col("score_high") - pl.col("score_low")) / ARENA_INTERVAL_WIDTH
    is_measured = pl.coalesce("measured_by", "measured_by_right") != "self_reported"
    return RecordedBoards(
        scores=scores.join(benchmarks.drop("source"), on="benchmark")
        .filter(is_measured)
        .select(
            "model_id",
            pl.col("source").alias("board"),
            "benchmark",
            "score",
            pl.coalesce("standard_error", interval).alias("standard_error"),
            "higher_is_better",
            "scale_low",
            "scale_high",
            "chance",
            "n_items",
        ),
        facts=entries.group_by("model_id", maintain_order=True).agg(
            pl.col(name).drop_nulls().first() for name in FACTS
        ),
        board_ranks=_board_ranks(entries, scores),
        models=resolution.models,
    )


def _board_ranks(entries: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Return the rank of each model on its board: the board's own, else by the mean of the model's scores there."""
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
