"""Small generations for tests: two files that carry one mark, so that a mix of two generations shows."""

from pathlib import Path
from typing import Any

from aggregator.store.generations import Generation, Home, verify
from tests.support.clocks import NOON

FILES = {"metaboard.duckdb": "tables", "tables/leaderboard.parquet": "rows"}


def make(directory: Path) -> Home:
    return Home(directory / "home", kept=3, now=lambda: NOON)


def manifest(mark: str = "a") -> dict[str, Any]:
    return {
        "schema_version": "1.0.0",
        "content_hash": mark * 16,
        "sources": {"arena": {"sha256": mark}},
        "files": [{"path": "metaboard.duckdb", "rows": None}, {"path": "tables/leaderboard.parquet", "rows": 7}],
    }


def fill(directory: Path, mark: str) -> None:
    for name, content in FILES.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content + mark)


def publish(home: Home, mark: str = "a") -> Generation:
    with home.lease(), home.build() as build:
        fill(build, mark)
        return home.publish(build, manifest(mark))


def seen(home: Home) -> str | None:
    """Return the mark of what readers see, having checked that it is whole and of one generation."""
    current = home.root / "current"
    if not current.exists():
        return None
    assert verify(current) == []
    marks = {(current / name).read_text().removeprefix(content) for name, content in FILES.items()}
    assert len(marks) == 1
    return marks.pop()
