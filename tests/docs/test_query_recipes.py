"""Run the recipes of `docs/query.md` that need only the development packages; `make readers` runs the others."""

import json
import subprocess
from pathlib import Path

import duckdb
import pytest

from metaboard.app import run
from tests.support.recipes import recipe, recipes, serve_folder


@pytest.fixture(scope="session")
def published(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the bundled sample, published."""
    folder = tmp_path_factory.mktemp("published") / "dataset"
    assert run(["publish", "--to", str(folder), "--home", str(sample_home)]) == 0
    return folder


@pytest.fixture(scope="session")
def best(published: Path) -> list[tuple[int, str]]:
    with duckdb.connect(str(published / "metaboard.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select rank, name from leaderboard where track = 'llm' and rank is not null order by rank, name limit 20"
        ).fetchall()


def test_every_recipe_is_run_here_or_by_make_readers() -> None:
    here = {"duckdb-file", "duckdb-sql", "polars", "pandas", "curl", "sums"}
    readers = (Path(__file__).parent.parent / "readers" / "read_published.py").read_text(encoding="utf-8")
    assert {name for name in recipes() if f'"{name}"' not in readers} <= here


def test_duckdb_reads_the_downloaded_file(published: Path, tmp_path: Path) -> None:
    with serve_folder(published) as server:
        run_shell(recipe("duckdb-file", published, server.address), tmp_path)
    with duckdb.connect(str(tmp_path / "metaboard.duckdb"), read_only=True) as connection:
        for statement in recipe("duckdb-sql", published).split(";"):
            if statement.strip():
                assert connection.execute(statement).fetchall(), statement


@pytest.mark.parametrize("name", ["polars", "pandas"])
def test_data_frames_have_the_rows_of_the_duckdb_file(published: Path, best: list[tuple[int, str]], name: str) -> None:
    found: dict[str, object] = {}
    exec(recipe(name, published), found)  # noqa: S102 - the test runs the code of the page
    frame = found["best"]
    rows = frame.rows() if hasattr(frame, "rows") else frame[["rank", "name"]].to_records(index=False).tolist()  # type: ignore[index] # a pandas frame, which has no type here
    assert [(int(rank), model) for rank, model in rows] == best


def test_curl_and_sha256sum_read_the_dataset_without_metaboard(published: Path, tmp_path: Path) -> None:
    with serve_folder(published) as server:
        lines = run_shell(recipe("curl", published, server.address), tmp_path).splitlines()
    assert lines[0].startswith("\ufeffmodel_id,name,track,rank")
    assert len(lines) == 6
    run_shell(recipe("sums", published), published)


def test_the_published_sample_has_less_than_ten_megabytes(published: Path) -> None:
    manifest = json.loads((published / "manifest.json").read_text())
    sizes = {file["path"]: (published / file["path"]).stat().st_size for file in manifest["files"]}
    core = {path: size for path, size in sizes.items() if "/scores/" not in path and "/history/" not in path}
    assert sum(size for path, size in core.items() if path != "metaboard.duckdb") < 10e6


def run_shell(command: str, folder: Path) -> str:
    done = subprocess.run(["sh", "-ec", command], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603, S607 - the test runs the commands of the page
    assert done.returncode == 0, done.stderr
    return done.stdout
