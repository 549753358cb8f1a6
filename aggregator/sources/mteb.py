"""MTEB's boards, by the payload of its REST API: `GET /v1/benchmarks/{name}/scores`.

The board's rank is its own Borda count over tasks and is taken as it stands; `meanTask` is null
until a model has every task. Scores are 0–1. A model may stand in several rows, one for each
`experiments` setting (embedding size, instruction, …): the setting is part of its name here.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from urllib.parse import quote

import polars as pl

from aggregator import schema
from aggregator.model import Kind, Parsed, RankRule, Resource, Source, Track
from aggregator.sources import mteb_payload, wire
from aggregator.sources.mteb_setting import parted, spelled

BACKEND = "https://mteb-leaderboard-backend.hf.space"
MEBIBYTE = 1024 * 1024


def parse(benchmark: str, board: str, files: Mapping[str, bytes]) -> Parsed:
    """Read one board's payload; raises `SourceError`."""
    resource = _resource(benchmark)
    payload = mteb_payload.read(board, resource.path, files[resource.name], benchmark)
    sheet = payload.models
    wire.require_rows(board, resource.path, sheet, 20)
    named = sheet.rows.with_columns(raw_name=spelled(pl.col("name"), pl.col("variant")))
    rows = named.sort("rank", "row").unique("raw_name", keep="first", maintain_order=True)
    scores = rows.select("row", "raw_name").join(payload.scores, on="row", maintain_order="left_right")
    published_on = rows.select(wire.day("releaseDate").max()).item()
    return Parsed(
        entries=_entries(board, rows, published_on),
        scores=_scores(board, scores, published_on),
        benchmarks=_benchmarks(board, payload.tasks, scores["task"]),
        rows_read=sheet.read,
        accepted=wire.count_by_name(rows["raw_name"]),
        rows_duplicate=sheet.rows.height - rows.height,
        quarantined=sheet.quarantined,
        published_on=published_on,
        warnings=payload.warnings,
    )


def _scores(board: str, scores: pl.DataFrame, published_on: date | None) -> pl.DataFrame:
    return schema.frame(
        schema.SCORES,
        scores.select(
            source=pl.lit(board),
            benchmark=pl.lit(f"{board}/") + pl.col("task"),
            raw_name="raw_name",
            score="score",
            published_on=pl.lit(published_on, dtype=pl.Date),
        ),
    )


def _entries(board: str, rows: pl.DataFrame, published_on: date | None) -> pl.DataFrame:
    hf_id, variant = parted(pl.col("raw_name"))
    return schema.frame(
        schema.ENTRIES,
        rows.select(
            source=pl.lit(board),
            raw_name="raw_name",
            hf_id=hf_id,
            link=pl.col("url").str.extract(r"^https?://huggingface\.co/([^/?#]+/[^/?#]+)/?$"),
            organization=pl.when(pl.col("name").str.contains("/")).then(pl.col("name").str.split("/").list.first()),
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
        ),
    )


def _benchmarks(board: str, tasks: pl.DataFrame, scored: pl.Series) -> pl.DataFrame:
    """Return one row per task; `MTEB(cmn, v1)` once listed a task twice, and a scored task is never left out."""
    described = tasks.unique("name", keep="first", maintain_order=True)
    undescribed = pl.DataFrame({"name": scored.unique().sort()}).join(described, on="name", how="anti")
    return schema.frame(
        schema.BENCHMARKS,
        pl.concat([described, undescribed], how="diagonal").select(
            benchmark=pl.lit(f"{board}/") + pl.col("name"),
            source=pl.lit(board),
            title="name",
            task_type="type",
            metric="mainScore",
            higher_is_better=pl.lit(value=True),
            scale_high=pl.lit(1.0),
            url="reference",
        ),
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


def _source(board: str, benchmark: str, title: str, *, in_rank: bool) -> Source:
    homepage = "https://leaderboard.mteb.org"
    return Source(
        id=board,
        title=title,
        track=Track.EMBEDDING,
        rank_rule=RankRule.GIVEN,
        score_unit="mean over tasks, 0–1",
        homepage=homepage,
        license="CC0-1.0",
        citation="Enevoldsen, Chung, Kerboua et al.: MMTEB: Massive Multilingual Text Embedding Benchmark. ICLR, 2025.",
        resources=(_resource(benchmark),),
        parse=partial(parse, benchmark, board),
        min_rows=20,
        in_rank=in_rank,
    )


# One language or one kind of task cannot place a model among all: models that only these list would lead the order.
ENGLISH = _source("mteb_eng_v2", "MTEB(eng, v2)", "MTEB English v2", in_rank=True)
MULTILINGUAL = _source("mteb_multilingual_v2", "MTEB(Multilingual, v2)", "MTEB Multilingual v2", in_rank=True)
CHINESE = _source("mteb_cmn_v1", "MTEB(cmn, v1)", "MTEB Chinese v1", in_rank=False)
RETRIEVAL = _source("rteb_eng", "RTEB(eng, beta)", "RTEB English (beta)", in_rank=False)
