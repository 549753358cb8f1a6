"""Open LLM Leaderboard v1: six benchmarks of one harness on open models, 2023-05 to 2024-06."""

from collections.abc import Mapping
from datetime import date

import dataframely as dy
import polars as pl

from aggregator import schema
from aggregator.model import Parsed, RankRule, Source, Track
from aggregator.sources import open_llm, wire
from aggregator.sources.hub import dataset_file

ID = "open_llm_v1"
FILE = dataset_file(
    "contents", "open-llm-leaderboard-old/contents", "data/train-00000-of-00001-96886cb34a7bc800.parquet", max_mib=64
)

BENCHMARKS = {
    "arc": ("ARC", "normalised accuracy, 25-shot", 25.0),
    "hellaswag": ("HellaSwag", "normalised accuracy, 10-shot", 25.0),
    "mmlu": ("MMLU", "accuracy, 5-shot", 25.0),
    "truthfulqa": ("TruthfulQA", "mc2, 0-shot", None),
    "winogrande": ("Winogrande", "accuracy, 5-shot", 50.0),
    "gsm8k": ("GSM8K", "exact match, 5-shot", 0.0),
}
"""Column, metric and the score of a guesser; TruthfulQA's questions differ in their number of choices."""

LEAST_AVERAGE = 10.0

COLUMNS = [title for title, _, _ in BENCHMARKS.values()]


class Row(open_llm.OpenLlmRow):
    """The columns used; all scores are plain accuracies from 0 to 100."""

    arc = open_llm.percentage("ARC", nullable=True)
    hellaswag = open_llm.percentage("HellaSwag", nullable=True)
    mmlu = open_llm.percentage("MMLU", nullable=True)
    truthfulqa = open_llm.percentage("TruthfulQA", nullable=True)
    winogrande = open_llm.percentage("Winogrande", nullable=True)
    gsm8k = open_llm.percentage("GSM8K", nullable=True)
    submitted = wire.text("date")

    @dy.rule()
    def average_is_not_the_mean_of_the_six_scores(cls) -> pl.Expr:
        """Hold `Average ⬆️` against the mean of the six scores."""
        return open_llm.average_agrees(COLUMNS)

    @dy.rule()
    def average_is_far_below_a_guess(cls) -> pl.Expr:
        """Hold `Average ⬆️` against a guesser's, about 28: a board of fractions is far below it."""
        return pl.col("Average ⬆️") >= LEAST_AVERAGE


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the board's table; raises `SourceError`."""
    sheet = wire.read_parquet(
        ID,
        FILE.path,
        files[FILE.name],
        Row,
        name="fullname",
        ignored=(*open_llm.UNUSED_COLUMNS, "Maintainers Choice"),
    )
    wire.require_rows(ID, FILE.path, sheet, SOURCE.min_rows)
    inverted = flags_are_inverted(sheet.rows)
    runs = open_llm.best_runs(sheet.rows, wire.day("date"))
    published_on = sheet.rows.select(wire.day("date").max()).item()
    flag = {name: ~pl.col(column) if inverted else pl.col(column) for name, column in FLAGS.items()}
    entries = schema.frame(
        schema.ENTRIES,
        runs.select(
            source=pl.lit(ID),
            **open_llm.common_facts(),
            **flag,
            submitted_on=wire.day("date"),
            published_on=pl.lit(published_on),
        ),
    )
    turned = ("`Flagged`, `Merged` and `MoE` are inverted in this file; they were turned back",) if inverted else ()
    return Parsed(
        entries=entries,
        scores=_scores(runs, published_on),
        benchmarks=open_llm.benchmark_table(SOURCE, BENCHMARKS, scale_high=100.0),
        rows_read=sheet.read,
        accepted=wire.count_by_name(runs["fullname"]),
        rows_duplicate=sheet.rows.height - runs.height,
        quarantined=sheet.quarantined,
        published_on=published_on,
        warnings=(*sheet.warnings, *turned),
    )


FLAGS = {"flagged": "Flagged", "merged": "Merged", "moe": "MoE"}


def flags_are_inverted(rows: pl.DataFrame) -> bool:
    """Say whether the file writes "not flagged" where it says `Flagged`, as every UI export does.

    A board on which most models are flagged for misconduct does not exist, so the majority decides.
    """
    flagged = rows["Flagged"].mean()
    return isinstance(flagged, float) and flagged > 0.5


def _scores(runs: pl.DataFrame, published_on: date | None) -> pl.DataFrame:
    return pl.concat(
        schema.frame(
            schema.SCORES,
            runs.select(
                source=pl.lit(ID),
                benchmark=pl.lit(f"{ID}/{benchmark}"),
                raw_name="fullname",
                score=title,
                published_on=pl.lit(published_on),
            ).drop_nulls("score"),
        )
        for benchmark, (title, _, _) in BENCHMARKS.items()
    )


SOURCE = Source(
    id=ID,
    title="Open LLM Leaderboard v1",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="mean of six accuracies, 0–100",
    homepage="https://huggingface.co/spaces/open-llm-leaderboard-old/open_llm_leaderboard",
    license="none declared",
    citation="Beeching, Fourrier, Habib, Han, Lambert, Rajani, Sanseviero, Tunstall, Wolf: Open LLM Leaderboard. Hugging Face, 2023.",
    resources=(FILE,),
    parse=parse,
    frozen_on=date(2024, 6, 26),
    min_rows=20,
)
