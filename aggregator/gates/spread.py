"""Gates `spread` and `tail`: distributions of a benchmark that were compressed, cut to one value, or given a false top.

Honest editions were measured where `moved_scores` says. Numbers are in standard deviations of the last good scores.
"""

from collections.abc import Iterator

import polars as pl

from aggregator.gates.benchmark_findings import by_benchmark, judge_benchmarks
from aggregator.gates.candidate import Candidate
from aggregator.gates.moved_scores import FEWEST_COMMON, is_far, moved_benchmarks, residual
from aggregator.gates.score_pairs import current_scores, title_of
from aggregator.gates.verdict import Finding

SPREAD = 0.04
SPREAD_RATING = 0.06
"""Largest change of the standard deviation, as a share; .011 for honest measurements, .077 when MATH was measured anew;
.060 for the languages with fewest votes in the Arena, .046 for its other categories."""
SPREAD_NOISE = (0.3, 0.2)
"""The allowed change grows by this number, for measurements and ratings, divided by the root of the common models."""
FEWEST_VALUES = 3
"""Minimum number of distinct values before, for a loss of all of them to be seen."""

OUTSIDE = 0.4
"""A score counts as outside of the last good range from this distance on; a harmless drift has .1."""
FEWEST_OUTSIDE = 3
SHARE_OUTSIDE = 0.01
"""Largest share of scores outside of the last good range: at most 2 of 515 in v2 (on 6 of 92 nights at all) and 2 of 179
in the Arena."""
SHARE_OUTSIDE_A_DAY = 0.0005
"""With long gaps between editions more new models are better than all before."""
FEWEST_IN_PILE = 5
SHARE_IN_PILE = 0.02
STEP_IN_PILE = 0.1
"""A changed score counts in a pile when it moved by this much; smaller moves are a coarser rounding."""
FEWEST_NEW_IN_PILE = 8
SHARE_UNSEEN = 0.04
"""Largest share of one value among new models that no known model has; 6 of 189 in v2 (2024-08-14)."""
EXCESS_IN_PILE = 0.2
"""Largest excess of the share of one value among new models over its share among known ones; .15 in v2 (2024-09-15)."""

ERRORS_IN_PILE = 3.0
"""Standard errors of the usual share among so many new models that are added to the excess."""


def spread(new: Candidate) -> Iterator[Finding]:
    """Find benchmarks whose scores became constant, or lie closer together or wider apart than before."""
    is_moved = pl.col("benchmark").is_in(list(moved_benchmarks(new)))
    changes = new.changes.filter(pl.col("n") >= FEWEST_COMMON, pl.col("sd").is_not_null(), ~is_moved)
    if finding := judge_benchmarks(new, by_benchmark([*_constant(new, changes), *_compressed(new, changes)])):
        yield finding


def _constant(new: Candidate, changes: pl.DataFrame) -> Iterator[tuple[str, str]]:
    values = changes.group_by("benchmark").agg(
        n=pl.len(), now=pl.col("now").n_unique(), before=pl.col("before").n_unique(), value=pl.col("now").first()
    )
    for benchmark, count, value in (
        values.filter(pl.col("now") == 1, pl.col("before") >= FEWEST_VALUES)
        .sort("n", descending=True)
        .select("benchmark", "n", "value")
        .iter_rows()
    ):
        yield benchmark, f"all {count:,} scores of {title_of(benchmark, new.parsed)} are {value:.6g}"


