"""A board with one small JSON table, so that a test can store many fetches of it quickly."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from aggregator import schema
from aggregator.errors import SourceError
from aggregator.model import Parsed, RankRule, Resource, Sha256, Snapshot, Source, Track
from aggregator.store.snapshots import SnapshotStore

FIRST_FETCH = datetime(2026, 11, 1, 3, 17, tzinfo=UTC)


def parse(files: Mapping[str, bytes]) -> Parsed:
    try:
        board = json.loads(files["table"])
    except ValueError as cause:
        raise SourceError("board", "table", "is not JSON") from cause
    day = date.fromisoformat(board["day"])
    rows: list[dict[str, object]] = [
        {"source": "board", "raw_name": name, "board_score": score, "published_on": day}
        for name, score in board["scores"].items()
    ]
    entries = schema.frame(schema.ENTRIES, rows)
    scores = entries.select("source", "raw_name", benchmark=pl.lit("board/points"), score="board_score")
    described = {"source": "board", "benchmark": "board/points", "title": "Points", "domain": "general"}
    return Parsed(
        entries=entries,
        scores=schema.frame(schema.SCORES, scores),
        benchmarks=schema.frame(schema.BENCHMARKS, [described | {"higher_is_better": True}]),
        rows_read=len(rows),
        accepted=entries.select("raw_name", rows=pl.lit(1)),
        rows_duplicate=0,
        quarantined=schema.frame(schema.QUARANTINED),
        published_on=day,
    )


BOARD = Source(
    id="board",
    title="Board",
    track=Track.LLM,
    rank_rule=RankRule.SCORE,
    score_unit="points",
    homepage="https://board.example",
    license="CC0",
    citation="",
    resources=(
        Resource("table", "board/table.json", "https://board.example/table.json", 1000, "json"),
        Resource("note", "board/note.txt", "https://board.example/note.txt", 1000, "json"),
    ),
    parse=parse,
)


@dataclass
class FetchWriter:
    """Stores fetches of the board; `day` counts from `FIRST_FETCH`."""

    home: Path

    def store_file(self, resource: str, content: bytes, at: datetime) -> Snapshot:
        sha256 = Sha256(hashlib.sha256(content).hexdigest())
        url = f"https://board.example/{resource}"
        snapshot = Snapshot("board", resource, url, sha256, len(content), at, content=content)
        return SnapshotStore(self.home).keep(snapshot)

    def store_scores(self, day: int, published_on: str, **scores: float) -> tuple[Snapshot, ...]:
        return self.store_table(day, json.dumps({"day": published_on, "scores": scores}).encode())

    def store_table(self, day: int, table: bytes) -> tuple[Snapshot, ...]:
        at = FIRST_FETCH + timedelta(days=day)
        return (self.store_file("table", table, at), self.store_file("note", b"{}", at + timedelta(seconds=2)))
