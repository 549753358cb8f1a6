"""MTEB's raw results: one row per model, revision, task, split and subset.

The boards of `mteb.py` cover the tasks of four benchmarks; this file covers every task that anyone ran.
A task's score here is the mean over its (split, subset) cells. Where several revisions of a model ran the
same cell, one stands for it: a commit before a placeholder such as `external`, then the revision with
the most cells. The others are counted as duplicates.
"""

import json
from collections.abc import Mapping

import dataframely as dy
import polars as pl

from aggregator import schema
from aggregator.model import Kind, Parsed, RankRule, Source, Track
from aggregator.sources import wire
from aggregator.sources.hub import dataset_file
from aggregator.sources.mteb_scores import require_fractions
from aggregator.sources.mteb_setting import parted, setting, spelled

ID = "mteb_results"
FILE = dataset_file("results", "mteb/results", "data/train-00000-of-00001.parquet", max_mib=1024, sharded=True)
CELL = ["model_name", "experiments", "task_name", "split", "subset"]
"""What one measurement is, whichever revision made it."""

COMMIT = r"^[0-9a-f]{40}$"


class Row(wire.Wire):
    """The columns used; scores are fractions, below 0 for a few correlations."""

    model_name = wire.name_column()
    model_revision = wire.text()
    task_name = dy.String(min_length=1, max_length=256, regex=wire.NO_CONTROL_CHARACTERS)
    split = wire.text()
    subset = wire.text()
    score = dy.Float64(min=-1, max=1)
    experiments = wire.text()


def parse(files: Mapping[str, bytes]) -> Parsed:
    """Read all shards as one table; raises `SourceError`."""
    sheets = [_read(_place(name), content) for name, content in sorted(files.items())]
    rows = pl.concat([sheet.rows for sheet in sheets])
    quarantined = pl.concat([sheet.quarantined for sheet in sheets])
    read = sum(sheet.read for sheet in sheets)
    kept = one_revision_per_cell(rows)
    named = kept.with_columns(raw_name=spelled(pl.col("model_name"), pl.col("experiments")))
    tasks = named.group_by("raw_name", "task_name").agg(pl.col("score").mean()).sort("raw_name", "task_name")
    return Parsed(
        entries=_entries(named),
        scores=_scores(tasks),
        benchmarks=_benchmarks(tasks),
        rows_read=read,
        accepted=wire.count_by_name(named["raw_name"]),
        rows_duplicate=rows.height - kept.height,
        quarantined=quarantined,
        published_on=None,
        warnings=tuple(dict.fromkeys(warning for sheet in sheets for warning in sheet.warnings)),
    )


def one_revision_per_cell(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` with one revision for each cell."""
    repeated = rows.select(pl.struct(CELL).is_duplicated().alias("repeated"))["repeated"]
    if not repeated.any():
        return rows
    # Only the repeated cells, a handful among millions, need the order of revisions.
    size = rows.group_by("model_name", "model_revision").agg(pl.len().alias("cells"))
    contested = (
        rows.filter(repeated)
        .join(size, on=["model_name", "model_revision"], nulls_equal=True)
        .with_columns(placeholder=~pl.col("model_revision").str.contains(COMMIT).fill_null(value=False))
        .sort(
            [*CELL, "placeholder", "cells", "model_revision", "score"],
            descending=[*[False] * len(CELL), False, True, False, True],
        )
        .unique(CELL, keep="first", maintain_order=True)
    )
    return pl.concat([rows.filter(~repeated), contested.select(rows.columns)])


def _place(name: str) -> str:
    """Return where the host keeps the file called `results`, or the shard called `results/<file name>`."""
    folder = FILE.path.rpartition("/")[0]
    return FILE.path if name == FILE.name else f"{folder}/{name.rpartition('/')[2]}"


def _read(file: str, content: bytes) -> wire.Sheet:
    """Read one shard; `experiments` is text where every cell is null and an object elsewhere."""
    table = wire.parquet_table(ID, file, content)
    if isinstance(table.schema.get("experiments"), pl.Struct):
        table = table.with_columns(_settings(table["experiments"]))
    sheet = wire.read_table(ID, file, table, Row, name="model_name", ignored=UNUSED_COLUMNS)
    wire.require_rows(ID, file, sheet, SOURCE.min_rows)
    require_fractions(ID, file, sheet.rows["score"])
    return sheet


def _settings(experiments: pl.Series) -> pl.Series:
    """Return the objects of `experiments` as text; a few settings recur in millions of rows."""
    written = experiments.struct.json_encode()
    found = written.drop_nulls().unique().to_list()
    texts = [setting(json.loads(value)) for value in found]
    return written.replace_strict(found, texts, default=None, return_dtype=pl.String).alias("experiments")


UNUSED_COLUMNS = ("language", "is_public", "trained_on")


def _entries(named: pl.DataFrame) -> pl.DataFrame:
    """Return one row per name; the file has no rank and no facts, so it has no score of its own."""
    models = named.select("raw_name").unique().sort("raw_name")
    hf_id, variant = parted(pl.col("raw_name"))
    return schema.frame(
        schema.ENTRIES,
        models.select(
            source=pl.lit(ID),
            raw_name="raw_name",
            hf_id=hf_id,
            organization=pl.when(hf_id.str.contains("/")).then(hf_id.str.split("/").list.first()),
            kind=pl.lit(Kind.EMBEDDING.value),
            variant=variant,
        ),
    )


def _scores(tasks: pl.DataFrame) -> pl.DataFrame:
    return schema.frame(
        schema.SCORES,
        tasks.select(
            source=pl.lit(ID),
            benchmark=pl.lit(f"{ID}/") + pl.col("task_name"),
            raw_name="raw_name",
            score="score",
        ),
    )


def _benchmarks(tasks: pl.DataFrame) -> pl.DataFrame:
    names = tasks["task_name"].unique().sort()
    return schema.frame(
        schema.BENCHMARKS,
        pl.select(
            benchmark=pl.lit(f"{ID}/") + names,
            source=pl.lit(ID),
            title=names,
            metric=pl.lit("main score of the task"),
            higher_is_better=pl.lit(value=True),
            scale_high=pl.lit(1.0),
            url=pl.lit(SOURCE.homepage),
        ),
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
