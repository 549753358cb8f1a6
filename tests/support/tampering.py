"""Change a published dataset as a hostile publisher would: the contents first, then every checksum again."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from aggregator import warehouse
from aggregator.dataset import build, checksums
from aggregator.dataset.contents import CHECKSUMS
from aggregator.dataset.describe import describe
from aggregator.store.manifest import read_manifest
from aggregator.warehouse import TableFile

Damage = Callable[[Path], object]


def run_sql(dataset: Path, *statements: str) -> None:
    """Run statements on the DuckDB file."""
    with duckdb.connect(str(dataset / warehouse.DATABASE)) as connection:
        for statement in statements:
            connection.execute(statement)


def export_again(dataset: Path, *tables: str) -> None:
    """Write the Parquet files of tables as they are in the DuckDB file now."""
    with duckdb.connect(str(dataset / warehouse.DATABASE), read_only=True) as connection:
        for table in tables:
            warehouse.export_table(connection, dataset, table)


def change_parquet(dataset: Path, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    path = dataset / "data" / table / f"{table}.parquet"
    change(pl.read_parquet(path)).write_parquet(path, compression="zstd", statistics=True)


def in_both(dataset: Path, statement: str, table: str = "leaderboard") -> None:
    """Change a table in the DuckDB file and in its Parquet file."""
    run_sql(dataset, statement)
    export_again(dataset, table)


def write_documents_again(dataset: Path) -> None:
    """Write the documents and CSV files of the changed tables with our own code, as an attacker can."""
    repair_checksums(dataset)
    build.write_documents(describe(dataset, read_manifest(dataset)), dataset, None)


def repair_checksums(dataset: Path, **changes: Any) -> None:
    """Make checksums, numbers of rows and content hash right again, and apply `changes` to the manifest."""
    manifest = read_manifest(dataset)
    for file in manifest["files"]:
        path = dataset / file["path"]
        file["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        if path.suffix == ".parquet":
            with suppress(pl.exceptions.PolarsError, OSError):
                file["rows"] = pl.scan_parquet(path).select(pl.len()).collect().item()
    tables = [
        TableFile(Path(file["path"]).stem, file["path"], file["sha256"], file["rows"])
        for file in manifest["files"]
        if file["path"].endswith(".parquet")
    ]
    manifest["content_hash"] = warehouse.content_hash(tables, exclude=warehouse.RUN_TABLES)
    write_manifest(dataset, manifest | changes)


def write_manifest(dataset: Path, manifest: Any) -> None:
    """Write a manifest of any shape, and the checksum file if it can be made for it."""
    (dataset / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    try:
        (dataset / CHECKSUMS).write_bytes(checksums.format_checksums(dataset, manifest))
    except (KeyError, TypeError, AttributeError, ValueError):
        return
