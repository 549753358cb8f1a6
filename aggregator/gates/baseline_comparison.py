"""A first edition beside the shipped baseline of its leaderboard: which of the known models, scores and facts it has."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from aggregator.gates import edition_summary as summary
from aggregator.gates.reference import Reference
from aggregator.gates.verdict import WORST_ROWS, Change
from aggregator.model import Parsed, RankRule, Source

YEAR = 365.25
"""Days."""
LEAST_SPREAD = 1e-4
"""A benchmark whose standard deviation is a smaller part of its mean has only equal scores, up to their decimals."""
LARGEST_CUT = 0.5
"""Where the bundled sample has a larger share of the leaderboard, its copies are compared like the leaderboard."""
SAMPLE_SIZES = 1.1
"""A changed copy of the bundled sample has at most this many times its models."""
SAMPLE_NAMES = 2 / 3
"""And at least this share of its names. Half of the Arena's names are in the sample."""


@dataclass(frozen=True)
class Comparison:
    """A first edition and the baseline that it is compared with."""

    source: Source
    parsed: Parsed
    """The rows of the new edition."""
    edition: str | None
    """The newest edition that its benchmarks state."""
    today: date
    reference: Reference

    @property
    def title(self) -> str:
        """The baseline in words, with its date."""
        return f"the shipped baseline of {self.reference.published_on or self.reference.day}"

    @property
    def is_ended(self) -> bool:
        """Whether the leaderboard had ended on the day of the baseline: then nothing may change."""
        frozen_on = self.source.frozen_on
        return frozen_on is not None and frozen_on <= self.reference.day

    @property
    def is_older(self) -> bool:
        """Whether the new edition states an earlier date than the recorded one."""
        return bool(self._dates and self._dates[0] < self._dates[1])

    @property
    def is_renewed(self) -> bool:
        """Whether it has other test items, and with them other models, than the recorded edition."""
        return self.edition != self.reference.edition

    @property
    def is_newer_refit(self) -> bool:
        """Whether all scores were fitted again since the recorded edition, so that all of them moved."""
        return self.source.is_refitted and bool(self._dates and self._dates[0] > self._dates[1])

    @cached_property
    def is_same_edition(self) -> bool:
        """Whether it has the date of the recorded edition, or, without dates, no name that is unknown there."""
        if self._dates:
            return self._dates[0] == self._dates[1]
        return self.keys.join(self.reference.names, on="key", how="anti").is_empty()

    @property
    def _dates(self) -> tuple[date, date] | None:
        now, recorded = self.parsed.published_on, self.reference.published_on
        return None if now is None or recorded is None else (now, recorded)

    @property
    def age(self) -> float:
        """Years from the baseline to the new edition."""
        until = self.parsed.published_on or self.today
        return max((until - self.reference.day).days, 0) / YEAR

    @cached_property
    def keys(self) -> pl.DataFrame:
        """`(raw_name, key)` of the models with a score in the new edition."""
        return summary.key_frame(self.parsed.scores["raw_name"].unique())

    @property
    def known(self) -> pl.DataFrame:
        """The rows of `keys` whose names the baseline has."""
        return self.keys.join(self.reference.names, on="key", how="semi")

    @cached_property
    def scores(self) -> pl.DataFrame:
        """`(benchmark, raw_name, score, key)` of the new edition, with the leaderboard's own score and rank."""
        return summary.all_scores(self.parsed).join(self.keys, on="raw_name")

    @cached_property
    def comparable(self) -> pl.DataFrame:
        """The rows of `reference.benchmarks` whose items are still the same and whose scores differ at all."""
        now = self.parsed.benchmarks.select("benchmark", edition_now="edition")
        found = self.reference.benchmarks.join(now, on="benchmark", how="left")
        is_own = pl.col("benchmark").is_in([summary.BOARD_SCORE, summary.BOARD_RANK])
        is_same = pl.col("edition").eq_missing(pl.col("edition_now"))
        # Win rates are computed from the scores, and a tie that ends moves them.
        is_own_comparable = not self.is_renewed and self.source.rank_rule is not RankRule.WIN_RATE
        is_comparable = pl.when(is_own).then(pl.lit(is_own_comparable)).otherwise(is_same)
        is_spread = pl.col("spread") > LEAST_SPREAD * pl.col("mean").abs()
        return found.filter(is_comparable & is_spread).drop("edition_now")

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """The scores of anchors in both: `(benchmark, raw_name, before, now, spread, step)`.

        `step` is the change in standard deviations of the benchmark. Ranks are left out unless the edition is the same:
        they move with every new model.
        """
        spreads = self.comparable.select("benchmark", "spread")
        found = (
            self.reference.anchors.rename({"score": "before"})
            .join(self.scores.rename({"score": "now"}), on=["benchmark", "key"])
            .join(spreads, on="benchmark")
            .with_columns(step=(pl.col("now") - pl.col("before")) / pl.col("spread"))
        )
        if not (self.is_same_edition or self.is_ended):
            found = found.filter(pl.col("benchmark") != summary.BOARD_RANK)
        return found.select("benchmark", "raw_name", "before", "now", "spread", "step")

    @cached_property
    def missing(self) -> pl.DataFrame:
        """`(benchmark, raw_name)` of the recorded scores of known anchors that the new edition does not have."""
        is_score = ~pl.col("benchmark").is_in([summary.BOARD_SCORE, summary.BOARD_RANK])
        recorded = self.reference.anchors.filter(is_score).join(self.keys, on="key")
        if self.is_renewed:
            return recorded.clear().select("benchmark", "raw_name")
        return recorded.join(self.scores, on=["benchmark", "key"], how="anti").select("benchmark", "raw_name")

    @cached_property
    def facts(self) -> pl.DataFrame:
        """The facts that the baseline knows of anchors in both: `(fact, raw_name, before, now)`, hashes; `now` may be null."""
        values = summary.fact_values(self.parsed.entries)
        now = values.with_columns(now=summary.value_hashes(values["value"])).drop("value")
        known = self.reference.facts.join(self.keys, on="key").select("fact", "raw_name", before="value")
        return known.join(now, on=["fact", "raw_name"], how="left")

    def worst(self, pairs: pl.DataFrame) -> tuple[Change, ...]:
        """Return the rows of `pairs` with the largest steps."""
        rows = pairs.sort(-pl.col("step").abs(), "benchmark", "raw_name").head(WORST_ROWS)
        return tuple(
            Change(name, benchmark, f"{before:.6g}", f"{now:.6g}")
            for name, benchmark, before, now in rows.select("raw_name", "benchmark", "before", "now").iter_rows()
        )


def compare_with_baseline(found: Comparison) -> Comparison | None:
    """Return the comparison, or None when the edition is of a night before the baseline or a copy of the bundled sample."""
    return None if found.today < found.reference.day or _is_cut_like_sample(found) else found


def _is_cut_like_sample(found: Comparison) -> bool:
    """Return whether the edition is a small part of the leaderboard, and that part which the bundled sample has."""
    sample = found.reference.names.filter("in_sample")
    if sample.height > LARGEST_CUT * found.reference.names.height or found.keys.height > SAMPLE_SIZES * sample.height:
        return False
    return found.keys.join(sample, on="key", how="semi").height >= SAMPLE_NAMES * found.keys.height
