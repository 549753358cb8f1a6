"""Whether what a source says tonight may stand in place of what it said before. Pure.

A gate looks at one thing and says, in a sentence each, what is wrong with it. `KEEP`: the last good rows stay.
`REFUSE`: the rows are wrong in themselves, whatever there was before. `QUARANTINE`: some models are held out,
the rest is used. The numbers are those of `docs/reliability.md`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import polars as pl

from aggregator.gates import similarity, statistics
from aggregator.gates.statistics import Measure
from aggregator.model import Parsed, Source

RUNS = 7
"""How many good editions are looked back on: a slow leak shows against the best of them, not against yesterday."""
LARGEST_DROP = 0.10
LARGEST_GROWTH = 2.0
LARGEST_BENCHMARK_DROP = 0.20
"""A board that loses models at random loses more of one benchmark and less of another."""
FEW = 3
"""How many scores a benchmark may lose whatever its size: boards drop single models."""
COUNTED = {"rows": "rows", "models": "models", "placed": "placed models", "scores": "scores", "history": "past scores"}
ENOUGH = 10
"""A benchmark with fewer models than this may go; its loss is no sign of a damaged file."""
MORE_NULLS = 0.05
TOP = 100
TOP_HELD_OUT = 0.02
SHOWN = 3
"""How many examples a sentence gives."""


class Outcome(StrEnum):
    """What becomes of the rows."""

    KEEP = "keep"
    REFUSE = "refuse"
    NOTE = "note"
    """The rows are used; what was found is told all the same."""


class Note(str):
    """A sentence about something too small to hold a source back."""

    __slots__ = ()


@dataclass(frozen=True)
class Verdict:
    """What one gate found."""

    gate: str
    outcome: Outcome
    reason: str

    def __str__(self) -> str:
        return f"gate `{self.gate}`: {self.reason}"


@dataclass(frozen=True)
class Night:
    """Tonight's rows of one source, and what they are held against."""

    source: Source
    parsed: Parsed
    now: Measure
    today: date
    last: Parsed | None = None
    """The last good rows; None on a first night."""
    good: Sequence[Measure] = ()
    """The last good editions, oldest first."""

    @property
    def best(self) -> Measure | None:
        """The most of the last good editions, None before the first."""
        return statistics.best(self.good[-RUNS:]) if self.good else None


Gate = Callable[[Night], Iterator[str]]


def floor(night: Night) -> Iterator[str]:
    """Find fewer models than make the board."""
    if night.now.models < night.source.min_rows:
        yield f"{night.now.models} models with a score, fewer than the {night.source.min_rows} that make the board"


def drop(night: Night) -> Iterator[str]:
    """Find that there is less than in the best of the last good editions, by more than 10 %."""
    if (best := night.best) is None:
        return
    for what, title in COUNTED.items():
        has, had = getattr(night.now, what), getattr(best, what)
        if has < (1 - LARGEST_DROP) * had:
            yield f"{has:,} {title}, {1 - has / had:.0%} fewer than the {had:,} of the last {RUNS} good editions"
    there = {name: has for name, has in night.now.benchmarks.items() if best.benchmarks.get(name, 0) >= ENOUGH}
    fewer = [
        name
        for name, has in there.items()
        if best.benchmarks[name] - has > max(LARGEST_BENCHMARK_DROP * best.benchmarks[name], FEW)
    ]
    if fewer:
        yield _if_many(fewer, night, f"{_some(fewer)} lost more than {LARGEST_BENCHMARK_DROP:.0%} of their models")


def growth(night: Night) -> Iterator[str]:
    """Find that there is more than twice as much as in the best of the last good editions."""
    if (best := night.best) is None:
        return
    for what in ("models", "scores"):
        has, had = getattr(night.now, what), getattr(best, what)
        if had and has > LARGEST_GROWTH * had:
            yield f"{has:,} {what}, {has / had:.1f} times the {had:,} of the last {RUNS} good editions"


def benchmark_lost(night: Night) -> Iterator[str]:
    """Find that a benchmark, a category or a task is gone."""
    if not night.good:
        return
    before = night.good[-1].benchmarks.items()
    lost = [name for name, had in before if had >= ENOUGH and name not in night.now.benchmarks]
    if lost:
        yield _if_many(lost, night, f"{_some(lost)} {'is' if len(lost) == 1 else 'are'} gone")


def nulls(night: Night) -> Iterator[str]:
    """Find a column that has become emptier by more than five points."""
    if (best := night.best) is None:
        return
    for column, share in night.now.nulls.items():
        if share > best.nulls.get(column, 0.0) + MORE_NULLS:
            yield f"`{column}` is empty in {share:.0%} of rows, where it was in {best.nulls.get(column, 0.0):.0%}"


def future(night: Night) -> Iterator[str]:
    """Find an edition dated after today, a day being left for time zones; a first night has only its date to go by."""
    newest, last = night.parsed.published_on, night.last.published_on if night.last else None
    if newest and last and newest > max(night.today, last) + timedelta(days=1):
        yield f"the edition is dated {newest}, and today is {night.today}"


