"""Apply a hold: put the last good values of some models, facts, benchmarks or past dates into a new edition. Pure.

Held models are quarantined in the new edition, and their last good rows stand in their place. All other holds replace
values without a quarantine, because they belong to many models.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import polars as pl

from aggregator.gates.quarantine import quarantine_names
from aggregator.gates.verdict import Hold
from aggregator.model import Parsed

HELD_FOR = timedelta(days=3)
"""A held value is released when the board has stated the new value for this long: then it is no passing fault."""


class Part(StrEnum):
    """What is held; the values are the fields of `Hold`."""

    RAW_NAME = "raw_names"
    FACT = "facts"
    BENCHMARK = "benchmarks"
    PAST_DATE = "past_dates"


@dataclass(frozen=True)
class HeldPart:
    """One part of an edition that stays at its last good values."""

    part: Part
    key: str
    """The raw name, the column, the benchmark or the ISO date."""
    since: date
    """The first day on which the board stated the new values."""
    digest: str = ""
    """A hash of the new scores of a model: with other new scores the time begins again. Empty for other parts."""

    def is_released(self, today: date) -> bool:
        """Return whether the new values are used from `today` on."""
        return today >= self.since + HELD_FOR


def list_parts(hold: Hold, new: Parsed, today: date) -> list[HeldPart]:
    """Return the parts of `hold` in a fixed order, held since `today`."""
    scores = new.scores.filter(pl.col("raw_name").is_in(sorted(hold.raw_names)))
    rows = scores.sort("raw_name", "benchmark").select("raw_name", "benchmark", "score")
    lines: dict[str, list[str]] = {}
    for name, benchmark, score in rows.iter_rows():
        lines.setdefault(name, []).append(f"{benchmark} {score!r}")
    return [
        *(HeldPart(Part.RAW_NAME, name, today, _digest(lines.get(name, []))) for name in sorted(hold.raw_names)),
        *(HeldPart(Part.FACT, name, today) for name in sorted(hold.facts)),
        *(HeldPart(Part.BENCHMARK, name, today) for name in sorted(hold.benchmarks)),
        *(HeldPart(Part.PAST_DATE, day.isoformat(), today) for day in sorted(hold.past_dates)),
    ]


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def hold_of(parts: Mapping[Part, frozenset[str]]) -> Hold:
    """Return the hold of the keys by part."""
    return Hold(
        parts.get(Part.RAW_NAME, frozenset()),
        parts.get(Part.FACT, frozenset()),
        parts.get(Part.BENCHMARK, frozenset()),
        frozenset(map(date.fromisoformat, parts.get(Part.PAST_DATE, frozenset()))),
    )


def apply_hold(new: Parsed, good: Parsed, hold: Hold, reasons: Mapping[str, str]) -> Parsed:
    """Return `new` with the parts of `hold` at their values in `good`.

    `reasons` says for each held model why its new rows are quarantined.
    """
    parsed = new
    if hold.facts:
        parsed = _with_good_facts(parsed, good, sorted(hold.facts))
    if hold.benchmarks:
        parsed = _with_good_benchmarks(parsed, good, sorted(hold.benchmarks))
    if hold.past_dates:
        parsed = _with_good_dates(parsed, good, sorted(hold.past_dates))
    if hold.raw_names:
        parsed = _with_good_models(parsed, good, sorted(hold.raw_names), reasons)
    return parsed


def _with_good_facts(new: Parsed, good: Parsed, facts: list[str]) -> Parsed:
    """Return `new` with the good facts of known models; a fact that is held is unknown for new models."""
    known = new.entries.select("raw_name").join(
        good.entries.select("raw_name", *facts), on="raw_name", how="left", maintain_order="left"
    )
    return replace(new, entries=new.entries.with_columns(known.select(facts)))


def _with_good_benchmarks(new: Parsed, good: Parsed, benchmarks: list[str]) -> Parsed:
    is_held = pl.col("benchmark").is_in(benchmarks)
    is_known = pl.col("raw_name").is_in(new.entries["raw_name"].implode())
    described = pl.concat([new.benchmarks.filter(~is_held), good.benchmarks.filter(is_held)])
    history = new.history
    if history is not None and good.history is not None:
        history = pl.concat([history.filter(~is_held), good.history.filter(is_held & is_known)])
    return replace(
        new,
        scores=pl.concat([new.scores.filter(~is_held), good.scores.filter(is_held & is_known)]),
        benchmarks=described,
        history=history,
    )


def _with_good_dates(new: Parsed, good: Parsed, days: list[date]) -> Parsed:
    if new.history is None or good.history is None:
        return new
    is_held = pl.col("published_on").is_in(days)
    return replace(new, history=pl.concat([new.history.filter(~is_held), good.history.filter(is_held)]))


def _with_good_models(new: Parsed, good: Parsed, names: list[str], reasons: Mapping[str, str]) -> Parsed:
    is_held = pl.col("raw_name").is_in(names)
    reason = pl.DataFrame(
        {
            "source": new.entries["source"].head(1).to_list() * len(names),
            "raw_name": names,
            "reason": [reasons.get(name, "it differs too much from its last good row") for name in names],
        },
        schema={"source": pl.String, "raw_name": pl.String, "reason": pl.String},
    )
    rest = quarantine_names(new, reason)
    # The good values are those of the new edition too. With the old date, its models would be missing in it.
    dates = new.entries.select("raw_name", now="published_on")
    rows = (
        good.entries.filter(is_held)
        .join(dates, on="raw_name", how="left", maintain_order="left")
        .with_columns(published_on=pl.coalesce("now", "published_on"))
        .select(good.entries.columns)
    )
    scores = good.scores.filter(is_held)
    missing = good.benchmarks.join(rest.benchmarks, on="benchmark", how="anti").join(scores, on="benchmark", how="semi")
    history = rest.history
    if history is not None and good.history is not None:
        history = pl.concat([history, good.history.filter(is_held)])
    return replace(
        rest,
        entries=pl.concat([rest.entries, rows]),
        scores=pl.concat([rest.scores, scores]),
        benchmarks=pl.concat([rest.benchmarks, missing]),
        history=history,
        # Its new rows are counted in the quarantine, so the good row stands for no row of the file.
        accepted=pl.concat(
            [rest.accepted, rows.select("raw_name", rows=pl.lit(0, dtype=rest.accepted.schema["rows"]))]
        ),
    )
