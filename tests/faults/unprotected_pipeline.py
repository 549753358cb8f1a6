"""Negative control: a simple pipeline without protection, which must fail most of the injected faults.

It uses `httpx.get`, joins on the last part of the name, and writes the DuckDB file in place.
"""

import hashlib
import io
import json
from pathlib import Path

import duckdb
import httpx
import polars as pl

from tests.support.samples import SOURCES

BOARDS = {
    "open_llm_v2": ("contents", "fullname", "Average ⬆️"),
    "arena_text_style_control": ("latest", "model_name", "rating"),
    "mteb_eng_v2": ("scores", "", ""),
}


def refresh(home: Path, base: str) -> None:
    """Fetch three boards, join them, and overwrite the published files."""
    tables = [_board(board, base) for board in BOARDS]
    scores = pl.concat(tables).with_columns(model=pl.col("raw_name").str.split("/").list.last().str.to_lowercase())
    current = home / "current"
    (current / "data" / "scores").mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(current / "metaboard.duckdb")) as connection:
        connection.register("incoming", scores)
        connection.execute("create or replace table scores as select * from incoming")
        connection.execute(
            "create or replace table leaderboard as select model, avg(score) as score, count(*) as boards"
            " from scores group by model order by score desc"
        )
    scores.write_parquet(current / "data" / "scores" / "scores.parquet")
    _manifest(current, scores.height)


def _board(board: str, base: str) -> pl.DataFrame:
    resource, name, score = BOARDS[board]
    path = next(
        found.path for source in SOURCES if source.id == board for found in source.resources if found.name == resource
    )
    body = httpx.get(f"{base}/{path.replace('%', '%25')}", timeout=5).content
    if board.startswith("mteb"):
        rows = [
            {"raw_name": row["model"]["name"], "benchmark": task, "score": value}
            for row in json.loads(body)["rows"]
            for task, value in row["scoresByTask"].items()
        ]
        frame = pl.DataFrame(rows, infer_schema_length=None)
    else:
        table = pl.read_parquet(io.BytesIO(body))
        benchmark = pl.col("category") if "category" in table.columns else pl.lit("average")
        frame = table.select(raw_name=name, benchmark=benchmark, score=score)
    return frame.select(
        pl.lit(board).alias("source"),
        pl.col("raw_name").cast(pl.String),
        pl.col("benchmark").cast(pl.String),
        pl.col("score").cast(pl.Float64),
    )


def _manifest(current: Path, rows: int) -> None:
    files = [
        {
            "path": path.relative_to(current).as_posix(),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "rows": rows if path.suffix == ".parquet" else None,
        }
        for path in sorted(current.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    ]
    (current / "manifest.json").write_text(json.dumps({"files": files}))
