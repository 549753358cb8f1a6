"""Load DuckDB's HTTP extension from a Python package, because DuckDB's own extension server may be unreachable."""

from pathlib import Path

import duckdb


def connection_with_httpfs() -> duckdb.DuckDBPyConnection:
    """Return a new connection with the extension, whose version must equal that of DuckDB."""
    import duckdb_extension_httpfs  # noqa: PLC0415 - only installed for the readers' tests

    package = Path(duckdb_extension_httpfs.__file__).parent
    file = next(package.rglob(f"v{duckdb.__version__}/httpfs.duckdb_extension"))
    connection = duckdb.connect()
    connection.execute(f"load '{file}'")
    return connection
