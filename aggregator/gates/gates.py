"""Gates: decide whether a new edition of a source may replace its last good edition. Pure functions.

A gate checks one property and yields one sentence for each problem. The action of the gate decides what happens to
the rows: with `KEEP` the last good rows stay in use; with `REFUSE` the rows are unusable, with or without an earlier
edition; with `NOTE` the rows are used and the problem is reported. `find_impossible_scores` finds single models to
quarantine. `docs/reliability.md` explains the thresholds.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import polars as pl

from aggregator.gates import similarity, statistics
from aggregator.gates.statistics import EditionStatistics
from aggregator.model import Parsed, Source

BASELINE_EDITIONS = 7
"""Number of good editions in the baseline. Compared with yesterday alone, a small loss every day would pass."""
LARGEST_DROP = 0.10
LARGEST_GROWTH = 2.0
LARGEST_BENCHMARK_DROP = 0.20
"""Larger than `LARGEST_DROP`, because a random loss of models affects some benchmarks more than others."""
SMALL_LOSS = 3
"""A benchmark of any size may lose this many scores, because boards remove single models."""
COUNT_TITLES = {
    "models": "models",
    "placed": "placed models",
    "scores": "scores",
}
TOTAL_TITLES = {
    "rows": "rows",
    "history": "past scores",
}
"""Counts over all editions in the files of a source."""
SMALLEST_BENCHMARK = 10
"""A benchmark with fewer models may disappear; its loss does not indicate a damaged file."""
LARGEST_NULL_GROWTH = 0.05
TOP = 100
LARGEST_TOP_LOSS = 0.02
EXAMPLES = 3
"""Maximum number of examples in a sentence."""


class Action(StrEnum):
    """What happens to the new rows."""

    KEEP = "keep"
    REFUSE = "refuse"
    NOTE = "note"


class MinorFinding(str):
    """A sentence about a problem that is too small to stop the edition."""

    __slots__ = ()


@dataclass(frozen=True)
class Verdict:
    """The result of one gate."""

    gate: str
    action: Action
    reason: str

    def __str__(self) -> str:
        return f"gate `{self.gate}`: {self.reason}"


@dataclass(frozen=True)
class Candidate:
    """A new edition of one source, and the earlier editions that it is compared with."""

    source: Source
    parsed: Parsed
    statistics: EditionStatistics
    today: date
    last_good: Parsed | None = None
    """The last good rows; None before the first good edition."""
    past_statistics: Sequence[EditionStatistics] = ()
    """Statistics of the good editions, oldest first."""

    @property
    def baseline(self) -> EditionStatistics | None:
        """The largest counts of the good editions in `past_nights` with the same items; None before the first one."""
        same = [night for night in self.past_nights if night.edition == self.statistics.edition]
        return statistics.best_of(same) if same else None

    @property
    def past_nights(self) -> Sequence[EditionStatistics]:
        """The statistics of the last `BASELINE_EDITIONS` good editions, oldest first."""
        return self.past_statistics[-BASELINE_EDITIONS:]


Gate = Callable[[Candidate], Iterator[str]]


def floor(new: Candidate) -> Iterator[str]:
    """Find fewer models than the source's `min_rows`."""
    if new.statistics.models < new.source.min_rows:
        yield f"{new.statistics.models} models with a score, fewer than the minimum of {new.source.min_rows}"


def drop(new: Candidate) -> Iterator[str]:
    """Find counts more than 10 % below the baseline, and benchmarks that lost more than 20 % of their models."""
    if new.past_nights:
        yield from _dropped_counts(new.statistics, statistics.best_of(new.past_nights), TOTAL_TITLES)
    if (baseline := new.baseline) is None:
        return
    yield from _dropped_counts(new.statistics, baseline, COUNT_TITLES)
    if shrunk := _shrunk_benchmarks(new.statistics.benchmarks, baseline.benchmarks):
        sentence = f"{_examples(shrunk)} lost more than {LARGEST_BENCHMARK_DROP:.0%} of their models"
        yield _minor_if_few(shrunk, new, sentence)


