"""Compare the score distributions of two editions of a leaderboard.

Scores are paired by model and benchmark. In two consecutive editions of a real board the order hardly changes
(Spearman's rank correlation in the Arena is 0.98 or more), few scores move by more than a fraction of their standard
deviation, and models do not take the old scores of other models.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from aggregator.model import Parsed

FEWEST_COMMON = 10
"""Minimum number of common models for a comparison."""
FEWEST_ORDERED = 20
"""Minimum number for a rank correlation: with 13 models, a harmless drift can bring it to .55."""
LEAST_CORRELATION = 0.9
TOLERATED_STEP = 0.4
"""A change by less than this many standard deviations, besides the common shift, counts as no change of the order: where
many models have nearly equal scores, a harmless drift reorders them."""
LARGEST_SHIFT = 0.75
"""Largest plausible median change, in standard deviations. The Arena's own changes of method had up to 0.59."""
ROUNDING = 0.01
"""A smaller median change, as a share of the median score, is a rounding."""
FEWEST_CHANGED = 5
LARGEST_SWAPPED_SHARE = 0.5
"""Largest plausible share of changed scores that equal old scores of the changed models."""
LARGEST_DENSITY = 0.1
"""Above this density of old scores, new scores often equal an old score by chance; see `_density`."""
MODEL_KEY = ["benchmark", "raw_name"]


@dataclass(frozen=True)
class Difference:
    """A difference between a benchmark and its last good edition."""

    benchmark: str
    sentence: str


def find_reordered(new: Parsed, last: Parsed, without: Collection[str] = ()) -> Iterator[Difference]:
    """Yield the benchmarks whose order of models hardly correlates with the last good order.

    Models of `without` are left out of the current scores: on a small board a few models change the correlation of all.
    """
    step = pl.col("now") - pl.col("before")
    step = step - step.median().over("benchmark")
    is_tolerated = step.abs() <= TOLERATED_STEP * pl.col("before").std().over("benchmark")
    correlation = pl.corr(pl.col("settled").rank(), pl.col("before").rank())
    now, before = (_without(parsed, without) for parsed in (new, last))
    for pairs in (*_editions(now, before), _paired_entries(now, before, "board_rank")):
        settled = pairs.with_columns(settled=pl.when(is_tolerated).then("before").otherwise("now"))
        found = settled.group_by("benchmark").agg(common=pl.len(), correlation=correlation)
        bad = found.filter(
            (pl.col("common") >= FEWEST_ORDERED)
            & pl.col("correlation").is_not_nan()
            & (pl.col("correlation") < LEAST_CORRELATION)
        )
        for benchmark, common, value in bad.sort("correlation").iter_rows():
            yield Difference(
                benchmark, f"the order of its {common} known models correlates with the last good at {value:.2f}"
            )


def _without(parsed: Parsed, names: Collection[str]) -> Parsed:
    if not names:
        return parsed
    is_kept = ~pl.col("raw_name").is_in(list(names))
    return replace(parsed, entries=parsed.entries.filter(is_kept), scores=parsed.scores.filter(is_kept))


def find_swapped_scores(new: Parsed, last: Parsed) -> Iterator[Difference]:
    """Yield the benchmarks in which models have old scores of other models, as after a shift by one row."""
    for pairs in _editions(new, last):
        moved = pairs.filter(pl.col("now") != pl.col("before"))
        if moved.is_empty():
            continue
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
            .join(_density(pairs.join(moved, on="benchmark", how="semi")), on="benchmark")
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
    """Yield the benchmarks whose median moved implausibly far, as after a change of unit."""
    for pairs in _editions(new, last):
        found = pairs.group_by("benchmark").agg(
            common=pl.len(),
            step=(pl.col("now") - pl.col("before")).abs().median(),
            spread=pl.col("before").std(),
            size=pl.col("before").abs().median(),
        )
        # Equal scores have no spread, and further decimals move them too.
        least = pl.max_horizontal(LARGEST_SHIFT * pl.col("spread"), ROUNDING * pl.col("size"))
        bad = found.filter((pl.col("common") >= FEWEST_COMMON) & (pl.col("step") > least))
        for benchmark, _, step, spread, _ in bad.sort("step", descending=True).iter_rows():
            yield Difference(
                benchmark, f"half of its scores moved by {step:.4g} or more; their standard deviation was {spread:.4g}"
            )


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


def pair_scores(new: Parsed, last: Parsed) -> pl.DataFrame:
    """Return the current scores of both editions, `(benchmark, raw_name, now, before)`, without renewed benchmarks."""
    now = new.scores.select(*MODEL_KEY, now="score").drop_nulls()
    before = last.scores.select(*MODEL_KEY, before="score").drop_nulls()
    pairs = now.join(before, on=MODEL_KEY, how="inner")
    return pairs.filter(~pl.col("benchmark").is_in(renewed_benchmarks(new, last)))


def _paired_entries(new: Parsed, last: Parsed, column: str) -> pl.DataFrame:
    """Return a column of the entries as `(benchmark, now, before)`; the benchmark is the name of the column."""
    values = [
        parsed.entries.select("raw_name", pl.col(column).cast(pl.Float64), benchmark=pl.lit(column))
        for parsed in (new, last)
    ]
    return _paired(values[0], values[1], MODEL_KEY, column)


def _paired(new: pl.DataFrame, last: pl.DataFrame, key: Sequence[str], value: str) -> pl.DataFrame:
    now = new.select(*key, now=value).drop_nulls()
    before = last.select(*key, before=value).drop_nulls()
    return now.join(before, on=list(key), how="inner").select("benchmark", "now", "before")
