"""Run a refresh in a test and read the generation that it made."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows.refresh import RefreshOptions, RefreshResult, refresh
from flows.runners import DirectRunner

NOW = datetime(2026, 11, 25, 3, 17, tzinfo=UTC)


def run_refresh(home: Path, **options: object) -> RefreshResult:
    """Refresh `home` at `NOW` without Prefect."""
    given = RefreshOptions(home=home, **options)  # type: ignore[arg-type] # the values have several types
    return refresh(given, DirectRunner(lambda _: None), now=lambda: NOW)


def read_table(result: RefreshResult, name: str) -> pl.DataFrame:
    """Return one published table."""
    return pl.read_parquet(result.generation.path / "data" / name / f"{name}.parquet")


def parquet_checksums(result: RefreshResult) -> dict[str, str]:
    """Return the checksum of each Parquet file by its path."""
    files = result.generation.manifest()["files"]
    return {file["path"]: file["sha256"] for file in files if file["path"].endswith(".parquet")}
