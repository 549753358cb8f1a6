"""Gate on the ranks that a leaderboard publishes: they must follow from its own scores."""

import math
from collections.abc import Iterator

import polars as pl

from aggregator.gates.candidate import Candidate
from aggregator.gates.similarity import FEWEST_COMMON
from aggregator.gates.verdict import WORST_ROWS, Change, Finding
from aggregator.model import Parsed, RankRule

LEAST_CORRELATION = 0.9
"""Of the ranks with the order by Borda count, as MTEB ranks. The recorded boards have 0.954 to 1.000; two of them lack
tasks that their rank counts."""
LEAST_SHARE = 0.9
"""Share of the known models whose ranks moved by one number, when all ranks are off by it."""


def board_ranks(new: Candidate) -> Iterator[Finding]:
    """Find ranks that contradict the scores: shuffled, all alike, multiplied, or off by a number."""
    if new.source.rank_rule is not RankRule.GIVEN:
        return
    ranks = _ranks(new.parsed)
    if ranks.height < FEWEST_COMMON:
        return
    divisor = math.gcd(*ranks["board_rank"])
    if divisor > 1:
        yield Finding(f"all ranks are multiples of {divisor}")
    correlation = ranks.select(pl.corr(pl.col("board_rank").rank(), pl.col("by_score").rank())).item()
    if correlation is None or not correlation >= LEAST_CORRELATION:  # NaN when all ranks are alike
        is_number = correlation is not None and math.isfinite(correlation)
        problem = f"their correlation is {correlation:.2f}" if is_number else "all are alike"
        worst = ranks.with_columns(off=(pl.col("board_rank") - pl.col("by_score")).abs()).sort("off", descending=True)
        rows = worst.head(WORST_ROWS).select("raw_name", "board_rank", "by_score").iter_rows()
        yield Finding(
            f"the ranks do not follow from the scores: {problem}",
            tuple(Change(name, "board_rank", f"{by_score} by its scores", str(rank)) for name, rank, by_score in rows),
        )
    elif new.last_good is not None:
        yield from _shifted(ranks, _ranks(new.last_good), new.parsed)


def _ranks(parsed: Parsed) -> pl.DataFrame:
    """Return `(raw_name, board_rank, by_score)`: the published rank, and that by the Borda count over the benchmarks."""
    models = parsed.entries.drop_nulls("board_rank").select("raw_name", "board_rank")
    described = parsed.scores.join(
        parsed.benchmarks.select("benchmark", "higher_is_better"), on="benchmark", maintain_order="left"
    )
    better = pl.when("higher_is_better").then(pl.col("score")).otherwise(-pl.col("score"))
    above = models.height - better.rank("average", descending=True).over("benchmark")
    counts = described.with_columns(count=above).group_by("raw_name").agg(pl.col("count").sum())
    joined = models.join(counts, on="raw_name", how="left", maintain_order="left").with_columns(
        pl.col("count").fill_null(0)
    )
    return joined.select("raw_name", "board_rank", by_score=pl.col("count").rank("min", descending=True).cast(pl.Int64))


def _shifted(now: pl.DataFrame, before: pl.DataFrame, parsed: Parsed) -> Iterator[Finding]:
    """Find that all ranks moved by one number although no model came or went."""
    common = now.join(before, on="raw_name", suffix="_before")
    if common.height != now.height or common.height != before.height or parsed.quarantined.height:
        return
    steps = common.select(step=pl.col("board_rank") - pl.col("board_rank_before"))["step"]
    step = int(steps.mode().sort()[0])
    if step and int((steps == step).sum()) >= LEAST_SHARE * steps.len():
        rows = (
            common.sort("board_rank").head(WORST_ROWS).select("raw_name", "board_rank_before", "board_rank").iter_rows()
        )
        yield Finding(
            f"nearly all ranks moved by {step:+d}, and no model came or went",
            tuple(Change(name, "board_rank", str(was), str(rank)) for name, was, rank in rows),
        )
