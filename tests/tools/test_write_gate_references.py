"""The tables of the shipped baselines: small, without the names of models, and those of the recordings."""

from pathlib import Path

import polars as pl
import pytest

from aggregator.gates.reference import TABLES
from aggregator.pipeline.references import FOLDER, write_references
from aggregator.sources import SAMPLE
from tools.write_gate_references import recorded_references

LARGEST_SIZE = 1_500_000
"""Bytes of all tables together."""


def test_the_shipped_tables_are_small_and_have_the_declared_columns() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < LARGEST_SIZE
    assert {file.name for file in FOLDER.iterdir()} == {f"{name}.parquet" for name in TABLES}
    for name, columns in TABLES.items():
        assert dict(pl.read_parquet_schema(FOLDER / f"{name}.parquet")) == columns


def test_the_tables_have_hashes_and_no_names_of_models() -> None:
    texts = {
        column
        for columns in TABLES.values()
        for column, dtype in columns.items()
        if dtype == pl.String() and column not in {"source", "benchmark", "edition", "fact", "value"}
    }
    assert texts == set()
    shares = pl.read_parquet(FOLDER / "shares.parquet")
    assert not set(shares["fact"]) & {"hf_id", "base_models"}


def test_the_same_mirror_gives_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        write_references(recorded_references(SAMPLE), folder)
        written.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert written[0] == written[1]


@pytest.mark.recordings
def test_the_shipped_tables_are_those_of_the_recordings(recordings: Path, tmp_path: Path) -> None:
    write_references(recorded_references(recordings), tmp_path)
    for name in TABLES:
        shipped = pl.read_parquet(FOLDER / f"{name}.parquet")
        assert shipped.equals(pl.read_parquet(tmp_path / f"{name}.parquet")), f"run tools.write_gate_references: {name}"
