"""How many bytes a question to the published dataset costs over HTTP: the DuckDB file attached, and Parquet by column.

    .venv-readers/bin/python benchmarks/http_attach.py FOLDER

`FOLDER` is a published dataset; it is served on loopback with byte ranges, as the Hub serves it. Each question is asked by
a new connection, so nothing is cached. Needs `duckdb` and `duckdb-extension-httpfs`, which `make readers` sets up.
"""

import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.readers.httpfs import connection_with_httpfs
from tests.support.recipes import serving

ATTACHED = {
    "attach only": "select 1",
    "top 100, three columns": "select rank, name, boards from board.leaderboard where track = 'llm' order by rank limit 100",
    "top 100, every column": "select * from board.leaderboard where track = 'llm' order by rank limit 100",
    "one model by its id": "select * from board.leaderboard where model_id = 'Qwen/Qwen2.5-7B-Instruct'",
}
PARQUET = {
    "top 100, three columns": "select rank, name, boards from '{}' where track = 'llm' order by rank limit 100",
    "top 100, every column": "select * from '{}' where track = 'llm' order by rank limit 100",
    "count the rows": "select count(*) from '{}'",
}


def main() -> int:
    folder = Path(sys.argv[1])
    size = (folder / "metaboard.duckdb").stat().st_size
    parquet = (folder / "data/leaderboard/leaderboard.parquet").stat().st_size
    print(f"metaboard.duckdb has {size:,} bytes, leaderboard.parquet {parquet:,}\n")
    print(f"{'':36}{'bytes':>12}{'requests':>10}{'seconds':>9}")
    for name, question in ATTACHED.items():
        _measure(folder, f"ATTACH: {name}", question, attach=True)
    for name, question in PARQUET.items():
        _measure(folder, f"Parquet: {name}", question, attach=False)
    return 0


def _measure(folder: Path, name: str, question: str, *, attach: bool) -> None:
    connection = connection_with_httpfs()
    with serving(folder) as server:
        began = perf_counter()
        if attach:
            connection.execute(f"attach '{server.address}/metaboard.duckdb' as board (read_only)")
        connection.execute(question.format(f"{server.address}/data/leaderboard/leaderboard.parquet")).fetchall()
        taken = perf_counter() - began
    print(f"{name:36}{server.sent:>12,}{server.requests:>10}{taken:>9.2f}")


if __name__ == "__main__":
    sys.exit(main())
