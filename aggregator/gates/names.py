"""Gates on the names of models: how many of the last good ones are still there, and the best ones among them."""

from collections.abc import Iterator

import polars as pl

from aggregator.gates.candidate import Candidate
from aggregator.gates.name_sets import NameSets, compare_names
from aggregator.gates.verdict import WORST_ROWS, Action, Change, Finding, list_examples
from aggregator.model import Parsed

SMALL_LOSS = 3
"""A benchmark of any size may lose this many scores, because boards remove single models."""
FEW_LOST = 2
"""A board of any size may lose this many models."""
LARGEST_LOSS = 0.03
"""Of measured scores. The largest honest loss in 93 nights of Open LLM v2 is 1.2 % (2024-08-31)."""
LARGEST_REFITTED_LOSS = 0.05
"""Of ratings. The Arena lost at most 4.8 % (2024-08-07), closed models aside."""
LARGEST_CLOSED_LOSS = 0.20
"""Of ratings, where nearly all lost models are closed ones: their makers retire them. 15.2 % on 2025-02-16."""
LARGEST_LATE_LOSS = 0.20
"""After more than `LONG_PAUSE` days. The Arena lost 15.7 % from 2025-05-27 to 2025-11-05, measured scores less."""
LONG_PAUSE = 60
LEAST_CLOSED = 0.9
LARGEST_ORGANIZATION = 0.5
"""Retired models belong to several organizations; on 2025-02-16 the largest had 30 % of them."""
LARGEST_RESPELLED = 0.25
"""Of ratings. The Arena changed the letter case of 18.7 % of its names on 2024-11-05."""
LARGEST_UNKNOWN = 0.25
"""Of ratings, on the first night with another spelling. 20.5 % on 2025-03-07, when display names became API names."""
LEAST_LOWER_CASE = 0.95
SMALLEST_ORGANIZATION = 4
"""An organization with so many models does not lose all of them in one night."""

BEST, VERY_BEST = 100, 20
LARGEST_TOP_LOSS = 0.02
"""Of the best models, by quarantine. Boards do not damage their own best rows."""
LARGEST_BEST_LOSS = 0.05
"""Of the best models, for any reason; `FEW_LOST` may always vanish. Open LLM v2 lost 3 of its best 100 on 2024-10-08."""
REFITTED_BEST_LOSS = {VERY_BEST: 3, BEST: 6}
"""Of ratings: the best models that may vanish without a better newcomer. The Arena lost 3 of 20 on three dates."""
CLOSED_BEST_LOSS = {VERY_BEST: 6, BEST: 20}
"""The same for retired closed models: 6 of 20 and 20 of 100 on 2025-02-16."""
LARGEST_BEST_PART = 1 / 3
"""Retired models are old ones too: at most this part of them is among the very best."""


def names(new: Candidate) -> Iterator[Finding]:
    """Find that too many of the last good names are gone, or spelled otherwise.

    Where the board states a new edition, other models are expected, and only the spelling is compared.
    """
    last = new.last_good
    if last is None:
        return
    sets = compare_names(new, last)
    if sets.before.is_empty():
        return
    if sets.is_past:
        yield Finding(f"the board spells its names as on {sets.day} again", action=Action.NOTE)
    found = _changed_spelling(new, sets)
    if found is not None:
        yield found
    elif not is_renewed(new.parsed, last):
        yield from _lost_names(new, sets, last)
    if not is_renewed(new.parsed, last):
        yield from _renamed(new, sets, last)


def is_renewed(now: Parsed, last: Parsed) -> bool:
    """Return whether the board states another edition, with other items and models."""
    stated = [parsed.benchmarks["edition"].drop_nulls().max() for parsed in (now, last)]
    return stated[0] != stated[1]


def _changed_spelling(new: Candidate, sets: NameSets) -> Finding | None:
    respelled, total = sets.respelled, sets.before.height
    is_few = respelled.height <= max(SMALL_LOSS, LARGEST_LOSS * total)
    if is_few or (new.source.is_refitted and respelled.height <= LARGEST_RESPELLED * total):
        return None
    worst = tuple(
        Change(name, "name", name, spelling)
        for name, spelling in respelled.head(WORST_ROWS).select("raw_name", "spelling").iter_rows()
    )
    sentence = (
        f"{respelled.height:,} of {total:,} names are spelled otherwise: "
        f"{list_examples(f'{one.before} -> {one.now}' for one in worst)}"
    )
    is_lower = respelled.select((pl.col("spelling") == pl.col("spelling").str.to_lowercase()).mean()).item()
    is_honest = new.source.is_refitted and is_lower >= LEAST_LOWER_CASE and sets.lost.height <= LARGEST_UNKNOWN * total
    return Finding(sentence, worst, Action.NOTE if is_honest else None)


def _lost_names(new: Candidate, sets: NameSets, last: Parsed) -> Iterator[Finding]:
    lost, total = sets.lost, sets.before.height
    if lost.height > max(FEW_LOST, _largest_loss(new, sets, last) * total):
        sentence = (
            f"{lost.height:,} of {total:,} models ({lost.height / total:.1%}) are gone, the best of them "
            f"{list_examples(lost['raw_name'].head(3))}"
        )
        yield Finding(sentence, _as_changes(lost))
        return
    stated = last.entries.select("raw_name", "organization").drop_nulls()
    known = sets.before.join(stated, on="raw_name")
    gone = known.group_by("organization").agg(
        n=pl.len(), lost=pl.col("raw_name").is_in(lost["raw_name"].implode()).sum()
    )
    whole = gone.filter((pl.col("n") >= SMALLEST_ORGANIZATION) & (pl.col("n") == pl.col("lost"))).sort("organization")
    if whole.height:
        theirs = known.filter(pl.col("organization").is_in(whole["organization"].implode())).sort("place")
        sentence = f"every model of {list_examples(whole['organization'])} is gone"
        yield Finding(sentence, _as_changes(theirs))


