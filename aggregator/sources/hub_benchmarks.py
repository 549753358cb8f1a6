"""The Hub's benchmark leaderboards: a table of all of them, and the answers of the Hub's API, one per benchmark.

Every column `<benchmark>_score` of the table and every dataset of the API is a benchmark. One that is not declared here
is read, with a warning, and enters no rank. The table does not state who measured: its scores count as self-reported;
the API states it and comes first. `aggregate_score`, a mean over whatever is present, is only a check of the row.
"""

from collections.abc import Mapping

import dataframely as dy
import polars as pl
import polars.selectors as cs

from aggregator.model import NO_LICENSE, Domain, MeasuredBy, Parsed, RankRule, Source, Track
from aggregator.sources import hub_results, tables, wire
from aggregator.sources.board import one_row_per_name
from aggregator.sources.cells import build_from_scores, scores_of
from aggregator.sources.decoration import DECORATIVE
from aggregator.sources.hub import dataset_file, linked_model_id
from aggregator.sources.hub_results import LIVE, declare
from aggregator.sources.parquet import parquet_table

ID, NAME, END, MEAN, COUNT = "hub_benchmarks", "model_name", "_score", "aggregate_score", "coverage_count"
FILE = dataset_file("table", "OpenEvals/leaderboard-data", "data/train-00000-of-00001.parquet", max_mib=16)
BENCHMARKS = (
    declare("aime2026", "AIME 2026", "MathArena/aime_2026", Domain.MATH, 0, 30),
    declare("evasionBench", "EvasionBench", "FutureMa/EvasionBench", Domain.OTHER),
    declare("gpqa", "GPQA diamond", "Idavidrein/gpqa", Domain.KNOWLEDGE, 25, 198, "gpqa_diamond"),
    declare("gsm8k", "GSM8K", "openai/gsm8k", Domain.MATH, 0, 1319, "gsm8k"),
    declare("hle", "Humanity's Last Exam", "cais/hle", Domain.KNOWLEDGE, None, 2500, "hle"),
    declare("hmmt2026", "HMMT February 2026", "MathArena/hmmt_feb_2026", Domain.MATH, 0, 33),
    declare("mmluPro", "MMLU-Pro", "TIGER-Lab/MMLU-Pro", Domain.KNOWLEDGE, 10, 12032, "mmlu_pro"),
    declare("olmOcr", "olmOCR-bench", "allenai/olmOCR-bench", Domain.VISION),
    declare("swePro", "SWE-bench Pro", "ScaleAI/SWE-bench_Pro", Domain.AGENTS, 0, 731),
    declare(
        "sweVerified",
        "SWE-bench Verified",
        "SWE-bench/SWE-bench_Verified",
        Domain.AGENTS,
        0,
        500,
        "swe_bench_verified",
    ),
    declare("terminalBench", "Terminal-Bench 2", "harborframework/terminal-bench-2.0", Domain.AGENTS, 0, 89),
)
KNOWN = {found.name: found for found in BENCHMARKS}
DECLARED = [found.score_column for found in BENCHMARKS]
ROUNDING = 0.0101
NOT_USED = ("model_id", "provider", "license", "context_window", "modality", "architecture", "coverage_percent")


class Row(wire.Wire):
    """The used columns; each benchmark adds one."""

    model = wire.name_column(alias=NAME)
    model_type = wire.text(decorative=True)
    parameters = dy.Float64(alias="parameters_billions", nullable=True, min=0, metadata=DECORATIVE)
    mean = dy.Float64(alias=MEAN)
    count = dy.Int64(alias=COUNT, min=1)

    @dy.rule()
    def aggregate_score_is_not_the_mean_of_the_scores(cls) -> pl.Expr:
        """Find rows with a score in another unit; the mean may leave out benchmarks that are not declared here."""
        means = (pl.mean_horizontal(cs.ends_with(END) - cs.by_name(MEAN)), pl.mean_horizontal(DECLARED))
        return pl.any_horizontal([((mean - pl.col(MEAN)).abs() < ROUNDING).fill_null(value=False) for mean in means])


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the table and the answers of the API; raises `SourceError`."""
    table = parquet_table(ID, FILE.path, files[FILE.name])
    scored = [name for name in table.columns if name.endswith(END) and name != MEAN and table.schema[name].is_numeric()]
    columns = {name: dy.Float64(nullable=True, min=0, max=100) for name in DECLARED}
    columns |= {name: dy.Float64(nullable=True) for name in scored if name not in DECLARED}
    sheet = wire.read_table(ID, FILE.path, table, wire.with_columns(Row, columns), name=NAME, ignored=NOT_USED)
    wire.require_rows(ID, FILE.path, sheet, SOURCE.min_rows)
    rows = one_row_per_name(sheet.rows, NAME, best=COUNT)
    found = {name: KNOWN.get(name) or hub_results.new(name) for name in (c.removesuffix(END) for c in columns)}
    live = hub_results.read_all(ID, files, found)
    return build_from_scores(
        ID,
        [sheet, *live.sheets],
        [*live.scores, *(scores_of(ID, sheet, benchmark, rows, name=NAME) for benchmark in found.values())],
        list((found | live.benchmarks).values()),
        facts={
            "hf_id": linked_model_id(pl.col("raw_name")),
            "organization": tables.namespace_of(pl.col("raw_name")),
            "open_weights": pl.col("model_type") == "open",
            "params_b": pl.when(pl.col("parameters_billions") > 0).then("parameters_billions"),
        },
        models=rows.rename({NAME: "raw_name"}),
        published_on=None,
        accepted=tables.count_by_name(rows[NAME], *(scores["raw_name"] for scores in live.scores)),
        warnings=[hub_results.warning(name) for name in (found | live.benchmarks) if name not in KNOWN],
    )


SOURCE = Source(
    id=ID,
    title="Hugging Face benchmark leaderboards",
    short_title="Hub benchmarks",
    track=Track.LLM,
    rank_rule=RankRule.WIN_RATE,
    score_unit="mean win rate over the benchmarks, 0–1",
    homepage="https://huggingface.co/datasets?benchmark=benchmark:official",
    license=NO_LICENSE,
    citation="Hugging Face: Benchmark leaderboards of the Hub (OpenEvals/leaderboard-data), 2026.",
    resources=(FILE, LIVE),
    parse=parse,
    min_rows=10,
    measured_by=MeasuredBy.SELF_REPORTED,
)
