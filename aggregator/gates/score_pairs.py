"""Pair the current scores of two editions by benchmark and model, and express each change in standard deviations.

The board's overall score is a benchmark of its own here, with the name `OVERALL`. Two natures of leaderboards are
distinguished. The ratings of a *refitted* board (the Arena) all move a little with every edition: their changes are
compared with the common shift of the edition and with their intervals. The scores of the other boards are
*measurements*: they move only when a model or a benchmark is measured anew.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from aggregator.gates import similarity
from aggregator.model import Parsed

OVERALL = "board_score"
"""Stands for the overall score of the board among the benchmarks."""
FEWEST_ROWS = 5
"""Minimum number of common models of a benchmark for its standard deviation to be a measure of a change."""
KEY = ["benchmark", "raw_name"]
ROBUST = 1.4826
"""Standard deviation of a normal distribution with a median absolute deviation of 1."""

SCHEMA: dict[str, pl.DataType] = {
    "benchmark": pl.String(),
    "raw_name": pl.String(),
    "now": pl.Float64(),
    "before": pl.Float64(),
    "n": pl.UInt32(),  # common models of the benchmark
    "sd": pl.Float64(),  # of `before` over the common models; null when all are equal
    "shift": pl.Float64(),  # median change of the benchmark, in sd
    "noise": pl.Float64(),  # robust standard deviation of the changes around `shift`, in sd
    "change": pl.Float64(),  # in sd
    "half_width": pl.Float64(),  # of the interval of `before`, in sd; null without one
}
"""Columns of `pair_changes`: one row per benchmark and model with a score in both editions."""


def pair_changes(new: Parsed, last: Parsed | None) -> pl.DataFrame:
    """Return the changes of all common scores as `SCHEMA`, without benchmarks that state another edition."""
    if last is None:
        return pl.DataFrame(schema=SCHEMA)
    renewed = similarity.renewed_benchmarks(new, last)
    now, before = (current_scores(parsed, renewed) for parsed in (new, last))
    pairs = now.drop("half_width").rename({"score": "now"}).join(before.rename({"score": "before"}), on=KEY)
    return _in_deviations(pairs).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def current_scores(parsed: Parsed, renewed: Sequence[str] = ()) -> pl.DataFrame:
    """Return `(benchmark, raw_name, score, half_width)` of the current edition, with the overall score."""
    scores = parsed.scores.filter(~pl.col("benchmark").is_in(list(renewed))).select(
        *KEY, "score", half_width=(pl.col("score_high") - pl.col("score_low")) / 2
    )
    if renewed:
        return scores.drop_nulls("score")
    overall = parsed.entries.select(
        "raw_name",
        benchmark=pl.lit(OVERALL),
        score="board_score",
        half_width=(pl.col("board_score_high") - pl.col("board_score_low")) / 2,
    ).select(scores.columns)
    return pl.concat([scores, overall]).drop_nulls("score")


def _in_deviations(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add the numbers of each benchmark, and express change and interval in its standard deviations."""
    spread = pl.col("before").std()
    measured = pairs.group_by("benchmark").agg(
        n=pl.len(),
        sd=pl.when(spread > 0).then(spread),
        shift=(pl.col("now") - pl.col("before")).median(),
    )
    joined = pairs.join(measured, on="benchmark").with_columns(change=pl.col("now") - pl.col("before"))
    noise = (pl.col("change") - pl.col("shift")).abs().median()
    centred = joined.group_by("benchmark").agg(noise=ROBUST * noise)
    return joined.join(centred, on="benchmark").with_columns(
        pl.col("change", "shift", "noise", "half_width") / pl.col("sd")
    )


def days_between(today: date, last_retrieved_on: date | None, now: date | None, last: date | None) -> int:
    """Return the days in which the board can have changed: the fewest by publish dates and by the dates of the fetches.

    0 without any date.
    """
    spans = [(late - early).days for late, early in ((today, last_retrieved_on), (now, last)) if late and early]
    return max(0, min(spans, default=0))


def title_of(benchmark: str, parsed: Parsed) -> str:
    """Return the title of a benchmark for a sentence."""
    if benchmark == OVERALL:
        return "the overall score"
    titles = parsed.benchmarks.filter(pl.col("benchmark") == benchmark)["title"].drop_nulls()
    return f"`{benchmark}`" if titles.is_empty() else f"{titles[0]} (`{benchmark}`)"