def _dropped_counts(found: EditionStatistics, baseline: EditionStatistics, titles: Mapping[str, str]) -> Iterator[str]:
    for count, title in titles.items():
        now, before = getattr(found, count), getattr(baseline, count)
        if now < (1 - LARGEST_DROP) * before:
            lost = f"{1 - now / before:.0%} fewer than the {before:,}"
            yield f"{now:,} {title}, {lost} of the last {BASELINE_EDITIONS} good editions"


def _shrunk_benchmarks(now: Mapping[str, int], before: Mapping[str, int]) -> list[str]:
    """Return the benchmarks that lost too many models; benchmarks that disappeared belong to `benchmark_lost`."""
    return [
        name
        for name, count in now.items()
        if (had := before.get(name, 0)) >= SMALLEST_BENCHMARK
        and had - count > max(LARGEST_BENCHMARK_DROP * had, SMALL_LOSS)
    ]


def growth(new: Candidate) -> Iterator[str]:
    """Find more than twice the models or scores of the baseline."""
    if (baseline := new.baseline) is None:
        return
    for count in ("models", "scores"):
        now, before = getattr(new.statistics, count), getattr(baseline, count)
        if before and now > LARGEST_GROWTH * before:
            times = f"{now / before:.1f} times the {before:,}"
            yield f"{now:,} {count}, {times} of the last {BASELINE_EDITIONS} good editions"


def benchmark_lost(new: Candidate) -> Iterator[str]:
    """Find benchmarks, categories or tasks that disappeared; an edition with other items can have other ones."""
    if not new.past_statistics or new.past_statistics[-1].edition != new.statistics.edition:
        return
    before = new.past_statistics[-1].benchmarks.items()
    lost = [name for name, count in before if count >= SMALLEST_BENCHMARK and name not in new.statistics.benchmarks]
    if lost:
        yield _minor_if_few(lost, new, f"{_examples(lost)} {'is' if len(lost) == 1 else 'are'} gone")


def nulls(new: Candidate) -> Iterator[str]:
    """Find columns whose share of empty cells grew by more than five percentage points."""
    if (baseline := new.baseline) is None:
        return
    for column, share in new.statistics.nulls.items():
        before = baseline.nulls.get(column, 0.0)
        if share > before + LARGEST_NULL_GROWTH:
            yield f"`{column}` is empty in {share:.0%} of rows; before, it was empty in {before:.0%}"


def future(new: Candidate) -> Iterator[str]:
    """Find an edition dated more than one day after today; one day is allowed because of time zones.

    The first edition of a source is not checked.
    """
    newest, last = new.parsed.published_on, new.last_good.published_on if new.last_good else None
    if newest and last and newest > max(new.today, last) + timedelta(days=1):
        yield f"the edition is dated {newest}, and today is {new.today}"


def backward(new: Candidate) -> Iterator[str]:
    """Find an edition, of the source or of one benchmark, that is older than the last good one."""
    if new.last_good is None:
        return
    now, last = new.parsed.published_on, new.last_good.published_on
    if now and last and now < last:
        sentence = f"the edition of {now} is older than the last good one of {last}"
        yield MinorFinding(sentence) if _lost_newest_models(new.parsed, new.last_good) else sentence
        return
    yield from _summary(similarity.find_older(new.parsed, new.last_good))


def order(new: Candidate) -> Iterator[str]:
    """Find benchmarks whose order of models hardly correlates with the last good order."""
    if new.last_good is not None:
        yield from _summary(similarity.find_reordered(new.parsed, new.last_good))


def shuffle(new: Candidate) -> Iterator[str]:
    """Find benchmarks in which models have the old scores of other models."""
    if new.last_good is not None:
        yield from _summary(similarity.find_swapped_scores(new.parsed, new.last_good))


def unit(new: Candidate) -> Iterator[str]:
    """Find benchmarks or facts of which half of the values moved implausibly far, as after a change of unit."""
    if new.last_good is not None:
        yield from _summary(similarity.find_shifted(new.parsed, new.last_good))


def top(new: Candidate) -> Iterator[str]:
    """Find that more than 2 % of the best models of the last good edition are quarantined."""
    if new.last_good is None or new.parsed.quarantined.is_empty():
        return
    by_place = [pl.col("board_rank"), -pl.col("board_score")]
    placed = statistics.placed_entries(new.last_good)
    best = set(placed.sort(by_place, nulls_last=True).head(TOP)["raw_name"])
    gone = sorted((best & set(new.parsed.quarantined["raw_name"])) - set(new.parsed.entries["raw_name"]))
    if len(gone) > LARGEST_TOP_LOSS * len(best):
        yield f"{len(gone)} of the {len(best)} best models are quarantined: {_examples(gone)}"


