"""Open LLM Leaderboard v2: six benchmarks of one harness on open models, 2024-06 to 2025-03."""

from collections.abc import Mapping
from datetime import date

import dataframely as dy
import polars as pl

from aggregator.model import Parsed, RankRule, Source, Track
from aggregator.sources import open_llm, wire
from aggregator.sources.hub import dataset_file

FILE = dataset_file("contents", "open-llm-leaderboard/contents", "data/train-00000-of-00001.parquet", max_mib=64)

BENCHMARKS: open_llm.Benchmarks = {
    "ifeval": ("IFEval", "strict accuracy of following instructions", 0.0),
    "bbh": ("BBH", "normalised accuracy", None),
    "math": ("MATH Lvl 5", "exact match", 0.0),
    "gpqa": ("GPQA", "normalised accuracy", 0.25),
    "musr": ("MUSR", "normalised accuracy", None),
    "mmlu_pro": ("MMLU-PRO", "accuracy", 0.1),
}
"""BBH and MuSR have no score of random answers: their subtasks differ in their number of choices."""

RAW_TOLERANCE = 0.05
"""The board computes with full precision; this tolerates an edition that rounds to one decimal."""

NORMALIZED = [column for column, _, _ in BENCHMARKS.values()]


class Row(open_llm.OpenLlmRow):
    """The used columns: `… Raw` scores from 0 to 1, and normalized scores from 0 (random answers) to 100."""

    ifeval_raw = dy.Float64(alias="IFEval Raw", min=0, max=1)
    ifeval = open_llm.percentage("IFEval")
    bbh_raw = dy.Float64(alias="BBH Raw", min=0, max=1)
    bbh = open_llm.percentage("BBH")
    math_raw = dy.Float64(alias="MATH Lvl 5 Raw", min=0, max=1)
    math = open_llm.percentage("MATH Lvl 5")
    gpqa_raw = dy.Float64(alias="GPQA Raw", min=0, max=1)
    gpqa = open_llm.percentage("GPQA")
    musr_raw = dy.Float64(alias="MUSR Raw", min=0, max=1)
    musr = open_llm.percentage("MUSR")
    mmlu_pro_raw = dy.Float64(alias="MMLU-PRO Raw", min=0, max=1)
    mmlu_pro = open_llm.percentage("MMLU-PRO")
    uploaded = wire.text("Upload To Hub Date")
    submitted = wire.text("Submission Date")
    base_model = wire.text("Base Model")

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
        return pl.all_horizontal(
            _normalized_agrees(f"{column} Raw", column, chance) for column, _, chance in BENCHMARKS.values()
        )


def _normalized_agrees(raw: str, normalized: str, chance: float | None) -> pl.Expr:
    most = 100 * ((pl.col(raw) - (chance or 0.0)) / (1 - (chance or 0.0))).clip(0, 1)
    above = pl.col(normalized) - most
    return above <= RAW_TOLERANCE if chance is None else above.abs() <= RAW_TOLERANCE


UNUSED_COLUMNS = ("CO₂ cost (kg)", "Official Providers", "Generation", "Maintainer's Highlight")


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the board's table; raises `SourceError`."""
    sheet = open_llm.read_board(SOURCE, files, Row, ignored=UNUSED_COLUMNS)
    facts: dict[str, pl.Expr | str] = {
        "base_models": pl.concat_list(wire.blank_to_null("Base Model")),
        "flagged": "Flagged",
        "merged": "Merged",
        "moe": "MoE",
        "released_on": wire.day("Upload To Hub Date"),
    }
    return open_llm.parsed(
        SOURCE, sheet, BENCHMARKS, facts, submitted="Submission Date", raw_suffix=" Raw", scale_high=1.0
    )


SOURCE = Source(
    id="open_llm_v2",
    title="Open LLM Leaderboard v2",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="mean of six normalised scores, 0–100",
    homepage="https://huggingface.co/spaces/open-llm-leaderboard/open_llm_leaderboard",
    license="none declared",
    citation="Fourrier, Habib, Lozovskaya, Szafer, Wolf: Open LLM Leaderboard v2. Hugging Face, 2024.",
    resources=(FILE,),
    parse=parse,
    frozen_on=date(2025, 3, 13),
    min_rows=20,
)
