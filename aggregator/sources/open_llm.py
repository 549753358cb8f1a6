"""Shared reader of both editions of the Open LLM Leaderboard.

A model can have several runs, in several precisions. One run is kept: the least compressed; of those the latest; of
those the best. The others are duplicates.
"""

from collections.abc import Mapping, Sequence

import dataframely as dy
import polars as pl

from aggregator.model import Kind, Parsed, Source
from aggregator.sources import tables, wire
from aggregator.sources.board import Benchmark, build_board
from aggregator.sources.decoration import DECORATIVE
from aggregator.sources.parquet import read_parquet

KINDS = {
    "🟢": Kind.PRETRAINED,
    "🟩": Kind.CONTINUOUSLY_PRETRAINED,
    "🔶": Kind.FINE_TUNED,
    "⭕": Kind.FINE_TUNED,
    "💬": Kind.CHAT,
    "🟦": Kind.CHAT,
    "🤝": Kind.MERGE,
    "🌸": Kind.MULTIMODAL,
    "❓": Kind.OTHER,
}
"""The first character of `Type`, an emoji."""

PRECISION_ORDER = ["bfloat16", "float16", "8bit", "4bit", "GPTQ"]
"""Precisions from the least to the most compressed one."""

AVERAGE_TOLERANCE = 0.05
"""v1 rounds its scores to two decimals, so the mean of six can differ by a little more than .005."""

UNUSED_COLUMNS = ("eval_name", "T")
"""`eval_name` cannot be split into its parts; `T` repeats the emoji of `Type`."""


class OpenLlmRow(wire.Wire):
    """The columns of both editions. `Precision` decides which run of a model is kept."""

    fullname = wire.name_column("fullname")
    precision = wire.text("Precision")
    kind = wire.text("Type", decorative=True)
    weight_type = wire.text("Weight type", decorative=True)
    architecture = wire.text("Architecture", decorative=True)
    link = wire.text("Model")
    revision = wire.text("Model sha", decorative=True)
    average = dy.Float64(alias="Average ⬆️", nullable=False, min=0, max=100)
    license = wire.text("Hub License", decorative=True)
    likes = dy.Int64(alias="Hub ❤️", nullable=True, min=0, metadata=DECORATIVE)
    params = dy.Float64(alias="#Params (B)", nullable=True, metadata=DECORATIVE)
    available = dy.Bool(alias="Available on the hub", nullable=True, metadata=DECORATIVE)
    merged = dy.Bool(alias="Merged", nullable=True, metadata=DECORATIVE)
    moe = dy.Bool(alias="MoE", nullable=True, metadata=DECORATIVE)
    flagged = dy.Bool(alias="Flagged", nullable=True)
    chat_template = dy.Bool(alias="Chat Template", nullable=True, metadata=DECORATIVE)


def percentage(alias: str, *, nullable: bool = False) -> dy.Float64:
    """Declare a column of scores from 0 to 100."""
    return dy.Float64(alias=alias, nullable=nullable, min=0, max=100)


def fraction(alias: str) -> dy.Float64:
    """Declare a column of scores from 0 to 1."""
    return dy.Float64(alias=alias, min=0, max=1)


def average_agrees(columns: list[str]) -> pl.Expr:
    """Return whether `Average ⬆️` is the mean of `columns`; true for a row with a missing score."""
    mean = pl.sum_horizontal(columns, ignore_nulls=False) / len(columns)
    return ((pl.col("Average ⬆️") - mean).abs() <= AVERAGE_TOLERANCE).fill_null(value=True)


def read_board(source: Source, files: Mapping[str, bytes], row: type[OpenLlmRow], ignored: Sequence[str]) -> wire.Sheet:
    """Read the one file of an edition; raises `SourceError`."""
    (file,) = source.resources
    sheet = read_parquet(
        source.id, file.path, files[file.name], row, name="fullname", ignored=(*UNUSED_COLUMNS, *ignored)
    )
    wire.require_rows(source.id, file.path, sheet, source.min_rows)
    return sheet


def parsed(
    source: Source,
    sheet: wire.Sheet,
    benchmarks: Sequence[Benchmark],
    facts: Mapping[str, tables.Column],
    *,
    submitted: str,
    warnings: Sequence[str] = (),
) -> Parsed:
    """Return the tables of an edition.

    `facts` are the entry columns of this edition alone, `submitted` is the column of the submission date.
    """
    return build_board(
        source.id,
        [sheet],
        best_runs(sheet.rows, wire.day(submitted)),
        benchmarks,
        name="fullname",
        facts={**_common_facts(), **facts, "submitted_on": wire.day(submitted)},
        board_score=pl.col("Average ⬆️"),
        published_on=sheet.rows.select(wire.day(submitted).max()).item(),
        warnings=warnings,
    )


def best_runs(rows: pl.DataFrame, submitted: pl.Expr) -> pl.DataFrame:
    """Return one row per `fullname`: the least compressed run, then the latest, then the best."""
    place = pl.col("Precision").replace_strict(
        PRECISION_ORDER, range(len(PRECISION_ORDER)), default=len(PRECISION_ORDER), return_dtype=pl.Int64
    )
    return (
        rows.with_columns(place=place, submitted=submitted)
        .sort(
            ["fullname", "place", "submitted", "Average ⬆️", "row"],
            descending=[False, False, True, True, False],
            nulls_last=True,
        )
        .unique("fullname", keep="first", maintain_order=True)
        .drop("place", "submitted")
    )


def _common_facts() -> dict[str, tables.Column]:
    """Return the entry columns that both editions have."""
    emoji = pl.col("Type").str.extract(r"^\s*(\S)")
    return {
        "hf_id": "fullname",
        # The cell has two links. The first is the model's, the second that of its details.
        "link": pl.col("Model").str.extract(r'href="https://huggingface\.co/([^"]+)"'),
        "organization": tables.namespace_of(pl.col("fullname")),
        "license": wire.blank_to_null("Hub License")[0],
        "open_weights": "Available on the hub",
        "kind": emoji.replace_strict(
            list(KINDS), [kind.value for kind in KINDS.values()], default=None, return_dtype=pl.String
        ),
        # -1 and 0 mean "unknown".
        "params_b": pl.when(pl.col("#Params (B)") > 0).then(pl.col("#Params (B)")),
        "precision": "Precision",
        "revision": wire.blank_to_null("Model sha")[0],
        "chat_template": "Chat Template",
        "likes": "Hub ❤️",
    }
