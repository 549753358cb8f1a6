"""BigCodeBench: 1,140 programming tasks with calls of many libraries, and the 148 hard ones among them.

A task is given as code to complete, or as an instruction. The overall score is the mean of both on the hard tasks, null
with one of them. The name of a model states its effort or budget in brackets. `date` is the day of its release.
"""

from collections.abc import Mapping

import dataframely as dy
import polars as pl

from aggregator.model import NO_LICENSE, Domain, Kind, Parsed, RankRule, Resource, Source, Track
from aggregator.sources import tables, wire
from aggregator.sources.board import Benchmark, build_board, one_row_per_name
from aggregator.sources.decoration import DECORATIVE
from aggregator.sources.github import repository_file
from aggregator.sources.hub import linked_model_id
from aggregator.sources.records import read_records, with_nested
from aggregator.text_columns import fill_in

ID = "bigcodebench"
REPO = "bigcode-bench/bigcode-bench.github.io"
FULL, HARD = (repository_file(name, REPO, f"{name}.json", media="json") for name in ("results", "results-hard"))
FACTS = ("link", "prompted", "moe", "size", "act_param", "date", "prefill")


class Row(wire.Wire):
    """The used fields; `pass@1` from 0 to 100, sizes in billions of parameters."""

    model = wire.name_column()
    link = wire.text()
    prompted = dy.Bool(nullable=True, metadata=DECORATIVE)
    moe = dy.Bool(nullable=True, metadata=DECORATIVE)
    size = dy.Float64(nullable=True, min_exclusive=0, max=100_000, metadata=DECORATIVE)
    act_param = dy.Float64(nullable=True, min_exclusive=0, max=100_000, metadata=DECORATIVE)
    date = wire.text(decorative=True)
    prefill = dy.Bool(nullable=True, metadata=DECORATIVE)
    complete = dy.Float64(alias="pass@1.complete", nullable=True, min=0, max=100)
    instruct = dy.Float64(alias="pass@1.instruct", nullable=True, min=0, max=100)


def _benchmark(name: str, title: str, items: int) -> Benchmark:
    setting = {"setting": fill_in("prefill={}", pl.col("prefill"))}
    return Benchmark(name, title, Domain.CODING, "calibrated pass@1, %", chance=0.0, n_items=items, columns=setting)


BENCHMARKS = (
    _benchmark("hard_complete", "BigCodeBench-Hard, complete", 148),
    _benchmark("hard_instruct", "BigCodeBench-Hard, instruct", 148),
    _benchmark("full_complete", "BigCodeBench, complete", 1140),
    _benchmark("full_instruct", "BigCodeBench, instruct", 1140),
)


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read both results by name; raises `SourceError`."""
    sheets = [_read(file, files[file.name]) for file in (HARD, FULL)]
    hard, full = (one_row_per_name(sheet.rows, "model", best="pass@1.complete").drop("row") for sheet in sheets)
    rows = hard.rename(lambda column: column.replace("pass@1.", "hard_")).join(
        full.rename(lambda column: column.replace("pass@1.", "full_")), on="model", how="full", coalesce=True
    )
    size, active = pl.col("size"), pl.col("act_param")
    return build_board(
        ID,
        sheets,
        rows.with_columns(pl.coalesce(fact, f"{fact}_right") for fact in FACTS),
        BENCHMARKS,
        name="model",
        facts={
            "hf_id": linked_model_id(pl.col("link")),
            "link": wire.blank_to_null("link")[0],
            "kind": pl.when("prompted").then(pl.lit(Kind.CHAT.value)),
            "params_b": size,
            "active_params_b": pl.when(size.is_not_null()).then(active),
            # Some rows contradict their own two sizes.
            "moe": pl.when(pl.col("moe").eq_missing(active < size)).then("moe"),
            "effort": pl.col("model").str.extract(r"\breasoning=(low|medium|high)\b"),
            "thinking": pl.when(pl.col("model").str.contains(r"(?i)\breasoning=\d|\(w/ reasoning")).then(
                pl.lit(value=True)
            ),
            "thinking_budget": pl.col("model").str.extract(r"\breasoning=(\d+)\b").cast(pl.Int64),
            "released_on": wire.day("date"),
        },
        board_score=(pl.col("hard_complete") + pl.col("hard_instruct")) / 2,
        published_on=None,
        accepted=tables.count_by_name(hard["model"], full["model"]),
    )


def _read(file: Resource, content: bytes) -> wire.Sheet:
    flatten = with_nested(ID, file.path, "pass@1")
    sheet = read_records(ID, file.path, content, Row, name="model", ignored=("open-data",), flatten=flatten)
    wire.require_rows(ID, file.path, sheet, SOURCE.min_rows)
    return sheet


SOURCE = Source(
    id=ID,
    title="BigCodeBench",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="mean pass@1 on BigCodeBench-Hard, 0–100 %",
    homepage="https://bigcode-bench.github.io/",
    license=NO_LICENSE,
    citation="Zhuo, Vu, Chim, Hu et al.: BigCodeBench. ICLR, 2025.",
    resources=(FULL, HARD),
    parse=parse,
    min_rows=20,
    domain=Domain.CODING,
)
