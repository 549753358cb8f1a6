"""Verification of a generation against its manifest and the ledger."""

from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator.store.generations import Home
from aggregator.store.manifest import verify
from tests.support.homes.two_files import new_home, publish


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


def flip_bit(path: Path, position: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (lambda d: flip_bit(d / "metaboard.duckdb"), "metaboard.duckdb is not the file"),
        (lambda d: flip_bit(d / "tables/leaderboard.parquet", -1), "leaderboard.parquet is not the file"),
        (lambda d: (d / "metaboard.duckdb").unlink(), "metaboard.duckdb is missing"),
        (lambda d: (d / "extra.csv").write_text(""), "extra.csv is not in the manifest"),
        (lambda d: (d / "metaboard.duckdb.wal").write_text(""), "metaboard.duckdb.wal is not in the manifest"),
        (lambda d: (d / "manifest.json").unlink(), "manifest.json is missing"),
        (lambda d: (d / "manifest.json").write_text("[" * 100_000), "is not a manifest: its JSON is nested too deeply"),
        (lambda d: (d / "manifest.json").write_text("{"), "manifest.json cannot be read"),
        (lambda d: (d / "manifest.json").write_text("[]"), "is not a manifest"),
        (lambda d: (d / "manifest.json").write_text('{"files": [{}]}'), "without path or sha256"),
        (lambda d: (d / "manifest.json").write_text('{"files": [3]}'), "without path or sha256"),
        (lambda d: (d / "metaboard.duckdb").replace(d / "tables/leaderboard.parquet"), "missing"),
        (
            lambda d: (
                (d / "metaboard.duckdb").replace(d.parent / "x") and (d / "metaboard.duckdb").symlink_to(d.parent / "x")
            ),
            "not the file",
        ),
    ],
)
def test_every_change_of_a_generation_is_found(home: Home, tamper: Callable[[Path], object], problem: str) -> None:
    generation = publish(home)
    assert verify(generation.path) == []
    tamper(generation.path)
    assert problem in "; ".join(verify(generation.path))


def test_a_generation_in_the_folder_of_another_one_is_found(home: Home) -> None:
    first, second = publish(home, "a"), publish(home, "b")
    second.path.rename(home.root / "moved")
    first.path.rename(second.path)
    assert verify(home.root / "current") == ["manifest.json is of generation 000001-aaaaaaaa"]
