"""MTEB's raw results: one row per model, revision, task, split and subset.

The boards of `mteb.py` cover the tasks of four benchmarks; this file covers every task that any model ran. The score of
a task is the mean over its (split, subset) cells. When several revisions of a model ran one cell, one is kept: a commit
has priority over a placeholder such as `external`, then the revision with the most cells. The others are duplicates.
"""

import json
from collections.abc import Mapping

import dataframely as dy
import polars as pl

from aggregator.model import Kind, Parsed, RankRule, Source, Track
from aggregator.sources import tables, wire
from aggregator.sources.hub import dataset_file
from aggregator.sources.mteb_scores import require_fractions
from aggregator.sources.mteb_setting import add_setting, setting_text, split_setting
from aggregator.sources.parquet import parquet_table

ID = "mteb_results"
FILE = dataset_file("results", "mteb/results", "data/train-00000-of-00001.parquet", max_mib=1024, sharded=True)
CELL = ["model_name", "experiments", "task_name", "split", "subset"]
"""The columns of one measurement; several revisions can repeat it."""

COMMIT = r"^[0-9a-f]{40}$"
UNUSED_COLUMNS = ("language", "is_public", "trained_on")


class Row(wire.Wire):
    """The used columns; scores are fractions, below 0 for a few correlations."""

    model_name = wire.name_column()
    model_revision = wire.text()
    task_name = dy.String(min_length=1, max_length=256, regex=wire.NO_CONTROL_CHARACTERS)
    split = wire.text()
    subset = wire.text()
    score = dy.Float64(min=-1, max=1)
    experiments = wire.text()


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read all shards as one table; raises `SourceError`."""
    sheets = [_read(_mirror_path(name), content) for name, content in sorted(files.items())]
    rows = one_revision_per_cell(pl.concat([sheet.rows for sheet in sheets]))
    named = rows.with_columns(raw_name=add_setting(pl.col("model_name"), pl.col("experiments")))
    tasks = named.group_by("raw_name", "task_name").agg(pl.col("score").mean()).sort("raw_name", "task_name")
    return tables.build_parsed(
        sheets,
        tables.count_by_name(named["raw_name"]),
        entries=_entries(named),
        scores=tables.score_table(ID, tasks, pl.col("task_name"), raw_name="raw_name", score="score"),
        benchmarks=_benchmarks(tasks),
        published_on=None,
    )


def one_revision_per_cell(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` with one revision for each cell."""

    def best_first(repeated: pl.DataFrame) -> pl.DataFrame:
        cells = rows.group_by("model_name", "model_revision").agg(pl.len().alias("cells"))
        is_placeholder = ~pl.col("model_revision").str.contains(COMMIT).fill_null(value=False)
        return (
            repeated.join(cells, on=["model_name", "model_revision"], nulls_equal=True)
            .with_columns(is_placeholder=is_placeholder)
            .sort(
                [*CELL, "is_placeholder", "cells", "model_revision", "score"],
                descending=[*[False] * len(CELL), False, True, False, True],
            )
        )

    return tables.one_row_per_key(rows, CELL, best_first)


def _mirror_path(name: str) -> str:
    """Return the path of the file called `results`, or of the shard called `results/<file name>`."""
    folder = FILE.path.rpartition("/")[0]
    return FILE.path if name == FILE.name else f"{folder}/{name.rpartition('/')[2]}"


def _read(file: str, content: bytes) -> wire.Sheet:
    """Read one shard; `experiments` is text in a shard where every cell is null, and an object elsewhere."""
    table = parquet_table(ID, file, content)
    if isinstance(table.schema.get("experiments"), pl.Struct):
        table = table.with_columns(_settings(table["experiments"]))
    sheet = wire.read_table(ID, file, table, Row, name="model_name", ignored=UNUSED_COLUMNS)
    wire.require_rows(ID, file, sheet, SOURCE.min_rows)
    require_fractions(ID, file, sheet.rows["score"])
    return sheet


def _settings(experiments: pl.Series) -> pl.Series:
    """Return the objects of `experiments` as text; each distinct object among millions is converted once."""
    written = experiments.struct.json_encode()
    found = written.drop_nulls().unique().to_list()
    texts = [setting_text(json.loads(value)) for value in found]
    return written.replace_strict(found, texts, default=None, return_dtype=pl.String).alias("experiments")


def _entries(named: pl.DataFrame) -> pl.DataFrame:
    """Return one row per name; the file has no rank and no facts about models."""
    hf_id, variant = split_setting(pl.col("raw_name"))
    return tables.entry_table(
        ID,
        named.select("raw_name").unique().sort("raw_name"),
        raw_name="raw_name",
        hf_id=hf_id,
        organization=tables.namespace_of(hf_id),
        kind=pl.lit(Kind.EMBEDDING.value),
        variant=variant,
    )


def _benchmarks(tasks: pl.DataFrame) -> pl.DataFrame:
    return tables.benchmark_table(
        ID,
        tasks.select(pl.col("task_name").unique().sort()),
        pl.col("task_name"),
        title="task_name",
        metric=pl.lit("main score of the task"),
        scale_high=pl.lit(1.0),
        url=pl.lit(SOURCE.homepage),
    )


SOURCE = Source(
    id=ID,
    title="MTEB results, per task",
    track=Track.EMBEDDING,
    rank_rule=RankRule.GIVEN,
    score_unit="main score of each task, mostly 0–1",
    homepage="https://huggingface.co/datasets/mteb/results",
    license="CC0-1.0",
    citation="Muennighoff, Tazi, Magne, Reimers: MTEB: Massive Text Embedding Benchmark. EACL, 2023.",
    in_rank=False,
    resources=(FILE,),
    parse=parse,
    min_rows=20,
)
