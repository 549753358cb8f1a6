"""DuckDB's HTTP extension from the package registry, for machines that cannot reach DuckDB's own server of extensions."""

from pathlib import Path

import duckdb


def connection_with_httpfs() -> duckdb.DuckDBPyConnection:
    """Return a new connection that has the extension; it must be of exactly this DuckDB's version."""
    import duckdb_extension_httpfs  # noqa: PLC0415 - only readers have it

    package = Path(duckdb_extension_httpfs.__file__).parent
    file = next(package.rglob(f"v{duckdb.__version__}/httpfs.duckdb_extension"))
    connection = duckdb.connect()
    connection.execute(f"load '{file}'")
    return connection