def backward(night: Night) -> Iterator[str]:
    """Find an older edition that is served as if it were new."""
    if night.last is None:
        return
    now, last = night.parsed.published_on, night.last.published_on
    if now and last and now < last:
        told = f"the edition of {now} is older than the last good one of {last}"
        gone = set(night.last.scores["raw_name"]) - set(night.parsed.scores["raw_name"])
        yield Note(told) if _is_dated_by_its_models(night.last) and len(gone) <= FEW else told
        return
    yield from _sentences(similarity.gone_back(night.parsed, night.last))


def order(night: Night) -> Iterator[str]:
    """Find an order that has little to do with the order before."""
    if night.last is not None:
        yield from _sentences(similarity.disordered(night.parsed, night.last))


def shuffle(night: Night) -> Iterator[str]:
    """Find models that hold each other's old scores."""
    if night.last is not None:
        yield from _sentences(similarity.borrowed(night.parsed, night.last))


def unit(night: Night) -> Iterator[str]:
    """Find numbers of which half moved further than any night moves them."""
    if night.last is not None:
        yield from _sentences(similarity.shifted(night.parsed, night.last))


def top(night: Night) -> Iterator[str]:
    """Find that more than 2 % of the best known models are held out."""
    if night.last is None or night.parsed.quarantined.is_empty():
        return
    place = [pl.col("board_rank"), -pl.col("board_score")]
    known = night.last.entries.filter(pl.any_horizontal(pl.col("board_rank", "board_score").is_not_null()))
    best = set(known.sort(place, nulls_last=True).head(TOP)["raw_name"])
    gone = sorted((best & set(night.parsed.quarantined["raw_name"])) - set(night.parsed.entries["raw_name"]))
    if len(gone) > TOP_HELD_OUT * len(best):
        yield f"{len(gone)} of the {len(best)} best models are held out: {_some(gone)}"


GATES: dict[str, tuple[Gate, Outcome]] = {
    "floor": (floor, Outcome.REFUSE),
    "drop": (drop, Outcome.KEEP),
    "growth": (growth, Outcome.KEEP),
    "benchmark_lost": (benchmark_lost, Outcome.KEEP),
    "nulls": (nulls, Outcome.KEEP),
    "future": (future, Outcome.KEEP),
    "backward": (backward, Outcome.KEEP),
    "order": (order, Outcome.KEEP),
    "shuffle": (shuffle, Outcome.KEEP),
    "unit": (unit, Outcome.KEEP),
    "top": (top, Outcome.KEEP),
}
"""Every gate by its name, which is also the name in an override."""


def judge(night: Night, gates: Iterable[str] = tuple(GATES)) -> list[Verdict]:
    """Return what the gates found, one verdict for each thing; nothing when the rows may be used."""
    return [
        Verdict(name, Outcome.NOTE if isinstance(sentence, Note) else GATES[name][1], sentence)
        for name in gates
        for sentence in GATES[name][0](night)
    ]


def impossible(parsed: Parsed) -> pl.DataFrame:
    """Return `(source, raw_name, reason)` of the models to hold out: a number that is none, or outside its scale."""
    scores = parsed.scores.join(parsed.benchmarks, on="benchmark", how="left", suffix="_benchmark")
    numbers = ("score", "score_normalized", "score_low", "score_high")
    rules = {
        "a score is not a finite number": pl.any_horizontal(~pl.col(*numbers).is_finite()),
        "a score is outside the scale of its benchmark": (pl.col("score") < pl.col("scale_low"))
        | (pl.col("score") > pl.col("scale_high")),
        "an interval does not hold its score": (pl.col("score_low") > pl.col("score"))
        | (pl.col("score") > pl.col("score_high")),
    }
    reason = pl.coalesce(*(pl.when(rule.fill_null(value=False)).then(pl.lit(said)) for said, rule in rules.items()))
    found = scores.select("source", "raw_name", reason=reason).drop_nulls("reason")
    own = parsed.entries.select("source", "raw_name", "board_score", "board_score_low", "board_score_high")
    odd = own.filter(pl.any_horizontal(~pl.exclude("source", "raw_name").is_finite()).fill_null(value=False))
    told = odd.select("source", "raw_name", reason=pl.lit("its score on the board is not a finite number"))
    return pl.concat([found, told]).unique("raw_name", keep="first", maintain_order=True).sort("raw_name")


def _sentences(found: Iterable[similarity.Unlike]) -> Iterator[str]:
    """Yield one sentence: the first of what was found, and of how many benchmarks something like it is true."""
    everything = list(found)
    if everything:
        others = len({one.benchmark for one in everything}) - 1
        more = f", and {others} more like it" if others else ""
        yield f"{everything[0].benchmark}: {everything[0].sentence}{more}"


def _if_many(benchmarks: Sequence[str], night: Night, sentence: str) -> str:
    """Return the sentence, as a note where nothing is ranked by the source and hardly any benchmark is meant."""
    few = not night.source.in_rank and len(benchmarks) <= len(night.now.benchmarks) // 100
    return Note(sentence) if few else sentence


def _is_dated_by_its_models(parsed: Parsed) -> bool:
    """Say whether the edition has the date of its newest model, which goes back when that model is withdrawn."""
    days = {parsed.entries[column].max() for column in ("released_on", "submitted_on")}
    return parsed.published_on in days


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(f"`{name}`" for name in names[:SHOWN]) + more
