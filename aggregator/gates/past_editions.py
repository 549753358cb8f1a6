"""Gate on past editions that a source publishes again: what was published does not change."""

from collections.abc import Iterator

import polars as pl

from aggregator.gates.candidate import Candidate
from aggregator.gates.dates import was_no_edition
from aggregator.gates.verdict import WORST_ROWS, Action, Change, Finding, Hold, list_examples
from aggregator.model import Parsed

SMALLEST_CHANGE = 0.01
"""In standard deviations of a benchmark. A smaller difference is another rounding."""
FEW_DATES, FEW_DATES_SHARE = 3, 0.1
"""So many dates, or this share of them, stay at their last good values. When more differ, the edition is kept back."""
KEY = ["benchmark", "raw_name", "published_on"]


def past_editions(new: Candidate) -> Iterator[Finding]:
    """Find past dates with other scores than in the last good edition, and past dates that came or went.

    In the 96 dates of the Arena and the ten editions of LiveBench, no past date ever changed.
    """
    last = new.last_good
    if last is None or last.history is None or new.parsed.history is None or new.parsed.published_on is None:
        return
    before, now = (_past(history, new.parsed, last) for history in (last.history, new.parsed.history))
    if before.is_empty():
        return
    changes = _changes(now, before)
    added = now.join(before, on="published_on", how="anti")["published_on"].unique()
    differing = sorted({*changes["published_on"], *added})
    if was_no_edition(new.parsed, last):
        differing = [day for day in differing if day != last.published_on]
    if not differing:
        return
    dates = before["published_on"].n_unique()
    sentence = (
        f"{len(differing)} of {dates} past dates differ from what was published: {list_examples(map(str, differing))}"
    )
    worst = tuple(
        Change(name, f"{benchmark} on {day}", f"{was:g}", "gone" if score is None else f"{score:g}")
        for benchmark, name, day, was, score in changes.head(WORST_ROWS).select(*KEY, "before", "now").iter_rows()
    )
    if len(differing) > max(FEW_DATES, FEW_DATES_SHARE * dates):
        yield Finding(sentence, worst, Action.KEEP)
    else:
        hold = Hold(past_dates=frozenset(differing))
        yield Finding(f"{sentence}; their last good values stay", worst, Action.HOLD, hold)


def _past(history: pl.DataFrame, now: Parsed, last: Parsed) -> pl.DataFrame:
    """Return `(benchmark, raw_name, published_on, score)` of the dates that are past in both editions."""
    past = pl.col("published_on") < pl.lit(now.published_on, dtype=pl.Date)
    known = pl.col("published_on") <= pl.lit(last.published_on, dtype=pl.Date)
    return history.filter(past & known).select(*KEY, "score")


def _changes(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return `(*KEY, before, now)` of all past scores that are gone or another number, the largest change first."""
    spread = before.group_by("benchmark").agg(sd=pl.col("score").std().fill_null(0.0))
    pairs = before.rename({"score": "before"}).join(now.rename({"score": "now"}), on=KEY, how="left")
    change = (pl.col("now") - pl.col("before")).abs()
    rounding = SMALLEST_CHANGE * pl.col("sd") + SMALLEST_CHANGE**2
    changed = pairs.join(spread, on="benchmark").filter(pl.col("now").is_null() | (change > rounding))
    return changed.sort(
        change / (pl.col("sd") + SMALLEST_CHANGE), *KEY, descending=[True, False, False, False], nulls_last=True
    )
