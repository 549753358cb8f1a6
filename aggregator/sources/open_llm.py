"""What both editions of the Open LLM Leaderboard share: words, sentinels, and which duplicate wins."""

from collections.abc import Mapping

import dataframely as dy
import polars as pl

from aggregator import schema
from aggregator.model import Kind, Source
from aggregator.sources import wire

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
"""The boards write the kind as an emoji, alone in `T` and before a text in `Type`."""

PRECISION_ORDER = ["bfloat16", "float16", "8bit", "4bit", "GPTQ"]
"""Which run stands for a model that was submitted in several precisions: the least compressed one."""

AVERAGE_TOLERANCE = 0.05
"""v1 rounds its scores to two decimals, so the mean of six can be off by a little more than .005."""


class OpenLlmRow(wire.Wire):
    """The columns that both editions have."""

    fullname = wire.name_column("fullname")
    precision = wire.text("Precision")
    kind = wire.text("Type")
    weight_type = wire.text("Weight type")
    architecture = wire.text("Architecture")
    link = wire.text("Model")
    revision = wire.text("Model sha")
    average = dy.Float64(alias="Average ⬆️", nullable=False, min=0, max=100)
    license = wire.text("Hub License")
    likes = dy.Int64(alias="Hub ❤️", nullable=True, min=0)
    params = dy.Float64(alias="#Params (B)", nullable=True)
    available = dy.Bool(alias="Available on the hub", nullable=True)
    merged = dy.Bool(alias="Merged", nullable=True)
    moe = dy.Bool(alias="MoE", nullable=True)
    flagged = dy.Bool(alias="Flagged", nullable=True)
    chat_template = dy.Bool(alias="Chat Template", nullable=True)


UNUSED_COLUMNS = ("eval_name", "T")
"""`eval_name` cannot be split back into its parts; `T` repeats the emoji of `Type`."""


def percentage(alias: str, *, nullable: bool = False) -> dy.Float64:
    """Return a column of scores from 0 to 100."""
    return dy.Float64(alias=alias, nullable=nullable, min=0, max=100)


def average_agrees(columns: list[str]) -> pl.Expr:
    """Say whether `Average ⬆️` is the mean of `columns`; a row with a missing score is not judged."""
    mean = pl.sum_horizontal(columns, ignore_nulls=False) / len(columns)
    return ((pl.col("Average ⬆️") - mean).abs() <= AVERAGE_TOLERANCE).fill_null(value=True)


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


def common_facts() -> dict[str, pl.Expr]:
    """Return the facts that both editions write in the same columns."""
    return {
        "raw_name": pl.col("fullname"),
        "hf_id": pl.col("fullname"),
        # The cell holds two links, the model's and that of its details; the first is the model's.
        "link": pl.col("Model").str.extract(r'href="https://huggingface\.co/([^"]+)"'),
        "organization": pl.when(pl.col("fullname").str.contains("/")).then(
            pl.col("fullname").str.split("/").list.first()
        ),
        "license": wire.blank_to_null("Hub License")[0],
        "open_weights": pl.col("Available on the hub"),
        "kind": pl.col("Type")
        .str.extract(r"^\s*(\S)")
        .replace_strict(list(KINDS), [kind.value for kind in KINDS.values()], default=None, return_dtype=pl.String),
        # -1 and 0 stand for "unknown".
        "params_b": pl.when(pl.col("#Params (B)") > 0).then(pl.col("#Params (B)")),
        "precision": pl.col("Precision"),
        "revision": wire.blank_to_null("Model sha")[0],
        "chat_template": pl.col("Chat Template"),
        "likes": pl.col("Hub ❤️"),
        "board_score": pl.col("Average ⬆️"),
    }


def benchmark_table(
    source: Source, benchmarks: Mapping[str, tuple[str, str, float | None]], *, scale_high: float
) -> pl.DataFrame:
    """Return the `benchmarks` rows of an edition from `{benchmark: (title, metric, chance)}`."""
    return schema.frame(
        schema.BENCHMARKS,
        [
            {
                "benchmark": f"{source.id}/{benchmark}",
                "source": source.id,
                "title": title,
                "task_type": "language model",
                "metric": metric,
                "higher_is_better": True,
                "scale_low": 0.0,
                "scale_high": scale_high,
                "chance": chance,
                "url": source.homepage,
            }
            for benchmark, (title, metric, chance) in benchmarks.items()
        ],
    )
