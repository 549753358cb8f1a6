"""MTEB's boards, from its REST API: `GET /v1/benchmarks/{name}/scores`.

The rank is the board's own Borda count over tasks. `meanTask` is null until a model has every task. Scores are 0–1. A
model can have several rows, one per `experiments` setting (embedding size, instruction, …): the setting is part of the
raw name. Of two rows with one name, the better ranked one is kept.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from urllib.parse import quote

import polars as pl

from aggregator.model import Kind, Parsed, RankRule, Resource, Source, Track
from aggregator.sources import mteb_payload, tables, wire
from aggregator.sources.hub import MEBIBYTE
from aggregator.sources.mteb_setting import add_setting, split_setting

BACKEND = "https://mteb-leaderboard-backend.hf.space"
MIN_ROWS = 20


def parse(benchmark: str, source: str, files: Mapping[str, bytes]) -> Parsed:
    """Read one board's payload; raises `SourceError`."""
    resource = _resource(benchmark)
    payload = mteb_payload.read_payload(source, resource.path, files[resource.name], benchmark)
    sheet = payload.models
    wire.require_rows(source, resource.path, sheet, MIN_ROWS)
    named = sheet.rows.with_columns(raw_name=add_setting(pl.col("name"), pl.col("variant")))
    rows = named.sort("rank", "row").unique("raw_name", keep="first", maintain_order=True)
    scores = rows.select("row", "raw_name").join(payload.scores, on="row", maintain_order="left_right")
    published_on = rows.select(wire.day("releaseDate").max()).item()
    date_column = pl.lit(published_on, dtype=pl.Date)
    return tables.build_parsed(
        [sheet],
        tables.count_by_name(rows["raw_name"]),
        entries=_entries(source, rows, published_on),
        scores=tables.score_table(
            source, scores, pl.col("task"), raw_name="raw_name", score="score", published_on=date_column
        ),
        benchmarks=_benchmarks(source, payload.tasks, scores["task"]),
        published_on=published_on,
        warnings=payload.warnings,
    )


def _entries(source: str, rows: pl.DataFrame, published_on: date | None) -> pl.DataFrame:
    hf_id, variant = split_setting(pl.col("raw_name"))
    return tables.entry_table(
        source,
        rows,
        raw_name="raw_name",
        hf_id=hf_id,
        link=pl.col("url").str.extract(r"^https?://huggingface\.co/([^/?#]+/[^/?#]+)/?$"),
        organization=tables.namespace_of(pl.col("name")),
        license="license",
        open_weights="openWeights",
        kind=pl.lit(Kind.EMBEDDING.value),
        params_b=pl.when(pl.col("totalParamsB") > 0).then(pl.col("totalParamsB")),
        active_params_b=pl.when(pl.col("activeParamsB") > 0).then(pl.col("activeParamsB")),
        base_models="adaptedFrom",
        variant=variant,
        released_on=wire.day("releaseDate"),
        published_on=pl.lit(published_on, dtype=pl.Date),
        board_rank="rank",
        board_score="meanTask",
        superseded_by="supersededBy",
    )


def _benchmarks(source: str, tasks: pl.DataFrame, scored: pl.Series) -> pl.DataFrame:
    """Return one row per task. `MTEB(cmn, v1)` once listed a task twice; a task with scores is always included."""
    described = tasks.unique("name", keep="first", maintain_order=True)
    undescribed = pl.DataFrame({"name": scored.unique().sort()}).join(described, on="name", how="anti")
    return tables.benchmark_table(
        source,
        pl.concat([described, undescribed], how="diagonal"),
        pl.col("name"),
        title="name",
        task_type="type",
        metric="mainScore",
        scale_high=pl.lit(1.0),
        url="reference",
    )


def _resource(benchmark: str) -> Resource:
    encoded = quote(benchmark, safe="")
    return Resource(
        name="scores",
        path=f"mteb-leaderboard-backend/v1/benchmarks/{encoded}/scores.json",
        url=f"{BACKEND}/v1/benchmarks/{encoded}/scores",
        max_bytes=64 * MEBIBYTE,
        media="json",
    )


def _source(source: str, benchmark: str, title: str, *, in_rank: bool) -> Source:
    return Source(
        id=source,
        title=title,
        track=Track.EMBEDDING,
        rank_rule=RankRule.GIVEN,
        score_unit="mean over tasks, 0–1",
        homepage="https://leaderboard.mteb.org",
        license="CC0-1.0",
        citation="Enevoldsen, Chung, Kerboua et al.: MMTEB: Massive Multilingual Text Embedding Benchmark. ICLR, 2025.",
        resources=(_resource(benchmark),),
        parse=partial(parse, benchmark, source),
        min_rows=MIN_ROWS,
        in_rank=in_rank,
    )


# Boards of one language or one kind of task are not in the combined rank: their own models would have the best ranks.
ENGLISH = _source("mteb_eng_v2", "MTEB(eng, v2)", "MTEB English v2", in_rank=True)
MULTILINGUAL = _source("mteb_multilingual_v2", "MTEB(Multilingual, v2)", "MTEB Multilingual v2", in_rank=True)
CHINESE = _source("mteb_cmn_v1", "MTEB(cmn, v1)", "MTEB Chinese v1", in_rank=False)
RETRIEVAL = _source("rteb_eng", "RTEB(eng, beta)", "RTEB English (beta)", in_rank=False)
