"""Gate on what a leaderboard states about its models besides scores: flags, kinds, licences, sizes, dates, likes.

Boards correct a few facts in a night. When many models have another value, or most models with one value lost it, the
column stays at its last good values. Facts that decide which models are ranked, or which model a row is, keep the
whole edition back.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from aggregator import schema
from aggregator.gates.candidate import Candidate
from aggregator.gates.verdict import WORST_ROWS, Action, Change, Finding, Hold
from aggregator.model import Parsed

LARGEST_CHANGED = 0.05
"""Share of the known models. In 93 nights of Open LLM v2 at most 3.0 % (base models, 2024-09-24), else 1.7 %."""
FEWEST_CHANGED = 4
"""A board of any size may correct fewer facts than this."""
FEWEST_WITH_VALUE = 5
"""A value that fewer models have may be given up."""
LEAST_KEPT_VALUE = 0.5
"""Share of the models with a value that still have it, or its exchange with another value is no correction."""
LARGEST_FILLED = 0.5
"""Share of the known models without a value that get one in one night, where `LARGEST_CHANGED` of all had one before."""
SAME_SIZE = 1.05
"""Sizes with a smaller ratio are the same, rounded otherwise."""
FEWEST_LIKES, LARGEST_LIKES_RATIO = 20, 2.0
"""Likes grow every night. Only models with this many can have changed, by more than this ratio up or down."""

NO_FACTS = ("source", "raw_name", "published_on")
DECIDING = ("flagged", "hf_id", "link")
"""A flagged model has no rank; an id and a link say which model a row is."""
REFERENCE_LINKS = "mteb"
"""The group of boards whose link is a page about the model, and no identity."""
RATIOS = {
    "params_b": (0.0, SAME_SIZE),
    "active_params_b": (0.0, SAME_SIZE),
    "likes": (FEWEST_LIKES, LARGEST_LIKES_RATIO),
}
"""Numeric facts: the smallest value that is compared, and the ratio from which a value has changed."""
FACTS = tuple(name for name in schema.ENTRIES if name not in NO_FACTS and not name.startswith("board_"))
DATES = tuple(name for name in FACTS if schema.ENTRIES[name] == pl.Date())


def facts(new: Candidate) -> Iterator[Finding]:
    """Find facts that many known models changed, or that most models with one value gave up, or got at once."""
    if new.last_good is None:
        return
    pairs = _pair_facts(new.parsed, new.last_good)
    if pairs.is_empty():
        return
    counted = pairs.select(
        *(_compared(fact).sum().alias(f"{fact} compared") for fact in FACTS),
        *(_changed(fact).sum().alias(f"{fact} changed") for fact in FACTS),
    ).row(0, named=True)
    for fact in FACTS:
        compared, changed = counted[f"{fact} compared"], counted[f"{fact} changed"]
        if changed >= FEWEST_CHANGED and changed > LARGEST_CHANGED * compared:
            sentence = f"`{fact}` changed for {changed:,} of {compared:,} known models ({changed / compared:.0%})"
            yield _finding(new, fact, sentence, pairs)
        elif changed >= FEWEST_CHANGED and fact not in RATIOS and (given_up := _given_up_value(pairs, fact)):
            value, before, kept = given_up
            yield _finding(
                new, fact, f"of {before} known models with the `{fact}` {value}, {kept} still have it", pairs
            )
        elif fact not in DECIDING and (filled := _count_filled(pairs, fact)):
            got, lacked = filled
            sentence = f"{got:,} of {lacked:,} known models without a `{fact}` got one; its last good values stay"
            yield Finding(sentence, action=Action.HOLD, hold=Hold(facts=frozenset({fact})))
    yield from _other_measurers(new)


def _count_filled(pairs: pl.DataFrame, fact: str) -> tuple[int, int] | None:
    """Return how many models without a value got one, and how many had none, when these are too many."""
    before, now = pairs[f"{fact} before"], pairs[fact]
    lacked, got = before.null_count(), int((before.is_null() & now.is_not_null()).sum())
    is_stated = pairs.height - lacked > LARGEST_CHANGED * pairs.height
    is_many = got > max(FEWEST_CHANGED, LARGEST_CHANGED * pairs.height, LARGEST_FILLED * lacked)
    return (got, lacked) if is_stated and is_many else None


def _pair_facts(now: Parsed, before: Parsed) -> pl.DataFrame:
    """Return the facts of the models of both editions as `fact` and `fact before`; a list becomes one text."""
    columns = [_as_text(name) if isinstance(schema.ENTRIES[name], pl.List) else pl.col(name) for name in FACTS]
    tables = [parsed.entries.select("raw_name", *columns) for parsed in (now, before)]
    return tables[0].join(tables[1], on="raw_name", suffix=" before", maintain_order="left")


def _as_text(name: str) -> pl.Expr:
    """Return a list as one text, and null for a list without values."""
    values = pl.col(name).list.drop_nulls()
    return pl.when(values.list.len() > 0).then(values.list.join(", ")).alias(name)


def _compared(fact: str) -> pl.Expr:
    """Return whether a model has the fact in both editions."""
    now, before = pl.col(fact), pl.col(f"{fact} before")
    both = now.is_not_null() & before.is_not_null()
    return both & (pl.max_horizontal(now, before) > RATIOS[fact][0]) if fact in RATIOS else both


def _changed(fact: str) -> pl.Expr:
    now, before = pl.col(fact), pl.col(f"{fact} before")
    if fact not in RATIOS:
        return _compared(fact) & (now != before)
    larger, smaller = pl.max_horizontal(now, before), pl.min_horizontal(now, before)
    return _compared(fact) & (larger > RATIOS[fact][1] * smaller)


def _given_up_value(pairs: pl.DataFrame, fact: str) -> tuple[str, int, int] | None:
    """Return the commonest value that most of its models gave up, their number, and how many still have it."""
    values = (
        pairs.filter(_compared(fact))
        .group_by(value=pl.col(f"{fact} before").cast(pl.String))
        .agg(before=pl.len(), kept=(pl.col(fact) == pl.col(f"{fact} before")).sum())
    )
    lost = values.filter(
        (pl.col("before") >= FEWEST_WITH_VALUE) & (pl.col("kept") < LEAST_KEPT_VALUE * pl.col("before"))
    )
    return None if lost.is_empty() else lost.sort("before", "value", descending=[True, False]).row(0)


def _finding(new: Candidate, fact: str, sentence: str, pairs: pl.DataFrame) -> Finding:
    rows = pairs.filter(_changed(fact)).select("raw_name", f"{fact} before", fact).head(WORST_ROWS).iter_rows()
    worst = tuple(Change(name, fact, str(before), str(now)) for name, before, now in rows)
    is_reference = fact == "link" and new.source.group == REFERENCE_LINKS
    if (fact in DECIDING and not is_reference) or _dates_the_edition(new, fact):
        return Finding(sentence, worst, Action.KEEP)
    return Finding(f"{sentence}; its last good values stay", worst, Action.HOLD, Hold(facts=frozenset({fact})))


def _dates_the_edition(new: Candidate, fact: str) -> bool:
    """Return whether the date of the edition is the newest date of this fact, and moved with it."""
    last = new.last_good
    if fact not in DATES or last is None or new.parsed.published_on == last.published_on:
        return False
    return all(parsed.published_on == parsed.entries[fact].max() for parsed in (new.parsed, last))


def _other_measurers(new: Candidate) -> Iterator[Finding]:
    """Find scores with another measurer: the rank leaves out what the maker of a model measured."""
    if new.last_good is None:
        return
    key: Sequence[str] = ("benchmark", "raw_name")
    tables = [
        parsed.scores.join(
            parsed.benchmarks.select("benchmark", usual="measured_by"), on="benchmark", how="left"
        ).select(*key, by=pl.coalesce("measured_by", "usual"))
        for parsed in (new.parsed, new.last_good)
    ]
    pairs = tables[0].join(tables[1], on=list(key), suffix="_before")
    changed = pairs.filter(pl.col("by").ne_missing(pl.col("by_before")))
    if changed.height >= FEWEST_CHANGED and changed.height > LARGEST_CHANGED * pairs.height:
        rows = changed.sort("raw_name").select("raw_name", "benchmark", "by_before", "by").head(WORST_ROWS).iter_rows()
        worst = tuple(Change(name, f"measured_by of {at}", str(before), str(now)) for name, at, before, now in rows)
        yield Finding(f"{changed.height:,} of {pairs.height:,} known scores state another measurer", worst, Action.KEEP)
