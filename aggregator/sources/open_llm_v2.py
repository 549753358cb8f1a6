"""Open LLM Leaderboard v2: six benchmarks of one harness on open models, 2024-06 to 2025-03."""

from collections.abc import Mapping
from datetime import date

import dataframely as dy
import polars as pl

from aggregator import schema
from aggregator.model import Parsed, RankRule, Source, Track
from aggregator.sources import open_llm, wire
from aggregator.sources.hub import dataset_file

ID = "open_llm_v2"
FILE = dataset_file("contents", "open-llm-leaderboard/contents", "data/train-00000-of-00001.parquet", max_mib=64)

BENCHMARKS = {
    "ifeval": ("IFEval", "strict accuracy of following instructions", 0.0),
    "bbh": ("BBH", "normalised accuracy", None),
    "math": ("MATH Lvl 5", "exact match", 0.0),
    "gpqa": ("GPQA", "normalised accuracy", 0.25),
    "musr": ("MUSR", "normalised accuracy", None),
    "mmlu_pro": ("MMLU-PRO", "accuracy", 0.1),
}
"""Column, metric and the score of a guesser; BBH and MuSR mix subtasks with different numbers of choices."""

RAW_TOLERANCE = 0.05
"""The board computes with full precision; this allows for an edition that rounds to one decimal."""

NORMALIZED = [title for title, _, _ in BENCHMARKS.values()]


class Row(open_llm.OpenLlmRow):
    """The columns used; scores are on 0–1 where named `Raw` and on 0–100 with a guesser at 0 otherwise."""

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
        """Hold `Average ⬆️` against the mean of the six normalised scores."""
        return open_llm.average_agrees(NORMALIZED)

    @dy.rule()
    def score_is_not_what_its_raw_score_gives(cls) -> pl.Expr:
        """Hold each normalised score against its raw one, so that a change of unit in either is seen.

        Normalised is `100 · (raw - chance) / (1 - chance)`, at least 0. Where subtasks differ in their
        chance, only the bound of no chance at all is known.
        """
        return pl.all_horizontal(
            _normalized_agrees(f"{title} Raw", title, chance) for title, _, chance in BENCHMARKS.values()
        )


def _normalized_agrees(raw: str, normalized: str, chance: float | None) -> pl.Expr:
    most = 100 * ((pl.col(raw) - (chance or 0.0)) / (1 - (chance or 0.0))).clip(0, 1)
    above = pl.col(normalized) - most
    return above <= RAW_TOLERANCE if chance is None else above.abs() <= RAW_TOLERANCE


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the board's table; raises `SourceError`."""
    sheet = wire.read_parquet(
        ID,
        FILE.path,
        files[FILE.name],
        Row,
        name="fullname",
        ignored=(
            *open_llm.UNUSED_COLUMNS,
            "CO₂ cost (kg)",
            "Official Providers",
            "Generation",
            "Maintainer's Highlight",
        ),
    )
    wire.require_rows(ID, FILE.path, sheet, SOURCE.min_rows)
    runs = open_llm.best_runs(sheet.rows, wire.day("Submission Date"))
    published_on = sheet.rows.select(wire.day("Submission Date").max()).item()
    entries = schema.frame(
        schema.ENTRIES,
        runs.select(
            source=pl.lit(ID),
            **open_llm.common_facts(),
            base_models=pl.concat_list(wire.blank_to_null("Base Model")),
            flagged="Flagged",
            merged="Merged",
            moe="MoE",
            released_on=wire.day("Upload To Hub Date"),
            submitted_on=wire.day("Submission Date"),
            published_on=pl.lit(published_on),
        ),
    )
    return Parsed(
        entries=entries,
        scores=_scores(runs, published_on),
        benchmarks=open_llm.benchmark_table(SOURCE, BENCHMARKS, scale_high=1.0),
        rows_read=sheet.read,
        accepted=wire.count_by_name(runs["fullname"]),
        rows_duplicate=sheet.rows.height - runs.height,
        quarantined=sheet.quarantined,
        published_on=published_on,
        warnings=sheet.warnings,
    )


def _scores(runs: pl.DataFrame, published_on: date | None) -> pl.DataFrame:
    """Return both scales of each benchmark side by side."""
    return pl.concat(
        schema.frame(
            schema.SCORES,
            runs.select(
                source=pl.lit(ID),
                benchmark=pl.lit(f"{ID}/{benchmark}"),
                raw_name="fullname",
                score=f"{title} Raw",
                score_normalized=title,
                published_on=pl.lit(published_on),
            ),
        )
        for benchmark, (title, _, _) in BENCHMARKS.items()
    )


SOURCE = Source(
    id=ID,
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
