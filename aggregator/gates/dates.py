"""Gates on the dates of an edition and of its benchmarks, and on editions that are served again under another date."""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from aggregator.gates import similarity
from aggregator.gates.candidate import Candidate
from aggregator.gates.name_sets import compare_names
from aggregator.gates.names import SMALL_LOSS
from aggregator.gates.score_changes import summarize
from aggregator.gates.similarity import FEWEST_COMMON
from aggregator.gates.verdict import WORST_ROWS, Action, Change, Finding, list_examples
from aggregator.model import Parsed

LEAST_PAST = 0.9
"""Share of the other dates of the last good history that a file must have to be of the same board."""
SAME = 1e-9
"""Relative difference of two equal ratings."""
LARGEST_DRIFT, LARGEST_DIFFERENCE = 0.1, 0.5
"""In standard deviations of a benchmark: root mean square and largest difference of two files of one edition. In every
recorded edition they are equal."""
KEY = ["benchmark", "raw_name"]


def future(new: Candidate) -> Iterator[Finding]:
    """Find an edition dated more than one day after today; one day is allowed because of time zones."""
    newest, last = new.parsed.published_on, new.last_good.published_on if new.last_good else None
    if newest and newest > max(new.today, last or new.today) + timedelta(days=1):
        yield Finding(f"the edition is dated {newest}, and today is {new.today}")


def backward(new: Candidate) -> Iterator[Finding]:
    """Find an edition, of the source or of one benchmark, that is older than the last good one.

    A last good date that the history of the board does not have, while it has the others, was no edition: the wrong
    date of an earlier file must not shut out all later ones.
    """
    if new.last_good is None:
        return
    now, last = new.parsed.published_on, new.last_good.published_on
    if now and last and now < last:
        sentence = f"the edition of {now} is older than the last good one of {last}"
        if was_no_edition(new.parsed, new.last_good):
            sentence += f", which is no edition of the board: its history has the other dates, and not {last}"
            yield Finding(sentence, action=Action.NOTE)
        else:
            is_minor = _lost_newest_models(new.parsed, new.last_good)
            yield Finding(sentence, action=Action.NOTE if is_minor else None)
        return
    yield from summarize(similarity.find_older(new.parsed, new.last_good))


def was_no_edition(now: Parsed, last: Parsed) -> bool:
    """Return whether the date of the last good edition is unknown to a history that has its other dates and a newer one."""
    known, before = _dates(now), _dates(last) - {last.published_on}
    if last.published_on in known or not before or now.published_on is None or now.published_on <= max(before):
        return False
    return len(known & before) >= LEAST_PAST * len(before)


def _dates(parsed: Parsed) -> set[date]:
    return set() if parsed.history is None else set(parsed.history["published_on"].drop_nulls().unique())


def _lost_newest_models(now: Parsed, last: Parsed) -> bool:
    """Return whether the earlier date can come from the removal of a few models.

    The date of some boards is the date of their newest model, so it moves back when the board removes that model.
    """
    dates_of_models = {last.entries[column].max() for column in ("released_on", "submitted_on")}
    gone = set(last.scores["raw_name"]) - set(now.scores["raw_name"])
    return last.published_on in dates_of_models and len(gone) <= SMALL_LOSS


def redated(new: Candidate) -> Iterator[Finding]:
    """Find the scores of an earlier edition under a later date, in sources that publish their past editions.

    In 106 pairs of consecutive editions of the Arena, all scores of known models were equal six times, and other models
    were listed each time. When the board returns to an earlier spelling of its names, its last edition with that
    spelling can be the current one (2025-04-08).
    """
    last, now = new.last_good, new.parsed.published_on
    if last is None or last.history is None or now is None or last.published_on is None or now < last.published_on:
        return
    scores = new.parsed.scores.select(*KEY, "score")
    if scores.height < FEWEST_COMMON or compare_names(new, last).is_past:
        return
    past = last.history.filter(pl.col("benchmark").is_in(scores["benchmark"].unique().implode()))
    sizes = past.group_by("published_on").len("size")
    is_same = (pl.col("score") - pl.col("score_past")).abs() <= SAME * pl.col("score").abs()
    equal = past.select(*KEY, "published_on", score_past="score").join(scores, on=KEY).filter(is_same)
    same = equal.group_by("published_on").len("same").join(sizes, on="published_on")
    again = same.filter((pl.col("same") == scores.height) & (pl.col("size") == scores.height)).sort("published_on")
    if again.height and (day := again["published_on"][-1]) != now:
        yield Finding(f"the edition of {now} has the models and the scores of the edition of {day}, all the same")


def full_table(new: Candidate) -> Iterator[Finding]:
    """Find a current table that contradicts the table of all dates on the same date, in sources with both."""
    history, day = new.parsed.history, new.parsed.published_on
    if history is None or day is None:
        return
    past = history.filter(pl.col("published_on") == day).select(*KEY, past="score")
    now = new.parsed.scores.filter(pl.col("published_on") == day).select(*KEY, now="score")
    benchmarks = now["benchmark"].unique().implode()
    missing = past.filter(pl.col("benchmark").is_in(benchmarks)).join(now, on="raw_name", how="anti")
    gone = missing["raw_name"].unique().sort().to_list()
    if len(gone) > SMALL_LOSS:
        changes = tuple(Change(name, "name", name, "not in the current table") for name in gone[:WORST_ROWS])
        yield Finding(f"the current table lacks {len(gone)} models of its own date: {list_examples(gone)}", changes)
    yield from _differences(now.join(past, on=KEY), day)


def _differences(pairs: pl.DataFrame, day: date) -> Iterator[Finding]:
    spread = pl.col("past").std().over("benchmark")
    apart = pairs.filter(pl.len().over("benchmark") >= FEWEST_COMMON).with_columns(
        off=((pl.col("now") - pl.col("past")) / pl.when(spread > 0).then(spread)).fill_null(0.0)
    )
    found = apart.group_by("benchmark").agg(drift=(pl.col("off") ** 2).mean().sqrt(), most=pl.col("off").abs().max())
    bad = found.filter((pl.col("drift") > LARGEST_DRIFT) | (pl.col("most") > LARGEST_DIFFERENCE)).sort("benchmark")
    if bad.is_empty():
        return
    rows = apart.join(bad, on="benchmark", how="semi").sort(pl.col("off").abs(), descending=True).head(WORST_ROWS)
    worst = tuple(
        Change(name, benchmark, f"{past:g} in the table of all dates", f"{now:g}")
        for benchmark, name, now, past in rows.select(*KEY, "now", "past").iter_rows()
    )
    sentence = f"the current table and the table of all dates differ on {day} in {list_examples(bad['benchmark'])}"
    yield Finding(sentence, worst)
