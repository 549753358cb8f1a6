"""Bytes that a query reads over HTTP against the whole file: `.venv-readers/bin/python benchmarks/http_attach.py FOLDER`.

FOLDER is a published dataset; a server on loopback sends its files with byte ranges, as the Hub does. The DuckDB file
is attached, the Parquet file is read by column. Each query has a new connection, so nothing is cached. Needs `duckdb`
and `duckdb-extension-httpfs`, which `make readers` installs.
"""

import sys
from pathlib import Path

# The environment of readers does not have this project installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.readers.httpfs import connection_with_httpfs
from tests.support.recipes import serve_folder

DUCKDB_FILE = "metaboard.duckdb"
PARQUET_FILE = "data/leaderboard/leaderboard.parquet"
DUCKDB_QUERIES = {
    "attach only": "select 1",
    "top 100, three columns": "select rank, name, boards from board.leaderboard where track = 'llm' order by rank limit 100",
    "top 100, every column": "select * from board.leaderboard where track = 'llm' order by rank limit 100",
    "one model by its id": "select * from board.leaderboard where model_id = 'Qwen/Qwen2.5-7B-Instruct'",
}
PARQUET_QUERIES = {
    "top 100, three columns": "select rank, name, boards from '{}' where track = 'llm' order by rank limit 100",
    "top 100, every column": "select * from '{}' where track = 'llm' order by rank limit 100",
    "count the rows": "select count(*) from '{}'",
}


def main() -> int:
    folder = Path(sys.argv[1])
    print(f"{'':36}{'of the file':>12}{'bytes':>12}{'requests':>10}")
    for name, query in DUCKDB_QUERIES.items():
        _measure(folder, f"DuckDB: {name}", query, DUCKDB_FILE)
    for name, query in PARQUET_QUERIES.items():
        _measure(folder, f"Parquet: {name}", query, PARQUET_FILE)
    return 0


def _measure(folder: Path, name: str, query: str, file: str) -> None:
    connection = connection_with_httpfs()
    with serve_folder(folder) as server:
        address = f"{server.address}/{file}"
        if file == DUCKDB_FILE:
            connection.execute(f"attach '{address}' as board (read_only)")
        connection.execute(query.format(address)).fetchall()
    share = server.sent_bytes / (folder / file).stat().st_size
    print(f"{name:36}{share:>12.4f}{server.sent_bytes:>12,}{server.requests:>10}")


if __name__ == "__main__":
    sys.exit(main())
