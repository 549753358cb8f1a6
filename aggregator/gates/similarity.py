"""Whether the scores of two editions of one leaderboard can be of the same models.

Both editions are laid side by side by model and benchmark. Between two editions of a real board the
order hardly changes (Spearman's rank correlation of consecutive editions of the Arena is 0.98 and more),
few scores move by more than a fraction of their spread, and no score is another model's old one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from aggregator.model import Parsed

ENOUGH = 10
"""Fewer common models than this say nothing of a benchmark."""
LEAST_CORRELATION = 0.9
LARGEST_SHIFT = 0.75
"""How many standard deviations half of the scores may move by. The Arena's own changes of method moved them by 0.59."""
FEWEST_MOVED = 5
MOST_BORROWED = 0.5
"""The share of changed scores that may be, as a set, the old scores of the models that changed."""
MOST_CROWDED = 0.1
"""Where the old scores fill more of their scale than this, to the last digit given, meeting one by chance is usual."""
LARGEST_FACTOR = 5.0
"""How many times larger or smaller half of the sizes, votes or likes may become."""

FACTS = ("params_b", "active_params_b", "likes")


@dataclass(frozen=True)
class Unlike:
    """One way in which a benchmark differs from its last good edition."""

    benchmark: str
    sentence: str


def disordered(new: Parsed, last: Parsed) -> Iterator[Unlike]:
    """Yield the benchmarks whose order has little to do with the order before."""
    correlation = pl.corr(pl.col("now").rank(), pl.col("before").rank())
    for side in (*_editions(new, last), _ranks(new, last)):
        found = side.group_by("benchmark").agg(common=pl.len(), correlation=correlation)
        bad = found.filter(
            (pl.col("common") >= ENOUGH)
            & pl.col("correlation").is_not_nan()
            & (pl.col("correlation") < LEAST_CORRELATION)
        )
        for benchmark, common, value in bad.sort("correlation").iter_rows():
            yield Unlike(
                benchmark, f"the order of its {common} known models correlates with the last good at {value:.2f}"
            )


def borrowed(new: Parsed, last: Parsed) -> Iterator[Unlike]:
    """Yield the benchmarks in which models hold each other's old scores, as after a shift by one row."""
    for side in _editions(new, last):
        moved = side.filter(pl.col("now") != pl.col("before"))
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
            .filter((pl.col("moved") >= FEWEST_MOVED) & (pl.col("same") > MOST_BORROWED * pl.col("moved")))
            .join(_crowding(side), on="benchmark")
            .filter(pl.col("crowding") < MOST_CROWDED)
        )
        for benchmark, changed, shared, _ in found.sort("moved", descending=True).iter_rows():
            yield Unlike(benchmark, f"of {changed} changed scores {shared} are old scores of other models")


def _crowding(side: pl.DataFrame) -> pl.DataFrame:
    """Return `(benchmark, crowding)`: how much of its scale the old scores fill, in steps of the last digit given."""
    values = side.select("benchmark", value="before").unique().sort("benchmark", "value")
    gap = pl.col("value").diff()
    span = pl.col("value").max() - pl.col("value").min()
    return values.group_by("benchmark").agg(crowding=(pl.len() * gap.min() / span).fill_null(1.0))


def shifted(new: Parsed, last: Parsed) -> Iterator[Unlike]:
    """Yield the benchmarks, and the facts, that half of the models hold in another unit."""
    for side in _editions(new, last):
        found = side.group_by("benchmark").agg(
            common=pl.len(), step=(pl.col("now") - pl.col("before")).abs().median(), spread=pl.col("before").std()
        )
        bad = found.filter((pl.col("common") >= ENOUGH) & (pl.col("step") > LARGEST_SHIFT * pl.col("spread")))
        for benchmark, _, step, spread in bad.sort("step", descending=True).iter_rows():
            yield Unlike(
                benchmark, f"half of its scores moved by {step:.4g} or more, where their spread was {spread:.4g}"
            )
    for name, side in _facts(new, last):
        ratio = (side["now"] / side["before"]).median()
        if side.height >= ENOUGH and isinstance(ratio, float) and not 1 / LARGEST_FACTOR <= ratio <= LARGEST_FACTOR:
            yield Unlike(name, f"half of its values are {ratio:.4g} times the last good ones")


def gone_back(new: Parsed, last: Parsed) -> Iterator[Unlike]:
    """Yield the benchmarks whose edition is older than the last good one."""
    dated = [
        one.scores.drop_nulls("published_on").group_by("benchmark").agg(on=pl.col("published_on").max())
        for one in (new, last)
    ]
    older = dated[0].join(dated[1], on="benchmark", suffix="_last").filter(pl.col("on") < pl.col("on_last"))
    for benchmark, now, before in older.sort("benchmark").iter_rows():
        yield Unlike(benchmark, f"is the edition of {now}, older than the last good one of {before}")


def _editions(new: Parsed, last: Parsed) -> Iterator[pl.DataFrame]:
    """Yield `(benchmark, now, before)` for the current scores, the board's own score, and its own past."""
    yield _paired(new.scores, last.scores, ["benchmark", "raw_name"], "score")
    yield _paired(_own(new, "board_score"), _own(last, "board_score"), ["benchmark", "raw_name"], "board_score")
    if new.history is not None and last.history is not None:
        yield _paired(new.history, last.history, ["benchmark", "raw_name", "published_on"], "score")


def _ranks(new: Parsed, last: Parsed) -> pl.DataFrame:
    return _paired(_own(new, "board_rank"), _own(last, "board_rank"), ["benchmark", "raw_name"], "board_rank")


def _own(parsed: Parsed, column: str) -> pl.DataFrame:
    """Return a column of the entries in the form of scores, under the column's name."""
    return parsed.entries.select("raw_name", pl.col(column).cast(pl.Float64), benchmark=pl.lit(column))


def _facts(new: Parsed, last: Parsed) -> Iterator[tuple[str, pl.DataFrame]]:
    for fact in FACTS:
        yield fact, _paired(_own(new, fact), _own(last, fact), ["benchmark", "raw_name"], fact).filter(_positive())
    yield "votes", _paired(new.scores, last.scores, ["benchmark", "raw_name"], "votes").filter(_positive())


def _positive() -> pl.Expr:
    return (pl.col("now") > 0) & (pl.col("before") > 0)


def _paired(new: pl.DataFrame, last: pl.DataFrame, key: Sequence[str], value: str) -> pl.DataFrame:
    now = new.select(*key, now=value).drop_nulls()
    before = last.select(*key, before=value).drop_nulls()
    return now.join(before, on=list(key), how="inner").select("benchmark", "now", "before")