def _largest_loss(new: Candidate, sets: NameSets, last: Parsed) -> float:
    """Return the largest plausible share of lost models."""
    day = new.parsed.published_on
    pause = (day - sets.day).days if new.source.is_refitted and day and sets.day else new.days_since_last
    if pause > LONG_PAUSE:
        return LARGEST_LATE_LOSS
    if not new.source.is_refitted:
        return LARGEST_LOSS
    return LARGEST_CLOSED_LOSS if _are_retired(sets, last) else LARGEST_REFITTED_LOSS


def _are_retired(sets: NameSets, last: Parsed) -> bool:
    """Return whether the lost models look like those that their makers retired: closed, of several makers, not the best."""
    facts = sets.lost.join(last.entries.select("raw_name", "open_weights", "organization"), on="raw_name", how="left")
    if facts.is_empty():
        return False
    is_closed = (~pl.col("open_weights")).fill_null(value=False)
    largest = facts["organization"].drop_nulls().value_counts(sort=True).head(1)
    return (
        facts.select(is_closed.mean()).item() >= LEAST_CLOSED
        and sum(largest["count"]) <= LARGEST_ORGANIZATION * facts.height
        and int((facts["place"] <= VERY_BEST).sum()) <= LARGEST_BEST_PART * facts.height
    )


def _renamed(new: Candidate, sets: NameSets, last: Parsed) -> Iterator[Finding]:
    """Note lost models whose scores, at least two, all stand under a new name."""
    vectors = [
        parsed.scores.join(names, on="raw_name", how="semi")
        .sort("raw_name", "benchmark")
        .group_by("raw_name", maintain_order=True)
        .agg("benchmark", "score")
        .filter(pl.col("score").list.len() > 1)
        for parsed, names in ((last, sets.lost), (new.parsed, sets.newcomers))
    ]
    if vectors[0].is_empty() or vectors[1].is_empty():
        return
    keyed = [
        frame.with_columns(key=pl.struct("benchmark", "score").hash()).filter(pl.col("key").is_unique())
        for frame in vectors
    ]
    found = keyed[0].join(keyed[1], on="key", suffix="_now").sort("raw_name")
    if found.height:
        pairs = list(found.select("raw_name", "raw_name_now").iter_rows())
        yield Finding(
            f"{len(pairs)} models have a new name: {list_examples(f'{before} -> {now}' for before, now in pairs)}",
            tuple(Change(before, "name", before, now) for before, now in pairs[:WORST_ROWS]),
            Action.NOTE,
        )


def top(new: Candidate) -> Iterator[Finding]:
    """Find that too many of the best models of the last good edition are gone, for whatever reason."""
    last = new.last_good
    if last is None:
        return
    sets = compare_names(new, last)
    ranked = sets.before.drop_nulls("place").sort("place")
    found = _quarantined_best(new, ranked)
    if found is None and not is_renewed(new.parsed, last):
        found = _lost_refitted(sets, ranked, last) if new.source.is_refitted else _lost_measured(sets, ranked)
    if found is not None:
        yield found


def _quarantined_best(new: Candidate, ranked: pl.DataFrame) -> Finding | None:
    best = ranked.head(BEST)
    gone = best.filter(
        pl.col("raw_name").is_in(new.parsed.quarantined["raw_name"].unique().implode()),
        ~pl.col("raw_name").is_in(new.parsed.entries["raw_name"].implode()),
    )
    if gone.height <= LARGEST_TOP_LOSS * best.height:
        return None
    examples = list_examples(gone["raw_name"])
    return Finding(f"{gone.height} of the {best.height} best models are quarantined: {examples}", _as_changes(gone))


def _lost_measured(sets: NameSets, ranked: pl.DataFrame) -> Finding | None:
    best = ranked.head(min(BEST, max(ranked.height // 4, 10)))
    gone = best.join(sets.lost, on="raw_name", how="semi", maintain_order="left")
    if gone.height <= max(FEW_LOST, LARGEST_BEST_LOSS * best.height):
        return None
    return _best_are_gone(gone, best.height)


def _lost_refitted(sets: NameSets, ranked: pl.DataFrame, last: Parsed) -> Finding | None:
    """Compare the best models: each better newcomer can be a lost model under a new name, or a reason to retire it."""
    largest = CLOSED_BEST_LOSS if _are_retired(sets, last) else REFITTED_BEST_LOSS
    for count in (VERY_BEST, BEST):
        best = ranked.head(count)
        gone = best.join(sets.lost, on="raw_name", how="semi", maintain_order="left")
        newcomers = int((sets.newcomers["value"] >= best["value"].min()).sum()) if best.height else 0
        if gone.height - newcomers > largest[count]:
            return _best_are_gone(gone, best.height)
    return None


def _best_are_gone(gone: pl.DataFrame, of: int) -> Finding:
    return Finding(
        f"{gone.height} of the {of} best models are gone: {list_examples(gone['raw_name'])}", _as_changes(gone)
    )


def _as_changes(gone: pl.DataFrame) -> tuple[Change, ...]:
    rows = gone.head(WORST_ROWS).select("raw_name", "place").iter_rows()
    return tuple(Change(name, "place", "" if place is None else str(place), "gone") for name, place in rows)
