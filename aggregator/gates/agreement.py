"""Gate across leaderboards: a leaderboard whose agreement with the ability breaks from its history.

The abilities are those of last night, from all leaderboards, so they do not move with tonight's edition. It is the only
comparison of scores when a leaderboard has other test items in each edition.
"""

from collections.abc import Iterator

import polars as pl

from aggregator.gates.candidate import Candidate
from aggregator.gates.edition_summary import BOARD_RANK, all_scores
from aggregator.gates.verdict import WORST_ROWS, Change, Finding

FEWEST = 20
"""Minimum number of models with an ability and a score in both editions."""
LARGEST_FALL, LARGEST_RENEWED_FALL = 0.03, 0.15
"""Largest plausible fall of the rank correlation: with the same items, and with others. On any benchmark
it fell by up to .09 between editions of LiveBench, and by up to .007 between nights of the Arena and of Open LLM v2."""
DEVIATIONS = 3.0
"""So many standard errors the fall must be beyond zero."""


def agreement(new: Candidate) -> Iterator[Finding]:
    """Find benchmarks whose rank correlation with the ability fell, on the models of both editions."""
    if new.last_good is None or new.abilities is None or new.abilities.is_empty():
        return
    pairs = _pairs(new)
    place = pl.col("now", "before", "ability").rank().over("benchmark")
    placed = pairs.with_columns(place)
    table = (
        placed.group_by("benchmark")
        .agg(
            n=pl.len(),
            before=pl.corr("before", "ability").abs(),
            # The sign of the agreement stays: an inverted benchmark falls from .8 to -.8.
            now=pl.corr("now", "ability") * pl.corr("before", "ability").sign(),
            same=pl.corr("now", "before"),
        )
        .filter((pl.col("n") >= FEWEST) & pl.all_horizontal(pl.col("before", "now", "same").is_finite()))
        .join(_renewed(new), on="benchmark", how="left")
        .with_columns(fall=pl.col("before") - pl.col("now"))
    )
    is_renewed = pl.col("is_renewed").fill_null(value=False)
    allowed = pl.when(is_renewed).then(LARGEST_RENEWED_FALL).otherwise(LARGEST_FALL)
    # Two correlations with the same ability on the same models: their errors share the part that the editions share.
    shared = pl.col("same").clip(0, 1) ** 2
    error = (2 * (1 - shared) / (pl.col("n") - 3)).sqrt()
    bad = table.filter((pl.col("fall") > allowed) & (pl.col("fall") > DEVIATIONS * error)).sort("fall", descending=True)
    if bad.height:
        row = bad.row(0, named=True)
        more = f", and {bad.height - 1} more like it" if bad.height > 1 else ""
        yield Finding(
            f"{row['benchmark']}: on {row['n']} models, its rank correlation with the ability of all leaderboards fell from "
            f"{row['before']:.2f} to {row['now']:.2f}{more}",
            _worst(pairs, placed, row["benchmark"]),
        )


def _pairs(new: Candidate) -> pl.DataFrame:
    """Return `(benchmark, raw_name, now, before, ability)` of the models with an ability and a score in both editions."""
    if new.last_good is None or new.abilities is None:
        raise ValueError("the agreement is compared with a last good edition and with abilities")
    key = ["benchmark", "raw_name"]
    now, before = all_scores(new.parsed), all_scores(new.last_good)
    return (
        now.rename({"score": "now"})
        .join(before.rename({"score": "before"}), on=key)
        .filter(pl.col("benchmark") != BOARD_RANK)
        .join(new.abilities, on="raw_name")
    )


def _renewed(new: Candidate) -> pl.DataFrame:
    """Return `(benchmark, is_renewed)`: whether it has other items than in the last good edition."""
    last = new.parsed.benchmarks if new.last_good is None else new.last_good.benchmarks
    both = new.parsed.benchmarks.join(last, on="benchmark", suffix="_last")
    found = both.select("benchmark", is_renewed=pl.col("edition").ne_missing(pl.col("edition_last")))
    own = pl.DataFrame({"benchmark": ["board_score"], "is_renewed": [bool(found["is_renewed"].any())]})
    return pl.concat([found, own])


def _worst(pairs: pl.DataFrame, placed: pl.DataFrame, benchmark: str) -> tuple[Change, ...]:
    """Return the models whose place moved farthest away from that of their ability."""
    away = (pl.col("now") - pl.col("ability")).abs() - (pl.col("before") - pl.col("ability")).abs()
    names = placed.filter(pl.col("benchmark") == benchmark).sort(-away, "raw_name")["raw_name"].head(WORST_ROWS)
    rows = {row["raw_name"]: row for row in pairs.filter(pl.col("benchmark") == benchmark).iter_rows(named=True)}
    return tuple(Change(name, benchmark, f"{rows[name]['before']:.6g}", f"{rows[name]['now']:.6g}") for name in names)
