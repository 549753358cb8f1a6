"""Gate `exchange`: a benchmark that has the last good scores of another benchmark, as after columns were exchanged."""

from collections.abc import Iterator

import polars as pl

from aggregator.gates.benchmark_findings import judge_benchmarks
from aggregator.gates.candidate import Candidate
from aggregator.gates.score_pairs import OVERALL, current_scores, title_of
from aggregator.gates.verdict import Finding

FEWEST_COMMON = 10
LEAST_DISTANCE = 0.02
"""A benchmark is compared with the others when its scores moved by this much, in standard deviations (root mean square,
without the common shift). The two most similar categories of the Arena differ by .055."""
NEARER = 0.5
"""It has the scores of another benchmark when these are nearer than this part of the distance to its own scores. The
distance to its own leaves the common shift out: with a new zero of the scale (2025-11-05, style control), ratings come
near to those of another category. On honest dates of the Arena, no category comes nearer than 1.5 of it, in v2 4.8."""
MOST_COMPARED = 60
"""Only the benchmarks that moved most are compared with all others: a source can have more than a thousand."""


def exchange(new: Candidate) -> Iterator[Finding]:
    """Find benchmarks whose scores are nearer to the last good scores of another benchmark than to their own."""
    if new.last_good is None:
        return
    moved = _moved_most(new)
    if moved.is_empty():
        return
    nearest = _nearest(new, moved)
    sentences = {
        benchmark: f"the scores of {title_of(benchmark, new.parsed)} are the last good scores of "
        f"{title_of(other, new.parsed)}: columns were exchanged"
        for benchmark, other in nearest.iter_rows()
    }
    if finding := judge_benchmarks(new, sentences):
        yield finding


def _moved_most(new: Candidate) -> pl.DataFrame:
    """Return `(benchmark, sd, own)` of the benchmarks that moved most: `own` is the distance to their last good scores."""
    distance = ((pl.col("change") - pl.col("shift")) ** 2).mean().sqrt()
    return (
        new.changes.filter(pl.col("n") >= FEWEST_COMMON, pl.col("sd").is_not_null(), pl.col("benchmark") != OVERALL)
        .group_by("benchmark")
        .agg(pl.col("sd").first(), own=distance)
        .filter(pl.col("own") > LEAST_DISTANCE)
        .sort("own", descending=True)
        .head(MOST_COMPARED)
    )


def _nearest(new: Candidate, moved: pl.DataFrame) -> pl.DataFrame:
    """Return `(benchmark, other)` for the benchmarks that are nearer to another one, and at least as well covered."""
    if new.last_good is None:
        raise ValueError("a comparison needs a last good edition")
    columns = ["raw_name", "benchmark", "score"]
    now = current_scores(new.parsed).select(columns).join(moved, on="benchmark")
    last = current_scores(new.last_good).select(columns).filter(pl.col("benchmark") != OVERALL)
    before = last.rename({"benchmark": "other", "score": "before"})
    difference = (pl.col("score") - pl.col("before")) / pl.col("sd")
    found = (
        now.join(before, on="raw_name")
        .group_by("benchmark", "other")
        .agg(pl.col("own").first(), n=pl.len(), away=(difference**2).mean().sqrt())
        .filter(pl.col("benchmark") != pl.col("other"), pl.col("n") >= FEWEST_COMMON)
    )
    return (
        found.filter(pl.col("away") < NEARER * pl.col("own"))
        .sort("away")
        .unique("benchmark", keep="first", maintain_order=True)
        .sort("own", descending=True)
        .select("benchmark", "other")
    )
