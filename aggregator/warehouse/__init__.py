"""DuckDB: build one database file from `sql/`, check it, export it, and open it read-only.

What belongs here: running the statements of `sql/` and connecting to the file that they build. Queries of a published
file belong in `aggregator.query`, the statements themselves in `sql/`.
"""

from aggregator.warehouse.build import (
    DATABASE,
    RUN_TABLES,
    STORAGE_VERSION,
    TableFile,
    WarehouseBuilder,
    content_hash,
    create_macros,
    export_table,
    open_builder,
    open_read_only,
    sql_digest,
    sql_root,
)
from aggregator.warehouse.sql_text import literal, quoted

__all__ = [
    "DATABASE",
    "RUN_TABLES",
    "STORAGE_VERSION",
    "TableFile",
    "WarehouseBuilder",
    "content_hash",
    "create_macros",
    "export_table",
    "literal",
    "open_builder",
    "open_read_only",
    "quoted",
    "sql_digest",
    "sql_root",
]
