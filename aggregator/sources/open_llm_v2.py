"""Open LLM Leaderboard v2: six benchmarks of one harness on open models, 2024-06 to 2025-03."""

from collections.abc import Mapping
from datetime import date
from functools import partial

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Parsed, RankRule, Source, Track
from aggregator.sources import open_llm, wire
from aggregator.sources.board import Benchmark
from aggregator.sources.hub import dataset_file

FILE = dataset_file("contents", "open-llm-leaderboard/contents", "data/train-00000-of-00001.parquet", max_mib=64)
HOMEPAGE = "https://huggingface.co/spaces/open-llm-leaderboard/open_llm_leaderboard"
RAW_TOLERANCE = 0.05
"""The board computes with full precision; this tolerates an edition that rounds to one decimal."""
SUBTASKS_DIFFER = ("BBH", "MUSR")
"""Benchmarks whose subtasks have different scores of random answers; `chance` is their mean."""


def _benchmark(name: str, title: str, domain: Domain, metric: str, *, chance: float, n_items: int) -> Benchmark:
    """Declare a benchmark: raw scores from 0 to 1, with a normalized score beside them."""
    columns, test_set = {"score_normalized": title}, TEST_SETS.get(name, name)
    items = partial(Benchmark, chance=chance, n_items=n_items, test_set=test_set, url=HOMEPAGE)
    return items(name, title, domain, metric, f"{title} Raw", high=1.0, columns=columns)


TEST_SETS = {"math": "math_level_5", "gpqa": "gpqa_all"}
IFEVAL = "strict accuracy of following instructions"
BENCHMARKS = (
    _benchmark("ifeval", "IFEval", Domain.INSTRUCTION_FOLLOWING, IFEVAL, chance=0.0, n_items=541),
    _benchmark("bbh", "BBH", Domain.REASONING, "normalised accuracy", chance=0.29, n_items=5761),
    _benchmark("math", "MATH Lvl 5", Domain.MATH, "exact match", chance=0.0, n_items=1324),
    _benchmark("gpqa", "GPQA", Domain.KNOWLEDGE, "normalised accuracy", chance=0.25, n_items=1192),
    _benchmark("musr", "MUSR", Domain.REASONING, "normalised accuracy", chance=0.34, n_items=756),
    _benchmark("mmlu_pro", "MMLU-PRO", Domain.KNOWLEDGE, "accuracy", chance=0.1, n_items=12032),
)
NORMALIZED = [benchmark.title for benchmark in BENCHMARKS]


class Row(open_llm.OpenLlmRow):
    """The used columns: `… Raw` scores from 0 to 1, and normalized scores from 0 (random answers) to 100."""

    ifeval_raw, ifeval = open_llm.fraction("IFEval Raw"), open_llm.percentage("IFEval")
    bbh_raw, bbh = open_llm.fraction("BBH Raw"), open_llm.percentage("BBH")
    math_raw, math = open_llm.fraction("MATH Lvl 5 Raw"), open_llm.percentage("MATH Lvl 5")
    gpqa_raw, gpqa = open_llm.fraction("GPQA Raw"), open_llm.percentage("GPQA")
    musr_raw, musr = open_llm.fraction("MUSR Raw"), open_llm.percentage("MUSR")
    mmlu_pro_raw, mmlu_pro = open_llm.fraction("MMLU-PRO Raw"), open_llm.percentage("MMLU-PRO")
    uploaded = wire.text("Upload To Hub Date", decorative=True)
    submitted = wire.text("Submission Date")
    base_model = wire.text("Base Model", decorative=True)

    @dy.rule()
    def average_is_not_the_mean_of_the_six_scores(cls) -> pl.Expr:
        """Compare `Average ⬆️` with the mean of the six normalized scores."""
        return open_llm.average_agrees(NORMALIZED)

    @dy.rule()
    def score_is_not_what_its_raw_score_gives(cls) -> pl.Expr:
        """Compare each normalized score with its raw one, so that a change of unit in either is noticed.

        Normalized is `100 · (raw - chance) / (1 - chance)`, at least 0. Where subtasks differ in their chance, only
        the bound for a chance of 0 is known.
        """
        return pl.all_horizontal(_normalized_agrees(benchmark) for benchmark in BENCHMARKS)


def _normalized_agrees(benchmark: Benchmark) -> pl.Expr:
    is_bound = benchmark.title in SUBTASKS_DIFFER
    chance = 0.0 if is_bound else benchmark.chance or 0.0
    most = 100 * ((pl.col(benchmark.score_column) - chance) / (1 - chance)).clip(0, 1)
    above = pl.col(benchmark.title) - most
    return above <= RAW_TOLERANCE if is_bound else above.abs() <= RAW_TOLERANCE


UNUSED_COLUMNS = ("CO₂ cost (kg)", "Official Providers", "Generation", "Maintainer's Highlight")
FLAGS = {"flagged": "Flagged", "merged": "Merged", "moe": "MoE"}


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the board's table; raises `SourceError`."""
    sheet = open_llm.read_board(SOURCE, files, Row, ignored=UNUSED_COLUMNS)
    bases = pl.concat_list(wire.blank_to_null("Base Model"))
    facts: dict[str, pl.Expr | str] = {"base_models": bases, "released_on": wire.day("Upload To Hub Date"), **FLAGS}
    return open_llm.parsed(SOURCE, sheet, BENCHMARKS, facts, submitted="Submission Date")


SOURCE = Source(
    id="open_llm_v2",
    title="Open LLM Leaderboard v2",
    short_title="Open LLM v2",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="mean of six normalised scores, 0–100",
    homepage=HOMEPAGE,
    license="none declared",
    citation="Fourrier, Habib, Lozovskaya, Szafer, Wolf: Open LLM Leaderboard v2. Hugging Face, 2024.",
    resources=(FILE,),
    parse=parse,
    frozen_on=date(2025, 3, 13),
    min_rows=20,
    group="open_llm",
)
