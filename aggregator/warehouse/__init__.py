"""DuckDB: build one database file from `sql/`, prove it, export it, and open it read-only.

What belongs here: running the statements of `sql/` and connecting to the file they build. Questions to a published
file belong in `aggregator.query`; the statements themselves in `sql/`.
"""

from aggregator.warehouse.build import (
    DATABASE,
    STORAGE_VERSION,
    Building,
    TableFile,
    building,
    canonical_hash,
    literal,
    open_read_only,
    quoted,
    sql_root,
)

__all__ = [
    "DATABASE",
    "STORAGE_VERSION",
    "Building",
    "TableFile",
    "building",
    "canonical_hash",
    "literal",
    "open_read_only",
    "quoted",
    "sql_root",
]
