"""Epoch AI's own evaluations: one row per run of a model on a task.

Of several runs of one model on one task the latest is kept, because Epoch repeats a run when it changes the task; the
best of several runs would be too high. The score is that of the best scorer, 0–1; its error stands in a text such as
`choice:0.85±0.02`, rounded to two decimals. A task that is not declared here becomes a benchmark of its own.
"""

from collections.abc import Mapping
from functools import partial

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Kind, Parsed, RankRule, Source, Track
from aggregator.sources import epoch_models, wire
from aggregator.sources.board import Benchmark
from aggregator.sources.cells import build_from_scores, scores_of
from aggregator.sources.csv_table import read_csv
from aggregator.sources.text_numbers import highest_with_error
from aggregator.text_columns import fill_in

ID = "epoch_runs"
FILE = epoch_models.data_file("runs", "benchmarks_runs.csv")
BEST = "Best score (across scorers)"
SLUG = pl.col("task").str.to_lowercase().str.replace_all(r"\W+", "_").str.strip_chars("_")
"""The name of a task's benchmark."""
STATED, ERROR = highest_with_error("Scores")
ROUNDING = 0.006
"""The texts have two decimals, the scores three."""


class Run(wire.Wire):
    """The used columns."""

    model = wire.name_column()
    task = wire.name_column()
    best = dy.Float64(alias=BEST, min=0, max=1)
    scores = wire.text(alias="Scores")
    started_at = wire.text()
    status = wire.text(alias="Status")
    version = wire.text(alias="task version", decorative=True)

    @dy.rule()
    def the_run_did_not_succeed(cls) -> pl.Expr:
        """Find runs that failed or are not finished."""
        return pl.col("Status").eq_missing("Success")

    @dy.rule()
    def the_best_score_is_none_of_the_scores(cls) -> pl.Expr:
        """Find rows whose two columns contradict each other."""
        return ((STATED - pl.col(BEST)).abs() <= ROUNDING).fill_null(value=False)


task = partial(
    Benchmark,
    metric="share of answers that are correct, 0–1",
    column=BEST,
    high=1.0,
    chance=0.0,
    # An error below 0.005 is written as 0.
    columns={"standard_error": pl.when(ERROR > 0).then(ERROR), "setting": fill_in("version={}", "task version")},
)
TASKS = (
    task("gpqa_diamond", "GPQA diamond", Domain.KNOWLEDGE, chance=0.25, n_items=198, test_set="gpqa_diamond"),
    task("math_level_5", "MATH level 5", Domain.MATH, n_items=1324, test_set="math_level_5"),
    task("otis_mock_aime_2024_2025", "OTIS Mock AIME 2024-2025", Domain.MATH, n_items=45),
    task("swe_bench_verified", "SWE-bench Verified", Domain.AGENTS, n_items=484, test_set="swe_bench_verified"),
    task("frontiermath_2025_02_28_private", "FrontierMath", Domain.MATH, n_items=290),
    task("frontiermath_2025_02_28_public", "FrontierMath, public problems", Domain.MATH, n_items=10),
    task("frontiermath_tier_4_2025_07_01_private", "FrontierMath tier 4", Domain.MATH, n_items=48),
    task("frontiermath_tier_4_2025_07_01_public", "FrontierMath tier 4, public problems", Domain.MATH, n_items=2),
)
NOT_USED = ("id", "log viewer", "logs", "job", "Manual evaluation")


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the runs and the list of versions; raises `SourceError`."""
    sheet = read_csv(ID, FILE.path, files[FILE.name], Run, name="model", ignored=NOT_USED)
    wire.require_rows(ID, FILE.path, sheet, SOURCE.min_rows)
    versions, warnings = epoch_models.read_versions(ID, files[epoch_models.VERSIONS.name])
    started = pl.col("started_at").str.to_datetime("%d %B %Y %I:%M%P", strict=False)
    runs = sheet.rows.with_columns(started=started, slug=SLUG)
    newest = runs.sort("started", "task version", BEST, descending=True, nulls_last=True)
    latest = newest.unique(["model", "slug"], keep="first", maintain_order=True)
    titles = dict(latest.sort("slug", "task").select("slug", "task").rows())
    declared = {found.name: found for found in TASKS}
    found = [declared.get(slug, task(slug, title, Domain.GENERAL, chance=None)) for slug, title in titles.items()]
    rows = [latest.filter(pl.col("slug") == benchmark.name) for benchmark in found]
    scores = [scores_of(ID, sheet, *pair, name="model", check_unit=False) for pair in zip(found, rows, strict=True)]
    facts = {"kind": pl.lit(Kind.CHAT.value), **epoch_models.version_facts()}
    day = runs.select(pl.col("started").max().dt.date()).item()
    return build_from_scores(
        ID, [sheet], scores, found, facts=facts, models=versions, published_on=day, warnings=warnings
    )


SOURCE = Source(
    id=ID,
    title="Epoch AI evaluations",
    group="epoch",
    track=Track.LLM,
    rank_rule=RankRule.WIN_RATE,
    score_unit="mean win rate over the tasks, 0–1",
    homepage="https://epoch.ai/benchmarks",
    license=epoch_models.LICENSE,
    citation="Epoch AI: AI Benchmarking Hub, 2024–2025, CC-BY 4.0.",
    resources=(FILE, epoch_models.VERSIONS),
    parse=parse,
    min_rows=20,
)
