"""Gates on counts: models, scores, past scores, the models of each benchmark, and empty cells.

The Arena publishes some editions with its main category alone, and some with all: that is another shape, and no loss.
Counts over all categories are compared with earlier editions of the same shape.
"""

from collections.abc import Iterator, Mapping, Sequence

from aggregator import schema
from aggregator.gates import statistics
from aggregator.gates.candidate import BASELINE_EDITIONS, Candidate
from aggregator.gates.name_sets import OVERALL
from aggregator.gates.names import LONG_PAUSE, SMALL_LOSS
from aggregator.gates.statistics import EditionStatistics
from aggregator.gates.verdict import Action, Finding, Hold, list_examples

LARGEST_DROP = 0.10
LARGEST_REFITTED_DROP = 0.20
"""Of ratings. The Arena retired 15 % of its models on 2025-02-16; the gate `names` asks which ones."""
LARGEST_GROWTH = 2.0
LARGEST_BENCHMARK_DROP = 0.20
"""Larger than `LARGEST_DROP`, because a random loss of models affects some benchmarks more than others."""
LARGEST_LATE_DROP = 0.50
"""Of ratings, after more than `LONG_PAUSE` days. Spanish lost 43 % in the Arena from 2025-05-27 to 2025-11-05."""
MODEL_TITLES = {"models": "models", "placed": "placed models"}
SMALLEST_BENCHMARK = 10
"""A benchmark with fewer models may disappear; its loss does not indicate a damaged file."""
LARGEST_NULL_GROWTH = 0.05
NEEDED = frozenset(
    {
        *(f"entries.{fact}" for fact in ("flagged", "hf_id", "board_rank", "board_score", "published_on")),
        *(f"entries.{fact}" for fact in ("board_score_low", "board_score_high")),
        *(f"scores.{column}" for column in ("score", "score_low", "score_high", "score_normalized", "standard_error")),
    }
)
"""Columns that decide which models are ranked, and how. All others only describe a model or a score."""


def floor(new: Candidate) -> Iterator[Finding]:
    """Find fewer models than the source's `min_rows`."""
    if new.statistics.models < new.source.min_rows:
        yield Finding(f"{new.statistics.models} models with a score, fewer than the minimum of {new.source.min_rows}")


def drop(new: Candidate) -> Iterator[Finding]:
    """Find counts too far below the baseline, and benchmarks that lost more than 20 % of their models."""
    largest = LARGEST_REFITTED_DROP if new.source.is_refitted else LARGEST_DROP
    alike = [night for night in new.past_nights if _is_main_alone(new, night) == _is_main_alone(new, new.statistics)]
    # Rows and past scores are counted over all editions in the files of a source.
    compared: list[tuple[Sequence[EditionStatistics], Mapping[str, str]]]
    compared = [(new.past_nights, {"history": "past scores"}), (alike, {"rows": "rows"})]
    compared += [(_same_items(new, new.past_nights), MODEL_TITLES), (_same_items(new, alike), {"scores": "scores"})]
    for nights, titles in compared:
        if nights:
            yield from _dropped_counts(new.statistics, statistics.best_of(nights), titles, largest)
    if (baseline := new.baseline) is None:
        return
    largest = LARGEST_LATE_DROP if new.source.is_refitted and _is_after_pause(new) else LARGEST_BENCHMARK_DROP
    # The categories of ratings come and go with their votes: what the last edition had is compared.
    before = (alike[-1:] or new.past_nights)[-1] if new.source.is_refitted else baseline
    if shrunk := _shrunk_benchmarks(new.statistics.benchmarks, before.benchmarks, largest):
        sentence = f"{list_examples(shrunk)} lost more than {largest:.0%} of their models"
        yield _minor_if_few(shrunk, new, sentence)


def _is_after_pause(new: Candidate) -> bool:
    """Return whether so much time passed since the last good edition that many models can have been retired."""
    now, last = new.parsed.published_on, new.last_good.published_on if new.last_good else None
    return now is not None and last is not None and (now - last).days > LONG_PAUSE


def _same_items(new: Candidate, nights: Sequence[EditionStatistics]) -> list[EditionStatistics]:
    """Return the nights of the edition of tonight; another edition can have other models and benchmarks."""
    return [night for night in nights if night.edition == new.statistics.edition]


def _is_main_alone(new: Candidate, night: EditionStatistics) -> bool:
    """Return whether a refitted board has its main category alone; other boards have one shape."""
    return new.source.is_refitted and len(night.benchmarks) == 1 and _has_main(night)


