"""Open LLM Leaderboard v1: six benchmarks of one harness on open models, 2023-05 to 2024-06."""

from collections.abc import Mapping
from datetime import date
from functools import partial

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Parsed, RankRule, Source, Track
from aggregator.sources import open_llm, wire
from aggregator.sources.board import Benchmark
from aggregator.sources.hub import dataset_file

FILE = dataset_file(
    "contents", "open-llm-leaderboard-old/contents", "data/train-00000-of-00001-96886cb34a7bc800.parquet", max_mib=64
)
HOMEPAGE = "https://huggingface.co/spaces/open-llm-leaderboard-old/open_llm_leaderboard"
LEAST_AVERAGE = 10.0
"""Random answers have an average of about 28 %."""


def _benchmark(title: str, domain: Domain, metric: str, *, n_items: int, chance: float | None = None) -> Benchmark:
    name = title.lower()
    test_set = TEST_SETS.get(name, name)
    items = partial(Benchmark, chance=chance, n_items=n_items, test_set=test_set, url=HOMEPAGE)
    return items(name, title, domain, metric, title)


TEST_SETS = {"arc": "arc_challenge"}
# The questions of TruthfulQA differ in their number of choices, so it has no score of random answers.
BENCHMARKS = (
    _benchmark("ARC", Domain.KNOWLEDGE, "normalised accuracy, 25-shot", chance=25.0, n_items=1172),
    _benchmark("HellaSwag", Domain.REASONING, "normalised accuracy, 10-shot", chance=25.0, n_items=10042),
    _benchmark("MMLU", Domain.KNOWLEDGE, "accuracy, 5-shot", chance=25.0, n_items=14042),
    _benchmark("TruthfulQA", Domain.FACTUALITY, "mc2, 0-shot", n_items=817),
    _benchmark("Winogrande", Domain.REASONING, "accuracy, 5-shot", chance=50.0, n_items=1267),
    _benchmark("GSM8K", Domain.MATH, "exact match, 5-shot", chance=0.0, n_items=1319),
)
COLUMNS = [benchmark.score_column for benchmark in BENCHMARKS]
FLAGS = {"flagged": "Flagged", "merged": "Merged", "moe": "MoE"}


class Row(open_llm.OpenLlmRow):
    """The used columns; all scores are plain accuracies from 0 to 100."""

    arc = open_llm.percentage("ARC", nullable=True)
    hellaswag = open_llm.percentage("HellaSwag", nullable=True)
    mmlu = open_llm.percentage("MMLU", nullable=True)
    truthfulqa = open_llm.percentage("TruthfulQA", nullable=True)
    winogrande = open_llm.percentage("Winogrande", nullable=True)
    gsm8k = open_llm.percentage("GSM8K", nullable=True)
    submitted = wire.text("date")

    @dy.rule()
    def average_is_not_the_mean_of_the_six_scores(cls) -> pl.Expr:
        """Compare `Average ⬆️` with the mean of the six scores."""
        return open_llm.average_agrees(COLUMNS)

    @dy.rule()
    def average_is_far_below_a_guess(cls) -> pl.Expr:
        """Compare `Average ⬆️` with that of random answers: fractions in place of percentages are far below it."""
        return pl.col("Average ⬆️") >= LEAST_AVERAGE


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the board's table; raises `SourceError`."""
    sheet = open_llm.read_board(SOURCE, files, Row, ignored=("Maintainers Choice",))
    is_inverted = are_flags_inverted(sheet.rows)
    flags = {name: ~pl.col(column) if is_inverted else pl.col(column) for name, column in FLAGS.items()}
    warning = "`Flagged`, `Merged` and `MoE` are inverted in this file; they were turned back"
    warnings = (warning,) if is_inverted else ()
    return open_llm.parsed(SOURCE, sheet, BENCHMARKS, flags, submitted="date", warnings=warnings)


def are_flags_inverted(rows: pl.DataFrame) -> bool:
    """Return whether `Flagged` means "not flagged", as in every export of the site.

    No board has most of its models flagged for misconduct, so the majority decides.
    """
    flagged = rows["Flagged"].mean()
    return isinstance(flagged, float) and flagged > 0.5


SOURCE = Source(
    id="open_llm_v1",
    title="Open LLM Leaderboard v1",
    short_title="Open LLM v1",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="mean of six accuracies, 0–100",
    homepage=HOMEPAGE,
    license="none declared",
    citation="Beeching, Fourrier, Habib, Han, Lambert, Rajani, Sanseviero, Tunstall, Wolf: Open LLM Leaderboard. Hugging Face, 2023.",
    resources=(FILE,),
    parse=parse,
    frozen_on=date(2024, 6, 26),
    min_rows=20,
    group="open_llm",
)
