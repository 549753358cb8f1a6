"""ZeroEval: five reasoning tasks without examples in the prompt, one answer per question; one file per task.

ZebraLogic's score is the share of whole puzzles solved. A row over fewer questions than the others is quarantined: its
score is of other questions. What follows an `@` in a name is the host that served the model.
"""

from collections.abc import Mapping
from functools import partial

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Kind, Parsed, RankRule, Source, Track
from aggregator.sources import wire
from aggregator.sources.board import Benchmark
from aggregator.sources.cells import build_from_scores, scores_of
from aggregator.sources.github import repository_file
from aggregator.sources.records import read_records
from aggregator.text_columns import fill_in

ID, MODEL, MIN_ROWS = "zeroeval", "Model", 10
COMPLETE = 0.9
"""A row over a smaller part of the usual number of questions is quarantined."""


class Row(wire.Wire):
    """The used fields; accuracies from 0 to 100, written as text."""

    model = wire.name_column(alias=MODEL)
    mode = wire.text(alias="Mode", decorative=True)
    score = dy.Float64(alias="Acc", min=0, max=100)
    total = dy.Int64(alias="Total", min=1)

    @dy.rule()
    def fewer_questions_than_the_other_models(cls) -> pl.Expr:
        """Find rows of unfinished runs."""
        return pl.col("Total") >= COMPLETE * pl.col("Total").median()


class Puzzles(wire.Wire):
    """The used fields of ZebraLogic, which has other names and can have several answers per puzzle."""

    model = wire.name_column(alias=MODEL)
    mode = wire.text(alias="Mode", decorative=True)
    score = dy.Float64(alias="Puzzle Acc", min=0, max=100)
    total = dy.Int64(alias="Total Puzzles", min=1)
    answers = dy.Int64(alias="N_Size", min=1, max=1)

    @dy.rule()
    def fewer_questions_than_the_other_models(cls) -> pl.Expr:
        """Find rows of unfinished runs."""
        return pl.col("Total Puzzles") >= COMPLETE * pl.col("Total Puzzles").median()


task = partial(
    Benchmark, metric="accuracy, %", column="Acc", columns={"setting": fill_in("shots=0 mode={}", pl.col("Mode"))}
)
TASKS = {
    "crux": task("crux", "CRUXEval-O", Domain.CODING, n_items=800),
    "gsm": task("gsm", "GSM8K", Domain.MATH, chance=0, n_items=1319, test_set="gsm8k"),
    "math-l5": task("math_l5", "MATH level 5, 721 problems", Domain.MATH, chance=0, n_items=721),
    "mmlu-redux": task("mmlu_redux", "MMLU-Redux", Domain.KNOWLEDGE, chance=25, n_items=2778, test_set="mmlu_redux"),
    "zebra-grid": task(
        "zebra_logic",
        "ZebraLogic",
        Domain.REASONING,
        metric="puzzles solved, %",
        column="Puzzle Acc",
        chance=0,
        n_items=1000,
    ),
}
FILES = {
    name: repository_file(name, "WildEval/ZeroEval", f"result_dirs/{name}.summary.json", media="json") for name in TASKS
}
PARTS = [f"{part} Puzzle Acc" for part in ("Easy", "Hard", "Small", "Medium", "Large", "XL")]
NOT_USED = ("Cell Acc", "No answer", "Reason Lens", "N_Mode", *PARTS)


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read the five files; raises `SourceError`."""
    sheets, scores = [], []
    for name, benchmark in TASKS.items():
        path, rows = FILES[name].path, Puzzles if name == "zebra-grid" else Row
        sheet = read_records(ID, path, files[name], rows, name=MODEL, ignored=NOT_USED)
        wire.require_rows(ID, path, sheet, MIN_ROWS)
        sheets.append(sheet)
        scores.append(scores_of(ID, sheet, benchmark, sheet.rows, name=MODEL))
    host = pl.col("raw_name").str.extract(r"@([^@]+)$")
    facts = {"kind": pl.lit(Kind.CHAT.value), "host": host}
    return build_from_scores(ID, sheets, scores, list(TASKS.values()), facts=facts, published_on=None)


SOURCE = Source(
    id=ID,
    title="ZeroEval",
    track=Track.LLM,
    rank_rule=RankRule.WIN_RATE,
    score_unit="mean win rate over five tasks, 0–1",
    homepage="https://github.com/WildEval/ZeroEval",
    license="Apache-2.0",
    citation="Lin et al.: ZeroEval, a unified framework for evaluating language models, 2024.",
    resources=tuple(FILES.values()),
    parse=parse,
    min_rows=MIN_ROWS,
    domain=Domain.REASONING,
)
