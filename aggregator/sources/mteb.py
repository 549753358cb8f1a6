"""MTEB's boards, by the payload of its REST API: `GET /v1/benchmarks/{name}/scores`.

The board's rank is its own Borda count over tasks and is taken as it stands; `meanTask` is null
until a model has every task. Scores are 0–1. A model may stand in several rows, one for each
`experiments` setting (embedding size, instruction, …): the setting is part of its name here.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote

import dataframely as dy
import polars as pl

from aggregator import schema
from aggregator.errors import MissingColumn, SourceError
from aggregator.model import Kind, Parsed, RankRule, Resource, Source, Track
from aggregator.sources import wire
from aggregator.sources.mteb_setting import setting

BACKEND = "https://mteb-leaderboard-backend.hf.space"
MEBIBYTE = 1024 * 1024
PAYLOAD_KEYS = ("benchmarkName", "tasks", "tasksMeta", "rows")


class Row(wire.Wire):
    """One model's row: the fields used, after the nested `model` object is laid flat."""

    name = wire.name_column()
    rank = dy.Int64(min=1)
    meanTask = dy.Float64(nullable=True, min=-1, max=1)  # noqa: N815 - the wire's own spelling
    openWeights = dy.Bool(nullable=True)  # noqa: N815 - the wire's own spelling
    totalParamsB = dy.Float64(nullable=True, min=0)  # noqa: N815 - the wire's own spelling
    activeParamsB = dy.Float64(nullable=True, min=0)  # noqa: N815 - the wire's own spelling
    license = wire.text()
    releaseDate = wire.text()  # noqa: N815 - the wire's own spelling
    adaptedFrom = dy.List(dy.String(nullable=True), nullable=True)  # noqa: N815 - the wire's own spelling
    supersededBy = wire.text()  # noqa: N815 - the wire's own spelling
    url = wire.text()
    variant = wire.text()


ROW_FIELDS = ("rank", "model", "meanTask", "scoresByTask", "experiments")
MODEL_FIELDS = (
    "name",
    "openWeights",
    "totalParamsB",
    "activeParamsB",
    "license",
    "releaseDate",
    "adaptedFrom",
    "supersededBy",
    "url",
)
NOTED_ROW_FIELDS = {
    "zeroShotPct",
    "activeParamsB",
    "totalParamsB",
    "embeddingDim",
    "maxTokens",
    "meanTaskType",
    "meanPublic",
    "meanPrivate",
    "scoresByTaskType",
    "scoresByCustomGroup",
    "trainedOnTasks",
}
"""Fields that are known and not used, so that a new one stands out."""


def parse(benchmark: str, board: str, files: Mapping[str, bytes]) -> Parsed:
    """Read one board's payload; raises `SourceError`."""
    resource = _resource(benchmark)
    payload = _payload(board, resource.path, files[resource.name], benchmark)
    flat = [_flat(board, resource.path, position, row) for position, row in enumerate(payload["rows"])]
    sheet = wire.read_table(board, resource.path, _table(board, resource.path, flat), Row, name="name")
    wire.require_rows(board, resource.path, sheet, 20)
    named = sheet.rows.with_columns(raw_name=spelled(pl.col("name"), pl.col("variant")))
    rows = named.sort("rank", "row").unique("raw_name", keep="first", maintain_order=True)
    scores, held_out = _scores(board, resource.path, payload, rows)
    published_on = rows.select(wire.day("releaseDate").max()).item()
    return Parsed(
        entries=_entries(board, rows, published_on),
        scores=scores.with_columns(published_on=pl.lit(published_on, dtype=pl.Date)),
        benchmarks=_benchmarks(board, payload),
        rows_read=sheet.read,
        accepted=wire.count_by_name(rows["raw_name"]),
        rows_duplicate=sheet.rows.height - rows.height,
        quarantined=sheet.quarantined,
        published_on=published_on,
        warnings=(*_news(payload), *held_out),
    )


def spelled(name: pl.Expr, variant: pl.Expr) -> pl.Expr:
    """Return the name with its setting, `org/model (embed_dim=512)`, as MTEB's own tables write it."""
    return pl.when(variant.is_null()).then(name).otherwise(pl.format("{} ({})", name, variant))


def _payload(board: str, file: str, content: bytes, benchmark: str) -> dict[str, Any]:
    """Return the payload, whole and of the benchmark that was asked for."""
    payload = wire.read_json(board, file, content)
    if not isinstance(payload, dict):
        raise SourceError(board, file, f"a JSON {type(payload).__name__} where an object was expected")
    missing = [key for key in PAYLOAD_KEYS if key not in payload]
    if missing:
        raise MissingColumn(board, file, missing, list(payload))
    if payload["benchmarkName"] != benchmark:
        raise SourceError(board, file, f"holds {payload['benchmarkName']!r}, not {benchmark!r}")
    for key in ("tasks", "tasksMeta", "rows"):
        if not isinstance(payload[key], list):
            raise SourceError(board, file, f"`{key}` is a {type(payload[key]).__name__}, not a list")
    return payload


def _flat(board: str, file: str, position: int, row: object) -> dict[str, Any]:
    """Lay one row flat; a row without its fields is not a row of this board."""
    if not isinstance(row, dict):
        raise SourceError(board, file, f"row {position} is a {type(row).__name__}, not an object")
    missing = [field for field in ROW_FIELDS if field not in row]
    model = row.get("model")
    if isinstance(model, dict):
        missing += [f"model.{field}" for field in MODEL_FIELDS if field not in model]
    if missing or not isinstance(model, dict):
        raise MissingColumn(board, file, missing or ["model"], list(row))
    if not isinstance(row["scoresByTask"], dict):
        raise SourceError(
            board, file, f"row {position}: `scoresByTask` is a {type(row['scoresByTask']).__name__}, not an object"
        )
    adapted = model["adaptedFrom"]
    return {
        "rank": row["rank"],
        "meanTask": row["meanTask"],
        **{field: model[field] for field in MODEL_FIELDS},
        "adaptedFrom": [adapted] if isinstance(adapted, str) else adapted,
        "variant": setting(row["experiments"]),
    }


