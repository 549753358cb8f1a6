"""Gate `groups`: models of one organization, licence, kind or size whose scores moved against all others.

The median change of a group is compared with that of the rest, in standard deviations of the benchmark. On 95 honest
changes of the Arena's text view and 11 with style control, the overall ratings of a group of k models moved against the
rest by .31 / √k at most (7 models of one licence, .118), those of a category by .63 / √k (9 models in Korean, .21).
"""

from collections.abc import Iterator

import polars as pl

from aggregator.gates.benchmark_findings import few_models, judge_models
from aggregator.gates.candidate import Candidate
from aggregator.gates.moved_scores import moved_benchmarks, without_other_runs
from aggregator.gates.score_pairs import OVERALL, title_of
from aggregator.gates.verdict import Finding

FACTS = {
    "organization": "organization",
    "license": "licence",
    "kind": "kind",
    "open_weights": "open weights",
    "size": "size",
}
SIZES = (3.0, 9.0, 30.0)
"""Limits of the size classes, in billions of parameters."""
FEWEST_COMMON = 20
FEWEST_IN_GROUP = 5
"""In smaller groups, each model that moved is found by the gate `moved`."""
LEAST_MOVE = 0.06
MOVE_OVERALL = 0.4
MOVE_CATEGORY = 0.8
MOVE_MEASUREMENT = 0.3
"""Largest move of a group against the rest, divided by the root of its size: in the overall rating, in ratings of one
category, and in measurements, where the median of an honest group moves only with other runs of its models."""
NOISES = 6.0
"""The move is also this many standard errors of a median."""
MEDIAN_ERROR = 1.2533
"""Standard error of a median, in those of a mean."""


def groups(new: Candidate) -> Iterator[Finding]:
    """Find groups of models that moved against the rest, in the benchmark in which they moved most."""
    if new.last_good is None:
        return
    moves = _moves(new)
    if moves.is_empty():
        return
    row = moves.sort(pl.col("move").abs() * pl.col("k").sqrt(), descending=True).row(0, named=True)
    names = _members(new).filter(pl.col("fact") == row["fact"], pl.col("value") == row["value"])["raw_name"]
    rows = new.changes.filter(pl.col("benchmark") == row["benchmark"], pl.col("raw_name").is_in(names.implode()))
    points = row["move"] * row["sd"]
    what = (
        f"the {row['k']} models with {FACTS[row['fact']]} {row['value']} moved by {points:+.3g} against the others in "
        f"{title_of(row['benchmark'], new.parsed)}"
    )
    is_one_group = moves.select("fact", "value").n_unique() == 1
    if finding := judge_models(rows, what, few_models(new) if is_one_group else 0):
        yield finding


def _members(new: Candidate) -> pl.DataFrame:
    """Return `(raw_name, fact, value)` of the last good edition: the new facts can be wrong too."""
    if new.last_good is None:
        raise ValueError("a comparison needs a last good edition")
    size = pl.col("params_b").is_not_null().cast(pl.Int8)
    for limit in SIZES:
        size = size + (pl.col("params_b") >= limit).cast(pl.Int8)
    facts = new.last_good.entries.select(
        "raw_name",
        "organization",
        "license",
        "kind",
        open_weights=pl.col("open_weights").cast(pl.String),
        size=size.cast(pl.String),
    )
    return facts.unpivot(list(FACTS), index="raw_name", variable_name="fact").drop_nulls()


def _moves(new: Candidate) -> pl.DataFrame:
    """Return the groups that moved too far: `(benchmark, fact, value, k, move, sd)`."""
    is_quiet = (pl.col("change") - pl.col("shift")).abs().max().over("benchmark") < LEAST_MOVE
    changes = new.changes.filter(pl.col("n") >= FEWEST_COMMON, pl.col("sd").is_not_null()).filter(~is_quiet)
    changes = without_other_runs(new, changes.filter(~pl.col("benchmark").is_in(list(moved_benchmarks(new)))))
    if changes.is_empty():
        return pl.DataFrame()
    rows = changes.join(_members(new), on="raw_name")
    key = ["benchmark", "fact", "value"]
    members = rows.group_by(key).agg(
        pl.col("sd", "shift", "noise", "n").first(), k=pl.len(), median=pl.col("change").median()
    )
    is_moved = (pl.col("median") - pl.col("shift")).abs() > LEAST_MOVE / 4
    seen = members.filter(pl.col("k").is_between(FEWEST_IN_GROUP, pl.col("n") - FEWEST_IN_GROUP), is_moved)
    rest = (
        seen.select(key)
        .join(changes.select("benchmark", "raw_name", "change"), on="benchmark")
        .join(rows.select(*key, "raw_name"), on=[*key, "raw_name"], how="anti")
        .group_by(key)
        .agg(rest=pl.col("change").median())
    )
    error = MEDIAN_ERROR * pl.col("noise") * (1 / pl.col("k") + 1 / (pl.col("n") - pl.col("k"))).sqrt()
    ratings = pl.when(pl.col("benchmark") == OVERALL).then(MOVE_OVERALL).otherwise(MOVE_CATEGORY)
    scale = ratings if new.source.is_refitted else pl.lit(MOVE_MEASUREMENT)
    limit = pl.max_horizontal(pl.lit(LEAST_MOVE), scale / pl.col("k").sqrt(), NOISES * error)
    moves = seen.join(rest, on=key).with_columns(move=pl.col("median") - pl.col("rest"))
    return moves.filter(pl.col("move").abs() > limit).select(*key, "k", "move", "sd")
