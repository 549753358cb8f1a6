"""Compare the score distributions of two editions of a leaderboard.

Scores are paired by model and benchmark. In two consecutive editions of a real board the order hardly changes
(Spearman's rank correlation in the Arena is 0.98 or more), few scores move by more than a fraction of their standard
deviation, and models do not take the old scores of other models.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from aggregator.model import Parsed

FEWEST_COMMON = 10
"""Minimum number of common models for a comparison."""
LEAST_CORRELATION = 0.9
LARGEST_SHIFT = 0.75
"""Largest plausible median change, in standard deviations. The Arena's own changes of method had up to 0.59."""
FEWEST_CHANGED = 5
LARGEST_SWAPPED_SHARE = 0.5
"""Largest plausible share of changed scores that equal old scores of the changed models."""
LARGEST_DENSITY = 0.1
"""Above this density of old scores, new scores often equal an old score by chance; see `_density`."""
LARGEST_FACTOR = 5.0
"""Largest plausible factor, up or down, of the median size, vote count or like count."""

FACTS = ("params_b", "active_params_b", "likes")
MODEL_KEY = ["benchmark", "raw_name"]


@dataclass(frozen=True)
class Difference:
    """A difference between a benchmark and its last good edition."""

    benchmark: str
    sentence: str


def find_reordered(new: Parsed, last: Parsed) -> Iterator[Difference]:
    """Yield the benchmarks whose order of models hardly correlates with the last good order."""
    correlation = pl.corr(pl.col("now").rank(), pl.col("before").rank())
    for pairs in (*_editions(new, last), _paired_entries(new, last, "board_rank")):
        found = pairs.group_by("benchmark").agg(common=pl.len(), correlation=correlation)
        bad = found.filter(
            (pl.col("common") >= FEWEST_COMMON)
            & pl.col("correlation").is_not_nan()
            & (pl.col("correlation") < LEAST_CORRELATION)
        )
        for benchmark, common, value in bad.sort("correlation").iter_rows():
            yield Difference(
                benchmark, f"the order of its {common} known models correlates with the last good at {value:.2f}"
            )


def find_swapped_scores(new: Parsed, last: Parsed) -> Iterator[Difference]:
    """Yield the benchmarks in which models have old scores of other models, as after a shift by one row."""
    for pairs in _editions(new, last):
        moved = pairs.filter(pl.col("now") != pl.col("before"))
        sets = [moved.group_by("benchmark", value=when).agg(n=pl.len()) for when in ("now", "before")]
        same = sets[0].join(sets[1], on=["benchmark", "value"], suffix="_before")
        found = (
            moved.group_by("benchmark")
            .agg(moved=pl.len())
            .join(
                same.group_by("benchmark").agg(same=pl.min_horizontal("n", "n_before").sum()),
                on="benchmark",
                how="inner",
            )
            .filter((pl.col("moved") >= FEWEST_CHANGED) & (pl.col("same") > LARGEST_SWAPPED_SHARE * pl.col("moved")))
            .join(_density(pairs), on="benchmark")
            .filter(pl.col("density") < LARGEST_DENSITY)
        )
        for benchmark, changed, shared, _ in found.sort("moved", descending=True).iter_rows():
            yield Difference(benchmark, f"of {changed} changed scores {shared} are old scores of other models")


