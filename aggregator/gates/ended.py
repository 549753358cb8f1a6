"""Gate on leaderboards that have ended: nothing that a rank needs changes any more."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from aggregator.gates.candidate import Candidate
from aggregator.gates.verdict import WORST_ROWS, Change, Finding, list_examples
from aggregator.model import Parsed, RankRule, Source
from aggregator.text import counted

SETTLING = timedelta(days=14)
"""The last evaluations of an ended board can follow its last edition for so long."""
MOST_DECIMALS = 6
SINGLE_PRECISION = 1e-6
"""Relative error of a number that was stored in single precision."""
FURTHER_DECIMALS = 1e-5
"""Part of the range of all scores. A smaller difference is a further decimal."""
ENTRY_COLUMNS = ("board_rank", "board_score", "published_on", "flagged")
"""Columns of the entries that the rank needs. The gate `facts` holds the others."""


def ended(new: Candidate) -> Iterator[Finding]:
    """Find any change of a name, score, rank, date or flag of a board that ended before its last good edition was fetched.

    More decimals, another order of the rows and new columns are no change.
    """
    last, end = new.last_good, new.source.frozen_on
    if last is None or end is None or new.last_retrieved_on is None:
        return
    if min(new.today, new.last_retrieved_on) <= end + SETTLING:
        return
    changes = [
        *_changed_names(new.parsed, last),
        *_changed_entries(new.parsed, last, _rounding_of_overall(new.source, last)),
        *_changed_scores(new.parsed, last),
    ]
    if changes:
        models = list(dict.fromkeys(change.raw_name for change in changes))
        sentence = (
            f"the board ended on {end} and does not change any more, but {counted(len(models), 'model')} did: "
            f"{list_examples(models)}"
        )
        yield Finding(sentence, tuple(changes[:WORST_ROWS]))


def _changed_names(now: Parsed, last: Parsed) -> list[Change]:
    tables = [parsed.entries.select("raw_name") for parsed in (now, last)]
    new, gone = (tables[a].join(tables[b], on="raw_name", how="anti").sort("raw_name") for a, b in ((0, 1), (1, 0)))
    return [
        *(Change(name, "name", name, "gone") for name in gone["raw_name"]),
        *(Change(name, "name", "", "new") for name in new["raw_name"]),
    ]


def _rounding_of_overall(source: Source, last: Parsed) -> float:
    """Return how far an overall score can move when its benchmarks get further decimals; it is on their scale or none."""
    if source.rank_rule is not RankRule.SCORE:
        return 0.0
    return 2 * max((_rounding(scores["score"]) for _, scores in last.scores.group_by("benchmark")), default=0.0)


def _changed_entries(now: Parsed, last: Parsed, overall: float) -> list[Change]:
    tables = [parsed.entries.select("raw_name", *ENTRY_COLUMNS) for parsed in (now, last)]
    pairs = tables[0].join(tables[1], on="raw_name", suffix="_before").sort("raw_name")
    found = []
    for column in ENTRY_COLUMNS:
        is_score = column == "board_score"
        differs = (
            _differs(pairs, column, overall) if is_score else pl.col(column).ne_missing(pl.col(f"{column}_before"))
        )
        rows = pairs.filter(differs).select("raw_name", f"{column}_before", column).iter_rows()
        found += [Change(name, column, _text(before), _text(value)) for name, before, value in rows]
    return found


def _changed_scores(now: Parsed, last: Parsed) -> list[Change]:
    tables = [parsed.scores.select("benchmark", "raw_name", "score") for parsed in (now, last)]
    pairs = tables[0].join(tables[1], on=["benchmark", "raw_name"], how="full", coalesce=True, suffix="_before")
    found = []
    for (benchmark,), rows in pairs.sort("benchmark", "raw_name").group_by("benchmark", maintain_order=True):
        changed = rows.filter(_differs(rows, "score")).select("raw_name", "score_before", "score").iter_rows()
        found += [Change(name, str(benchmark), _text(before), _text(value)) for name, before, value in changed]
    return found


def _text(value: object) -> str:
    """Return a cell as text; a missing one is empty, as the former name of a new model."""
    return "" if value is None else str(value)


def _differs(pairs: pl.DataFrame, column: str, further: float = 0.0) -> pl.Expr:
    """Return whether a number is another one than before, and not the same with more decimals.

    `further` is added to the rounding of the column itself.
    """
    now, before = pl.col(column), pl.col(f"{column}_before")
    rounding = _rounding(pairs[f"{column}_before"].drop_nulls()) + further
    span = before.max() - before.min()
    allowed = pl.max_horizontal(pl.lit(rounding), SINGLE_PRECISION * before.abs(), FURTHER_DECIMALS * span)
    return now.is_null().ne(before.is_null()) | ((now - before).abs() > allowed).fill_null(value=False)


def _rounding(values: pl.Series) -> float:
    """Return the largest error of numbers with the decimals of `values`; 0 with `MOST_DECIMALS` or more."""
    decimals = _decimals(values)
    return 0.5 * 10.0**-decimals * (1 + SINGLE_PRECISION) if decimals < MOST_DECIMALS else 0.0


def _decimals(values: pl.Series) -> int:
    """Return how many decimals all values have at most, up to `MOST_DECIMALS`."""
    for decimals in range(MOST_DECIMALS):
        if ((values - values.round(decimals)).abs() <= SINGLE_PRECISION * 10.0**-decimals).all():
            return decimals
    return MOST_DECIMALS
