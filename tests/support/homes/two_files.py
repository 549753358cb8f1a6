"""Home directories with generations of two small files.

Both files contain the letter of their generation, so a test can detect a mix of two generations.
"""

from pathlib import Path
from typing import Any

from aggregator.store.generations import Generation, Home, verify
from tests.support.clocks import NOON

FILES = {"metaboard.duckdb": "tables", "tables/leaderboard.parquet": "rows"}


def new_home(directory: Path) -> Home:
    return Home(directory / "home", kept=3, now=lambda: NOON)


def manifest(letter: str = "a") -> dict[str, Any]:
    return {
        "schema_version": "1.0.0",
        "content_hash": letter * 16,
        "sources": {"arena": {"sha256": letter}},
        "files": [{"path": "metaboard.duckdb", "rows": None}, {"path": "tables/leaderboard.parquet", "rows": 7}],
    }


def write_files(directory: Path, letter: str) -> None:
    for name, content in FILES.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content + letter)


def publish(home: Home, letter: str = "a") -> Generation:
    with home.lock(), home.build() as build:
        write_files(build, letter)
        return home.publish(build, manifest(letter))


def read_letter(home: Home) -> str | None:
    """Return the letter of the current generation, or None without one; fail if it is damaged or a mix."""
    current = home.root / "current"
    if not current.exists():
        return None
    assert verify(current) == []
    letters = {(current / name).read_text().removeprefix(content) for name, content in FILES.items()}
    assert len(letters) == 1
    return letters.pop()