def _has_main(night: EditionStatistics) -> bool:
    return any(name.endswith(OVERALL) for name in night.benchmarks)


def _dropped_counts(
    found: EditionStatistics, baseline: EditionStatistics, titles: Mapping[str, str], largest: float
) -> Iterator[Finding]:
    for count, title in titles.items():
        now, before = getattr(found, count), getattr(baseline, count)
        if now < (1 - largest) * before:
            lost = f"{1 - now / before:.0%} fewer than the {before:,}"
            yield Finding(f"{now:,} {title}, {lost} of the last {BASELINE_EDITIONS} good editions")


def _shrunk_benchmarks(now: Mapping[str, int], before: Mapping[str, int], largest: float) -> list[str]:
    """Return the benchmarks that lost too many models; benchmarks that disappeared belong to `benchmark_lost`."""
    return [
        name
        for name, count in now.items()
        if (had := before.get(name, 0)) >= SMALLEST_BENCHMARK and had - count > max(largest * had, SMALL_LOSS)
    ]


def growth(new: Candidate) -> Iterator[Finding]:
    """Find more than twice the models of the baseline, or twice the scores of the benchmarks that it has."""
    if (baseline := new.baseline) is None:
        return
    now = new.statistics
    common = now.benchmarks.keys() & baseline.benchmarks.keys()
    scores, last_scores = (sum(one.benchmarks[name] for name in common) for one in (now, baseline))
    for title, found, before in (("models", now.models, baseline.models), ("scores", scores, last_scores)):
        if before and found > LARGEST_GROWTH * before:
            times = f"{found / before:.1f} times the {before:,}"
            yield Finding(f"{found:,} {title}, {times} of the last {BASELINE_EDITIONS} good editions")


def benchmark_lost(new: Candidate) -> Iterator[Finding]:
    """Find benchmarks, categories or tasks that disappeared; an edition with other items can have other ones."""
    if not new.past_statistics or new.past_statistics[-1].edition != new.statistics.edition:
        return
    before = new.past_statistics[-1]
    lost = [
        name
        for name, count in before.benchmarks.items()
        if count >= SMALLEST_BENCHMARK and name not in new.statistics.benchmarks
    ]
    if not lost:
        return
    if _is_main_alone(new, new.statistics) and _has_main(before):
        sentence = f"this edition has its main category alone, without the other {len(lost)}"
        yield Finding(sentence, action=Action.NOTE)
        return
    yield _minor_if_few(lost, new, f"{list_examples(lost)} {'is' if len(lost) == 1 else 'are'} gone")


def nulls(new: Candidate) -> Iterator[Finding]:
    """Find columns whose share of empty cells grew by more than five percentage points.

    A column that no rank needs stays at its last good values, or is only reported when it is no column of the entries.
    """
    if (baseline := new.baseline) is None:
        return
    for column, share in new.statistics.nulls.items():
        before = baseline.nulls.get(column, 0.0)
        if share > before + LARGEST_NULL_GROWTH:
            sentence = f"`{column}` is empty in {share:.0%} of rows; before, it was empty in {before:.0%}"
            yield _null_finding(new, column, sentence)


def _null_finding(new: Candidate, column: str, sentence: str) -> Finding:
    if column in NEEDED:
        return Finding(sentence)
    table, _, fact = column.partition(".")
    if table == "entries" and fact in schema.ENTRIES and _is_emptied(new, fact):
        return Finding(f"{sentence}; its last good values stay", action=Action.HOLD, hold=Hold(facts=frozenset({fact})))
    return Finding(sentence, action=Action.NOTE)


def _is_emptied(new: Candidate, fact: str) -> bool:
    """Return whether known models lost the fact; new models without it are no fault, and have no last good value."""
    if new.last_good is None:
        return False
    before = new.last_good.entries.select("raw_name", before=fact).drop_nulls("before")
    known = new.parsed.entries.select("raw_name", now=fact).join(before, on="raw_name")
    return known["now"].null_count() > max(SMALL_LOSS, LARGEST_NULL_GROWTH * known.height)


def _minor_if_few(benchmarks: Sequence[str], new: Candidate, sentence: str) -> Finding:
    """Return the finding, only a note when the source is unranked and `benchmarks` are at most 1 % of all."""
    is_minor = not new.source.in_rank and len(benchmarks) <= len(new.statistics.benchmarks) // 100
    return Finding(sentence, action=Action.NOTE if is_minor else None)