def _density(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return `(benchmark, density)`: the density of the old scores on their range, from 0 to 1.

    It is the number of distinct scores times their smallest gap, divided by their range: 1 means that every value of
    the range, at the given precision, is a score.
    """
    values = pairs.select("benchmark", value="before").unique().sort("benchmark", "value")
    gap = pl.col("value").diff()
    span = pl.col("value").max() - pl.col("value").min()
    return values.group_by("benchmark").agg(density=(pl.len() * gap.min() / span).fill_null(1.0))


def find_shifted(new: Parsed, last: Parsed) -> Iterator[Difference]:
    """Yield the benchmarks and the facts whose median moved implausibly far, as after a change of unit."""
    for pairs in _editions(new, last):
        found = pairs.group_by("benchmark").agg(
            common=pl.len(), step=(pl.col("now") - pl.col("before")).abs().median(), spread=pl.col("before").std()
        )
        bad = found.filter((pl.col("common") >= FEWEST_COMMON) & (pl.col("step") > LARGEST_SHIFT * pl.col("spread")))
        for benchmark, _, step, spread in bad.sort("step", descending=True).iter_rows():
            yield Difference(
                benchmark, f"half of its scores moved by {step:.4g} or more; their standard deviation was {spread:.4g}"
            )
    for name, pairs in _facts(new, last):
        ratio = (pairs["now"] / pairs["before"]).median()
        if (
            pairs.height >= FEWEST_COMMON
            and isinstance(ratio, float)
            and not 1 / LARGEST_FACTOR <= ratio <= LARGEST_FACTOR
        ):
            yield Difference(name, f"half of its values are {ratio:.4g} times the last good ones")


def find_older(new: Parsed, last: Parsed) -> Iterator[Difference]:
    """Yield the benchmarks with an older publish date than in the last good edition."""
    dated = [
        one.scores.drop_nulls("published_on").group_by("benchmark").agg(on=pl.col("published_on").max())
        for one in (new, last)
    ]
    older = dated[0].join(dated[1], on="benchmark", suffix="_last").filter(pl.col("on") < pl.col("on_last"))
    for benchmark, now, before in older.sort("benchmark").iter_rows():
        yield Difference(benchmark, f"is the edition of {now}, older than the last good one of {before}")


def _editions(new: Parsed, last: Parsed) -> Iterator[pl.DataFrame]:
    """Yield `(benchmark, now, before)` for the current scores, the board's overall score, and the history.

    A benchmark that states another edition has other items: its scores and the overall score cannot be compared. The
    history can, which has the earlier editions.
    """
    renewed = renewed_benchmarks(new, last)
    yield _paired(new.scores, last.scores, MODEL_KEY, "score").filter(~pl.col("benchmark").is_in(renewed))
    if not renewed:
        yield _paired_entries(new, last, "board_score")
    if new.history is not None and last.history is not None:
        yield _paired(new.history, last.history, [*MODEL_KEY, "published_on"], "score")


def renewed_benchmarks(new: Parsed, last: Parsed) -> list[str]:
    """Return the benchmarks of both that state another edition than in the last good one."""
    both = new.benchmarks.join(last.benchmarks, on="benchmark", suffix="_last")
    return both.filter(pl.col("edition").ne_missing(pl.col("edition_last")))["benchmark"].to_list()


def _paired_entries(new: Parsed, last: Parsed, column: str) -> pl.DataFrame:
    """Return a column of the entries as `(benchmark, now, before)`; the benchmark is the name of the column."""
    values = [
        parsed.entries.select("raw_name", pl.col(column).cast(pl.Float64), benchmark=pl.lit(column))
        for parsed in (new, last)
    ]
    return _paired(values[0], values[1], MODEL_KEY, column)


def _facts(new: Parsed, last: Parsed) -> Iterator[tuple[str, pl.DataFrame]]:
    for fact in FACTS:
        yield fact, _paired_entries(new, last, fact).filter(_positive())
    yield "votes", _paired(new.scores, last.scores, MODEL_KEY, "votes").filter(_positive())


def _positive() -> pl.Expr:
    return (pl.col("now") > 0) & (pl.col("before") > 0)


def _paired(new: pl.DataFrame, last: pl.DataFrame, key: Sequence[str], value: str) -> pl.DataFrame:
    now = new.select(*key, now=value).drop_nulls()
    before = last.select(*key, before=value).drop_nulls()
    return now.join(before, on=list(key), how="inner").select("benchmark", "now", "before")
