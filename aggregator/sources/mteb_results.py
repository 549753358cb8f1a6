"""MTEB's raw results: one row per model, revision, task, split and subset.

The boards of `mteb.py` cover the tasks of single benchmarks; this file covers every task that any model ran. The score
of a task is the mean over its cells (split, subset), the same ones for every model (`mteb_cells`). When several
revisions of a model ran one cell, one is kept: a commit has priority over a placeholder such as `external`, then the
revision with the most cells. The others are duplicates.
"""

import json
from collections.abc import Mapping

import dataframely as dy
import polars as pl

from aggregator.model import Domain, Kind, MeasuredBy, Parsed, RankRule, Source, Track
from aggregator.sources import mteb_cells, tables, wire
from aggregator.sources.hub import dataset_file
from aggregator.sources.mteb_definitions import benchmark_table
from aggregator.sources.mteb_scores import require_fractions
from aggregator.sources.mteb_setting import add_setting, setting_text, split_setting
from aggregator.sources.parquet import parquet_table

ID = "mteb_results"
FILE = dataset_file("results", "mteb/results", "data/train-00000-of-00001.parquet", max_mib=1024, sharded=True)
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
    for key in (["model_name"], ["model_name", "model_revision", "experiments"]):
        sheets = wire.quarantine_unreliable_models(ID, sheets, key, unit="task_name")
    all_rows = pl.concat([sheet.rows for sheet in sheets])
    with_names = all_rows.with_columns(raw_name=add_setting(pl.col("model_name"), pl.col("experiments")))
    named = mteb_cells.one_revision_per_cell(mteb_cells.with_codes(ID, FILE.path, with_names))
    scores, sets = mteb_cells.score_tasks(named)
    names = scores.select(pl.exclude("benchmark"))
    return tables.build_parsed(
        sheets,
        tables.count_by_name(named["raw_name"]),
        entries=_entries(named),
        scores=tables.score_table(ID, scores, pl.col("benchmark"), **{name: name for name in names.columns}),
        benchmarks=benchmark_table(ID, [(one.name, one, SOURCE.homepage) for one in sets]),
        published_on=None,
    )


def _mirror_path(name: str) -> str:
    """Return the path of the file called `results`, or of the shard called `results/<file name>`."""
    folder = FILE.path.rpartition("/")[0]
    return FILE.path if name == FILE.name else f"{folder}/{name.rpartition('/')[2]}"


def _read(file: str, content: bytes) -> wire.Sheet:
    """Read one shard; `experiments` is text in a shard where every cell is null, and an object elsewhere."""
    table = parquet_table(ID, file, content)
    if isinstance(table.schema.get("experiments"), pl.Struct):
        table = table.with_columns(_settings(table["experiments"]))
    sheet = wire.read_table(ID, file, table, Row, name="model_name", ignored=UNUSED_COLUMNS, is_whole=False)
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
    names = named.select("raw_name").unique().sort("raw_name")
    facts = {"hf_id": hf_id, "organization": tables.namespace_of(hf_id), "variant": variant}
    return tables.entry_table(ID, names, raw_name="raw_name", kind=pl.lit(Kind.EMBEDDING.value), **facts)


SOURCE = Source(
    id=ID,
    title="MTEB results, per task",
    short_title="MTEB tasks",
    track=Track.EMBEDDING,
    rank_rule=RankRule.NONE,
    score_unit="main score of each task, mostly 0–1",
    homepage="https://huggingface.co/datasets/mteb/results",
    license="CC0-1.0",
    citation="Muennighoff, Tazi, Magne, Reimers: MTEB: Massive Text Embedding Benchmark. EACL, 2023.",
    in_rank=False,
    resources=(FILE,),
    parse=parse,
    min_rows=20,
    domain=Domain.EMBEDDING,
    measured_by=MeasuredBy.THIRD_PARTY,
    group="mteb",
)