GATES: dict[str, tuple[Gate, Action]] = {
    "floor": (floor, Action.REFUSE),
    "drop": (drop, Action.KEEP),
    "growth": (growth, Action.KEEP),
    "benchmark_lost": (benchmark_lost, Action.KEEP),
    "nulls": (nulls, Action.KEEP),
    "future": (future, Action.KEEP),
    "backward": (backward, Action.KEEP),
    "order": (order, Action.KEEP),
    "shuffle": (shuffle, Action.KEEP),
    "unit": (unit, Action.KEEP),
    "top": (top, Action.KEEP),
}
"""Every gate by its name. An override file uses the same name."""


def run_gates(new: Candidate, gates: Iterable[str] = tuple(GATES)) -> list[Verdict]:
    """Return one verdict for each problem that the gates found; an empty list when the rows may be used."""
    return [
        Verdict(name, Action.NOTE if isinstance(sentence, MinorFinding) else GATES[name][1], sentence)
        for name in gates
        for sentence in GATES[name][0](new)
    ]


def find_impossible_scores(parsed: Parsed) -> pl.DataFrame:
    """Return `(source, raw_name, reason)` of the models to quarantine.

    A model is listed when one of its numbers is not finite or outside its scale, or when an interval excludes its score.
    """
    scores = parsed.scores.join(parsed.benchmarks, on="benchmark", how="left", suffix="_benchmark")
    numbers = ("score", "score_normalized", "score_low", "score_high")
    score = pl.col("score")
    rules = {
        "a score is not a finite number": pl.any_horizontal(~pl.col(*numbers).is_finite()),
        "a score is outside the scale of its benchmark": (score < pl.col("scale_low")) | (score > pl.col("scale_high")),
        "an interval does not hold its score": (pl.col("score_low") > score) | (score > pl.col("score_high")),
    }
    reason = pl.coalesce(*(pl.when(rule.fill_null(value=False)).then(pl.lit(text)) for text, rule in rules.items()))
    found = scores.select("source", "raw_name", reason=reason).drop_nulls("reason")
    both = pl.concat([found, _infinite_board_scores(parsed.entries)])
    return both.unique("raw_name", keep="first", maintain_order=True).sort("raw_name")


def _infinite_board_scores(entries: pl.DataFrame) -> pl.DataFrame:
    numbers = pl.col("board_score", "board_score_low", "board_score_high")
    return entries.filter(pl.any_horizontal(~numbers.is_finite()).fill_null(value=False)).select(
        "source", "raw_name", reason=pl.lit("its score on the board is not a finite number")
    )


def _summary(found: Iterable[similarity.Difference]) -> Iterator[str]:
    """Yield one sentence: the first difference, and the number of other benchmarks that differ in the same way."""
    differences = list(found)
    if differences:
        others = len({difference.benchmark for difference in differences}) - 1
        more = f", and {others} more like it" if others else ""
        yield f"{differences[0].benchmark}: {differences[0].sentence}{more}"


def _minor_if_few(benchmarks: Sequence[str], new: Candidate, sentence: str) -> str:
    """Return `sentence`, as a minor finding when the source is unranked and `benchmarks` are at most 1 % of all."""
    is_minor = not new.source.in_rank and len(benchmarks) <= len(new.statistics.benchmarks) // 100
    return MinorFinding(sentence) if is_minor else sentence


def _lost_newest_models(now: Parsed, last: Parsed) -> bool:
    """Return whether the earlier date can come from the removal of a few models.

    The date of some boards is the date of their newest model, so it moves back when the board removes that model.
    """
    dates_of_models = {last.entries[column].max() for column in ("released_on", "submitted_on")}
    gone = set(last.scores["raw_name"]) - set(now.scores["raw_name"])
    return last.published_on in dates_of_models and len(gone) <= SMALL_LOSS


def _examples(names: Sequence[str]) -> str:
    more = f" and {len(names) - EXAMPLES} more" if len(names) > EXAMPLES else ""
    return ", ".join(f"`{name}`" for name in names[:EXAMPLES]) + more
