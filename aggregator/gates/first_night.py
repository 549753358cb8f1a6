"""Gates on the names, facts and past scores of a first edition: compare them with the shipped baseline.

They apply when there is no last good edition. Then nothing can be kept, so the source is refused until a person accepts
the edition. A leaderboard that has ended must be as recorded; of another one, more may differ the older the baseline is.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import polars as pl

from aggregator.gates.baseline_comparison import LEAST_SPREAD, Comparison
from aggregator.gates.candidate import Candidate
from aggregator.gates.edition_summary import describe_past, describe_shares
from aggregator.gates.verdict import WORST_ROWS, Action, Change, Finding, list_examples

SAME_LOSS, SAME_GROWTH = 0.02, 0.10
"""Largest share of names that the recorded edition itself may lose, for example because a board removed one, or gain."""
NEWER_LOSS, YEARLY_LOSS = 0.03, 0.10
"""Largest share of names that a newer edition of measured scores may lose, at once and per year."""
RETIRED_LOSS, YEARLY_RETIRED, LARGEST_LOSS = 0.25, 0.70, 0.60
"""The same for ratings, and its largest value. Between two dates of the Arena
within a month up to 21 % were lost, within half a year up to 53 %."""
BEST_LOSS, NEWER_BEST, YEARLY_BEST = 0.02, 0.10, 0.10
"""Largest share of the best models that the recorded edition, and a newer one at once and per year, may lose. Open LLM v2 lost
7 of its best 100 in six weeks of 2024."""
ENDED_GROWTH = 0.02
"""Largest share of new names on an ended leaderboard: the recording of Open LLM v1 has 7,169 of its 7,260 rows."""
SAME_FACTS, NEWER_FACTS, YEARLY_FACTS = 0.05, 0.15, 0.20
"""Largest share of stated facts that may have changed: boards correct licences and organizations."""
FEWEST_FACTS = 3
"""A change of fewer facts is a correction."""
ENDED_SHARE, SAME_SHARE, NEWER_SHARE = 0.01, 0.05, 0.20
"""Largest change of the share of a value among the known models that state the fact."""
LARGEST_MISSING = 0.10
"""Largest share of stated facts that may be missing now."""
RANKED_FACTS = frozenset({"flagged", "merged", "hf_id"})
"""Facts that decide which models are ranked, and under which id: they may not be missing."""
ROUNDING = 0.02
"""Largest change of an unchanged score, in standard deviations: from another number of decimals."""
LARGEST_PAST_STEP = 0.03
"""Largest change of the mean and of the spread of the scores of a past date, in standard deviations."""
LARGEST_PAST_LOSS = 0.05
"""Largest share of the scores of a past date, and of past dates, that may be missing."""


def baseline_names(new: Candidate) -> Iterator[Finding]:
    """Find lost and replaced names, lost best models, and a date that contradicts the scores."""
    found = new.comparison
    if found is None:
        return
    yield from _older_date(found)
    if (found.is_older and not found.is_ended) or found.is_renewed:
        return
    names = found.reference.names
    lost = names.join(found.keys, on="key", how="anti")
    added = found.keys.join(names, on="key", how="anti")["raw_name"].to_list()
    share, limit = lost.height / names.height, _largest_loss(found)
    if share > limit:
        more = f", and {len(added):,} unknown ones are there, such as {list_examples(added)}" if added else ""
        yield Finding(
            f"{lost.height:,} of the {names.height:,} names of {found.title} are missing{more}", _added(added)
        )
    elif len(added) > _largest_growth(found) * names.height:
        yield Finding(f"{len(added):,} names are not in {found.title}, which has {names.height:,}", _added(added))
    best, gone = names["place"].count(), lost["place"].count()
    if gone > _largest_best_loss(found) * best:
        yield Finding(f"{gone} of the {best} best models of {found.title} are missing")


def _largest_loss(found: Comparison) -> float:
    if found.is_ended:
        return 0.0
    if found.is_same_edition:
        return SAME_LOSS
    if found.source.is_refitted:
        return min(RETIRED_LOSS + YEARLY_RETIRED * found.age, LARGEST_LOSS)
    return NEWER_LOSS + YEARLY_LOSS * found.age


def _largest_best_loss(found: Comparison) -> float:
    if found.is_ended or found.is_same_edition:
        return BEST_LOSS
    return max(NEWER_BEST + YEARLY_BEST * found.age, _largest_loss(found))


def _largest_growth(found: Comparison) -> float:
    if found.is_ended:
        return ENDED_GROWTH
    return SAME_GROWTH if found.is_same_edition else float("inf")


def _older_date(found: Comparison) -> Iterator[Finding]:
    """Find an edition with an earlier date than the recorded one, or with its scores and another date."""
    now, recorded = found.parsed.published_on, found.reference.published_on
    if now is None or recorded is None or now == recorded:
        return
    is_unchanged = found.pairs.height > 0 and (found.pairs["step"].abs() < ROUNDING).all()
    if found.is_ended:
        yield Finding(f"it is dated {now}, and the leaderboard ended with the edition of {recorded}")
    elif found.is_older:
        sentence = f"it is dated {now}, before {found.title}"
        yield Finding(
            f"{sentence}, whose scores it has" if is_unchanged else sentence,
            action=None if is_unchanged else Action.NOTE,
        )


def _added(names: list[str]) -> tuple[Change, ...]:
    return tuple(Change(name, "raw_name", "", name) for name in names[:WORST_ROWS])


def baseline_facts(new: Candidate) -> Iterator[Finding]:
    """Find facts of known models that changed or are missing."""
    found = new.comparison
    if found is None or (found.is_older and not found.is_ended):
        return
    is_changed = pl.col("now") != pl.col("before")
    counts = found.facts.group_by("fact").agg(
        stated=pl.len(), both=pl.col("now").count(), changed=is_changed.sum(), missing=pl.col("now").null_count()
    )
    limit = SAME_FACTS if found.is_same_edition else NEWER_FACTS + YEARLY_FACTS * found.age
    for fact, stated, both, changed, missing in counts.sort("fact").iter_rows():
        if changed >= (1 if found.is_ended else max(limit * both, FEWEST_FACTS)):
            examples = found.facts.filter((pl.col("fact") == fact) & is_changed)["raw_name"].sort().to_list()
            sentence = f"`{fact}` of {changed} of {both} known models is another than in {found.title}"
            yield Finding(f"{sentence}, such as {list_examples(examples)}", _changed_facts(found, fact, examples))
        if missing > LARGEST_MISSING * stated:
            sentence = f"`{fact}` is empty for {missing} of {stated} models that had one in {found.title}"
            yield Finding(sentence, action=None if fact in RANKED_FACTS else Action.NOTE)
    yield from _other_shares(found)


def _other_shares(found: Comparison) -> Iterator[Finding]:
    """Find values of a fact that are rarer or more frequent, also among the models that are no anchors."""
    largest = ENDED_SHARE if found.is_ended else SAME_SHARE if found.is_same_edition else NEWER_SHARE
    known = pl.col("raw_name").is_in(found.known["raw_name"].implode())
    shares = describe_shares(replace(found.parsed, entries=found.parsed.entries.filter(known)))
    now = _stated_shares(shares).rename({"share": "now"})
    both = _stated_shares(found.reference.shares).join(now, on=["fact", "value"], how="left")
    # A fact that nobody states any more is missing, and its values are not rarer.
    both = both.filter(pl.col("fact").is_in(now["fact"].implode())).with_columns(pl.col("now").fill_null(0.0))
    other = both.filter((pl.col("now") - pl.col("share")).abs() > largest).sort("fact", "value")
    for (fact,), rows in other.group_by("fact", maintain_order=True):
        value, share, percent = rows.select("value", "share", "now").row(0)
        yield Finding(
            f"`{fact}` is {value!r} for {percent:.1%} of the known models, and for {share:.1%} in {found.title}"
        )


def _stated_shares(shares: pl.DataFrame) -> pl.DataFrame:
    """Return the shares among the models that state the fact."""
    missing = shares.filter(pl.col("value") == "").select("fact", missing="share")
    stated = shares.filter(pl.col("value") != "").join(missing, on="fact", how="left")
    return stated.select("fact", "value", share=pl.col("share") / (1 - pl.col("missing").fill_null(0.0)))


def _changed_facts(found: Comparison, fact: str, names: list[str]) -> tuple[Change, ...]:
    """Return the changed models; the baseline has only a hash of the value before."""
    rows = found.parsed.entries.filter(pl.col("raw_name").is_in(names[:WORST_ROWS])).sort("raw_name")
    return tuple(
        Change(name, fact, "another value", str(value)) for name, value in rows.select("raw_name", fact).iter_rows()
    )


def baseline_past(new: Candidate) -> Iterator[Finding]:
    """Find past dates whose scores are missing or changed. The board may have more dates than were recorded."""
    found = new.comparison
    if found is None or found.parsed.history is None or found.reference.past.is_empty():
        return
    # The current date of a live leaderboard is no past one: `baseline_scores` compares it, and lets its scores drift.
    until = None if found.is_ended else found.parsed.published_on
    known = found.reference.past.filter(pl.col("published_on") < (until or date.max))
    now, key = describe_past(found.parsed), ["benchmark", "published_on"]
    missing = known.join(now, on=key, how="anti")
    if missing.height > LARGEST_PAST_LOSS * known.height:
        yield Finding(f"past scores of {_days(missing)}, which are in {found.title}, are missing")
    both = known.join(now, on=key, suffix="_now")
    # Models that a board adds to an earlier date may lie anywhere.
    added = (1 - pl.col("models") / pl.col("models_now")).clip(0, 1)
    unit = pl.max_horizontal("spread", LEAST_SPREAD * pl.col("mean").abs())
    limit = (LARGEST_PAST_STEP + 2 * added) * unit
    moved = (pl.col("mean_now") - pl.col("mean")).abs() > limit
    spread = (pl.col("spread_now") - pl.col("spread")).abs() > limit
    fewer = pl.col("models_now") < (1 - LARGEST_PAST_LOSS) * pl.col("models")
    changed = both.filter(moved | spread | fewer)
    if changed.height:
        yield Finding(f"past scores of {_days(changed)} differ from {found.title}")


def _days(rows: pl.DataFrame) -> str:
    return list_examples(map(str, rows["published_on"].unique().sort()))