def _compressed(new: Candidate, changes: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield benchmarks with another spread; single scores that moved far belong to the gate `moved`."""
    is_refitted = new.source.is_refitted
    start, noise = (SPREAD_RATING, SPREAD_NOISE[1]) if is_refitted else (SPREAD, SPREAD_NOISE[0])
    ratios = (
        changes.filter(~is_far(is_refitted=is_refitted))
        .group_by("benchmark")
        .agg(n=pl.len(), ratio=pl.col("now").std() / pl.col("before").std())
        .filter(pl.col("n") >= FEWEST_COMMON, (pl.col("ratio") - 1).abs() > start + noise / pl.col("n").sqrt())
    )
    for benchmark, ratio in ratios.sort((pl.col("ratio") - 1).abs(), descending=True)["benchmark", "ratio"].iter_rows():
        yield benchmark, f"the spread of {title_of(benchmark, new.parsed)} is {ratio:.2f} times the last good one"


def tail(new: Candidate) -> Iterator[Finding]:
    """Find benchmarks with too many scores outside of the last good range, or too many at one value; also of new models."""
    if new.last_good is None or new.changes.is_empty():
        return
    scores = _with_last(new).filter(~pl.col("benchmark").is_in(list(moved_benchmarks(new))))
    found = [*_outside(new, scores), *_piled_changes(new), *_piled_new_models(new, scores)]
    if finding := judge_benchmarks(new, by_benchmark(found)):
        yield finding


def _with_last(new: Candidate) -> pl.DataFrame:
    """Return the current scores with the last good range of their benchmark, moved by the common shift of its ratings."""
    if new.last_good is None:
        raise ValueError("a comparison needs a last good edition")
    known = new.changes.group_by("benchmark").agg(pl.col("n", "sd", "shift").first())
    last = current_scores(new.last_good).join(known, on="benchmark").filter(pl.col("n") >= FEWEST_COMMON)
    move = pl.col("shift") * pl.col("sd") if new.source.is_refitted else pl.lit(0.0)
    ranges = last.group_by("benchmark").agg(
        pl.col("sd").first(), high=(pl.col("score") + move).max(), low=(pl.col("score") + move).min(), rows=pl.len()
    )
    return current_scores(new.parsed).join(ranges, on="benchmark")


def _outside(new: Candidate, scores: pl.DataFrame) -> Iterator[tuple[str, str]]:
    above = pl.col("score") - pl.col("high") > OUTSIDE * pl.col("sd")
    below = pl.col("low") - pl.col("score") > OUTSIDE * pl.col("sd")
    counts = scores.group_by("benchmark").agg(
        pl.col("low", "high").first(), n=pl.len(), outside=pl.max_horizontal(above.sum(), below.sum())
    )
    share = SHARE_OUTSIDE + SHARE_OUTSIDE_A_DAY * new.days_since_last
    limit = pl.max_horizontal(pl.lit(float(FEWEST_OUTSIDE)), share * pl.col("n"))
    found = counts.filter(pl.col("outside") > limit).sort("outside", descending=True)
    for benchmark, low, high, n, outside in found.iter_rows():
        yield (
            benchmark,
            (
                f"{outside:,} of {n:,} scores of {title_of(benchmark, new.parsed)} lie far outside of the last good range "
                f"from {low:.6g} to {high:.6g}"
            ),
        )


def _piled_changes(new: Candidate) -> Iterator[tuple[str, str]]:
    moved = new.changes.filter(
        pl.col("n") >= FEWEST_COMMON, residual(is_refitted=new.source.is_refitted).abs() > STEP_IN_PILE
    )
    piles = moved.group_by("benchmark", "now").agg(rows=pl.len(), n=pl.col("n").first())
    limit = pl.max_horizontal(pl.lit(float(FEWEST_IN_PILE)), SHARE_IN_PILE * pl.col("n"))
    for benchmark, value, rows in (
        piles.filter(pl.col("rows") > limit)
        .sort("rows", descending=True)
        .select("benchmark", "now", "rows")
        .iter_rows()
    ):
        yield benchmark, f"{rows:,} scores of {title_of(benchmark, new.parsed)} changed to {value:.6g}"


def _piled_new_models(new: Candidate, scores: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield benchmarks in which many new models have one score: a value that no model had, or a rare one."""
    if new.last_good is None:
        return
    added = scores.join(new.changes.select("benchmark", "raw_name"), on=["benchmark", "raw_name"], how="anti")
    if added.height < FEWEST_NEW_IN_PILE:
        return
    last = current_scores(new.last_good)
    piles = (
        added.group_by("benchmark", "score")
        .agg(piled=pl.len(), rows=pl.col("rows").first())
        .filter(pl.col("piled") >= FEWEST_NEW_IN_PILE)
        .join(last.group_by("benchmark", "score").agg(had=pl.len()), on=["benchmark", "score"], how="left")
        .join(added.group_by("benchmark").agg(added=pl.len()), on="benchmark")
    )
    share, had = pl.col("piled") / pl.col("added"), pl.col("had").fill_null(0)
    is_unseen = (had == 0) & (share > SHARE_UNSEEN)
    usual = had / pl.col("rows")
    error = (usual * (1 - usual) / pl.col("added")).sqrt()
    is_rare = share - usual > EXCESS_IN_PILE + ERRORS_IN_PILE * error
    for benchmark, value, count in (
        piles.filter(is_unseen | is_rare)
        .sort("piled", descending=True)
        .select("benchmark", "score", "piled")
        .iter_rows()
    ):
        yield benchmark, f"{count:,} new models have the score {value:.6g} of {title_of(benchmark, new.parsed)}"