def _table(board: str, file: str, flat: list[dict[str, Any]]) -> pl.DataFrame:
    """Return the rows as a frame; a field that is a number here and a text there is refused."""
    columns = {name: rule.dtype for name, rule in Row.columns().items() if name != "row"}
    try:
        return pl.DataFrame(flat, schema=columns, orient="row", strict=True)
    except (TypeError, pl.exceptions.PolarsError) as cause:
        raise SourceError(board, file, f"fields of mixed types: {str(cause).splitlines()[0][:200]}") from cause


def _scores(
    board: str, file: str, payload: Mapping[str, Any], rows: pl.DataFrame
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return one row per model and task, and a sentence about cells that cannot be scores."""
    cells = [
        (name, task, score)
        for position, name in rows.select("row", "raw_name").iter_rows()
        for task, score in payload["rows"][position]["scoresByTask"].items()
        if score is not None
    ]
    try:
        table = pl.DataFrame(
            cells, schema={"raw_name": pl.String, "task": pl.String, "score": pl.Float64}, orient="row"
        )
    except (TypeError, pl.exceptions.PolarsError) as cause:
        raise SourceError(
            board, file, f"`scoresByTask` holds something that is no number: {str(cause).splitlines()[0][:200]}"
        ) from cause
    possible = table.filter(pl.col("score").is_finite() & pl.col("score").is_between(-1, 1))
    if possible.height < 0.9 * table.height:
        raise SourceError(
            board,
            file,
            f"{table.height - possible.height} of {table.height} task scores are outside -1…1: are they still fractions?",
        )
    scores = possible.select(
        source=pl.lit(board),
        benchmark=pl.lit(f"{board}/") + pl.col("task"),
        raw_name="raw_name",
        score="score",
    ).unique(["benchmark", "raw_name"], keep="first", maintain_order=True)
    lost = table.height - possible.height
    return schema.frame(schema.SCORES, scores), ((f"{lost} task scores outside -1…1 were left out",) if lost else ())


def _entries(board: str, rows: pl.DataFrame, published_on: date | None) -> pl.DataFrame:
    return schema.frame(
        schema.ENTRIES,
        rows.select(
            source=pl.lit(board),
            raw_name="raw_name",
            hf_id="name",
            link=pl.col("url").str.extract(r"^https?://huggingface\.co/([^/?#]+/[^/?#]+)/?$"),
            organization=pl.when(pl.col("name").str.contains("/")).then(pl.col("name").str.split("/").list.first()),
            license="license",
            open_weights="openWeights",
            kind=pl.lit(Kind.EMBEDDING.value),
            params_b=pl.when(pl.col("totalParamsB") > 0).then(pl.col("totalParamsB")),
            active_params_b=pl.when(pl.col("activeParamsB") > 0).then(pl.col("activeParamsB")),
            base_models="adaptedFrom",
            variant="variant",
            released_on=wire.day("releaseDate"),
            published_on=pl.lit(published_on, dtype=pl.Date),
            board_rank="rank",
            board_score="meanTask",
            superseded_by="supersededBy",
        ),
    )


def _benchmarks(board: str, payload: Mapping[str, Any]) -> pl.DataFrame:
    """Return one row per task; `MTEB(cmn, v1)` once listed a task twice."""
    tasks = [meta for meta in payload["tasksMeta"] if isinstance(meta, dict) and isinstance(meta.get("name"), str)]
    return schema.frame(
        schema.BENCHMARKS,
        [
            {
                "benchmark": f"{board}/{meta['name']}",
                "source": board,
                "title": meta["name"],
                "task_type": meta.get("type"),
                "metric": meta.get("mainScore"),
                "higher_is_better": True,
                "scale_low": None,
                "scale_high": 1.0,
                "chance": None,
                "url": meta.get("reference"),
            }
            for meta in {meta["name"]: meta for meta in tasks}.values()
        ],
    )


def _news(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a sentence about row fields that are new."""
    known = NOTED_ROW_FIELDS | set(ROW_FIELDS)
    new = sorted({field for row in payload["rows"] for field in row} - known)
    return (f"new columns, not used: {', '.join(f'`{name}`' for name in new)}",) if new else ()


def _resource(benchmark: str) -> Resource:
    encoded = quote(benchmark, safe="")
    return Resource(
        name="scores",
        path=f"mteb-leaderboard-backend/v1/benchmarks/{encoded}/scores.json",
        url=f"{BACKEND}/v1/benchmarks/{encoded}/scores",
        max_bytes=64 * MEBIBYTE,
        media="json",
    )


def _source(board: str, benchmark: str, title: str) -> Source:
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
    )


ENGLISH = _source("mteb_eng_v2", "MTEB(eng, v2)", "MTEB English v2")
MULTILINGUAL = _source("mteb_multilingual_v2", "MTEB(Multilingual, v2)", "MTEB Multilingual v2")
CHINESE = _source("mteb_cmn_v1", "MTEB(cmn, v1)", "MTEB Chinese v1")
RETRIEVAL = _source("rteb_eng", "RTEB(eng, beta)", "RTEB English (beta)")
