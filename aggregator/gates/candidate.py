"""A new edition of one source, and the earlier editions that the gates compare it with."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from aggregator.gates import score_pairs, similarity, statistics
from aggregator.gates.baseline_comparison import Comparison, compare_with_baseline
from aggregator.gates.reference import Reference
from aggregator.gates.statistics import EditionStatistics
from aggregator.gates.verdict import Finding
from aggregator.model import Parsed, RankRule, Source

BASELINE_EDITIONS = 7
"""Number of good editions in the baseline. Compared with yesterday alone, a small loss every day would pass."""


@dataclass(frozen=True)
class Candidate:
    """A new edition of one source, and what it is compared with."""

    source: Source
    parsed: Parsed
    statistics: EditionStatistics
    today: date
    last_good: Parsed | None = None
    """The last good rows; None before the first good edition."""
    past_statistics: Sequence[EditionStatistics] = ()
    """Statistics of the good editions, oldest first."""
    last_retrieved_on: date | None = None
    """The day (UTC) on which the last good files were fetched."""
    abilities: pl.DataFrame | None = None
    """`(raw_name, ability)` of this source's names in the current generation; None when it has none."""
    reference: Reference | None = None
    """The shipped baseline of the source, only without a last good edition and not beside the bundled sample."""

    @property
    def baseline(self) -> EditionStatistics | None:
        """The largest counts of the good editions in `past_nights` with the same items; None before the first one."""
        same = [night for night in self.past_nights if night.edition == self.statistics.edition]
        return statistics.best_of(same) if same else None

    @property
    def past_nights(self) -> Sequence[EditionStatistics]:
        """The statistics of the last `BASELINE_EDITIONS` good editions, oldest first."""
        return self.past_statistics[-BASELINE_EDITIONS:]

    @cached_property
    def comparison(self) -> Comparison | None:
        """The edition beside the shipped baseline; None when it is not compared with one."""
        if self.reference is None or self.last_good is not None:
            return None
        return compare_with_baseline(
            Comparison(self.source, self.parsed, self.statistics.edition, self.today, self.reference)
        )

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """The current scores that both editions have: `(benchmark, raw_name, now, before)`.

        A benchmark that states another edition than before has other items and is left out. Empty without a last good
        edition.
        """
        if self.last_good is None:
            return similarity.pair_scores(self.parsed, self.parsed).clear()
        return similarity.pair_scores(self.parsed, self.last_good)

    @cached_property
    def changes(self) -> pl.DataFrame:
        """The changes of the common scores in standard deviations: `score_pairs.SCHEMA`.

        Without the overall score of a board that states none: a mean win rate follows from the scores, and changes with
        every new model.
        """
        found = score_pairs.pair_changes(self.parsed, self.last_good)
        is_win_rate = self.source.rank_rule is RankRule.WIN_RATE
        return found.filter(pl.col("benchmark") != score_pairs.OVERALL) if is_win_rate else found

    @property
    def days_since_last(self) -> int:
        """The days in which the board can have changed since the last good edition; 0 when they are not known."""
        last = self.last_good.published_on if self.last_good else None
        return score_pairs.days_between(self.today, self.last_retrieved_on, self.parsed.published_on, last)

    @cached_property
    def common_names(self) -> frozenset[str]:
        """The names with a score in both editions."""
        if self.last_good is None:
            return frozenset()
        return frozenset(self.parsed.scores["raw_name"]) & frozenset(self.last_good.scores["raw_name"])


Gate = Callable[[Candidate], Iterator[Finding]]
"""A gate checks one property and yields one finding for each problem."""
