"""Every recipe of `docs/query.md`, every validator and other DuckDB versions read the same rows."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.readers.httpfs import connection_with_httpfs
from tests.support.recipes import recipe, serve_folder

Best = list[tuple[int, str]]
BEST = "select rank, name from leaderboard where track = 'llm' and rank is not null order by rank, name limit 20"


@pytest.fixture(scope="session")
def best(dataset: Path) -> Best:
    with duckdb.connect(str(dataset / "metaboard.duckdb"), read_only=True) as connection:
        return connection.execute(BEST).fetchall()


def run(name: str, dataset: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(recipe(name, dataset), found)  # noqa: S102 - the code of the page is under test
    return found


@pytest.mark.parametrize("name", ["polars", "pandas", "datasets"])
def test_data_frames_have_the_rows_of_the_file(dataset: Path, best: Best, name: str) -> None:
    found = run(name, dataset)["best"]
    rows = found.rows() if hasattr(found, "rows") else found
    rows = rows[["rank", "name"]].to_records(index=False).tolist() if hasattr(rows, "columns") else rows
    assert [(int(rank), model) for rank, model in rows] == best


def test_every_table_with_rows_loads_as_a_configuration(dataset: Path) -> None:
    from datasets import get_dataset_config_names, load_dataset  # noqa: PLC0415 - slow to import

    manifest = json.loads((dataset / "manifest.json").read_text())
    names = get_dataset_config_names(str(dataset))
    counted = {file["path"]: file["rows"] for file in manifest["files"]}
    assert names[0] == "leaderboard"
    assert set(names) == {name for name in manifest["schema"] if counted[f"data/{name}/{name}.parquet"]}
    for name in names:
        rows = counted[f"data/{name}/{name}.parquet"]
        loaded = load_dataset(str(dataset), name, split="train")
        assert (loaded.num_rows, loaded.column_names) == (rows, list(manifest["schema"][name]))


def test_the_hub_client_reads_the_head_of_the_card(dataset: Path) -> None:
    from huggingface_hub import DatasetCard  # noqa: PLC0415 - slow to import

    head = DatasetCard.load(dataset / "README.md").data
    manifest = json.loads((dataset / "manifest.json").read_text())
    assert head.license == "other"
    assert (dataset / head.license_link).is_file()
    assert [config["config_name"] for config in head.configs if config.get("default")] == ["leaderboard"]
    assert {config["config_name"] for config in head.configs} <= manifest["schema"].keys()
    for config in head.configs:
        assert list(dataset.glob(config["data_files"][0]["path"])), config


@pytest.mark.parametrize("name", ["duckdb-attach", "duckdb-parquet"])
def test_duckdb_reads_over_http_less_than_half_of_the_file(dataset: Path, best: Best, name: str) -> None:
    connection = connection_with_httpfs()
    with serve_folder(dataset) as server:
        code = recipe(name, dataset, server.address)
        found: list[tuple[Any, ...]] = []
        for statement in (part.strip() for part in code.split(";")):
            # The extension is already loaded from its Python package.
            if statement and not statement.startswith(("install", "load")):
                found = connection.execute(statement).fetchall()
        sent = server.sent_bytes
    assert [row[:2] for row in found if row[0]][:20] == best
    size = (dataset / "metaboard.duckdb").stat().st_size
    assert sent < size / 2, f"{sent:,} of {size:,} bytes were read"


READ = f"""
import sys, json, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
rows = connection.execute({BEST!r}).fetchall()
tables = [row[0] for row in connection.execute("select table_name from duckdb_tables() where comment is not null").fetchall()]
for table in tables:
    connection.execute(f'select count(columns(*)) from "{{table}}"').fetchall()
for statement in sys.stdin.read().split(";"):
    if statement.strip():
        assert connection.execute(statement).fetchall(), statement
print(json.dumps({{"version": duckdb.__version__, "best": rows, "tables": sorted(tables)}}))
"""


def test_older_and_newer_versions_of_duckdb_read_the_same_rows(
    dataset: Path, best: Best, pytestconfig: pytest.Config
) -> None:
    old = Path(pytestconfig.getoption("--old"))
    wanted = sorted(path.stem.removeprefix("duckdb-") for path in Path(__file__).parent.glob("duckdb-*.lock"))
    tables = sorted(json.loads((dataset / "manifest.json").read_text())["schema"])
    for version in wanted:
        done = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", READ, str(dataset / "metaboard.duckdb")],
            input=recipe("duckdb-sql", dataset),
            env={**os.environ, "PYTHONPATH": str(old / version)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"DuckDB {version}: {done.stderr}"
        found = json.loads(done.stdout)
        assert found["version"] == version
        assert [tuple(row) for row in found["best"]] == best
        assert found["tables"] == tables
    assert len(wanted) >= 3


def test_frictionless_accepts_every_file_and_row(dataset: Path, best: Best, monkeypatch: pytest.MonkeyPatch) -> None:
    from frictionless import Resource  # noqa: PLC0415 - slow to import

    monkeypatch.chdir(dataset)
    report = run("frictionless", dataset)["report"]
    manifest = json.loads((dataset / "manifest.json").read_text())
    tables = {file["path"]: file["rows"] for file in manifest["files"] if file["rows"] is not None}
    assert tables.keys() <= {task.place for task in report.tasks}
    counted = {task.place: task.stats.get("rows") for task in report.tasks}
    assert counted["csv/leaderboard.csv"] == tables["data/leaderboard/leaderboard.parquet"]
    package = json.loads(Path("datapackage.json").read_text())
    with Resource(next(each for each in package["resources"] if each["name"] == "leaderboard-csv")) as resource:
        rows = [row.to_dict() for row in resource.row_stream]
    assert sorted((row["rank"], row["name"]) for row in rows if row["track"] == "llm" and row["rank"])[:20] == best


def test_mlcroissant_accepts_the_description_and_reads_the_rows(dataset: Path, best: Best) -> None:
    import mlcroissant  # noqa: PLC0415 - slow to import

    described = mlcroissant.Dataset(str(dataset / "croissant.json"))
    assert not described.metadata.ctx.issues.errors
    assert not described.metadata.ctx.issues.warnings
    records = [record for record in described.records("leaderboard") if record["leaderboard/track"] == b"llm"]
    ranked = sorted(
        (int(r["leaderboard/rank"]), r["leaderboard/name"].decode()) for r in records if r["leaderboard/rank"]
    )
    assert ranked[:20] == best
