"""The recipes of `docs/query.md` that need only what we have ourselves; `make readers` runs all of them."""

import json
import subprocess
from pathlib import Path

import duckdb
import pytest

from metaboard.app import run
from tests.support.recipes import recipe, recipes, serving


@pytest.fixture(scope="session")
def published(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample as a published folder."""
    folder = tmp_path_factory.mktemp("published") / "dataset"
    assert run(["publish", "--to", str(folder), "--home", str(sample_home)]) == 0
    return folder


@pytest.fixture(scope="session")
def best(published: Path) -> list[tuple[int, str]]:
    with duckdb.connect(str(published / "metaboard.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select rank, name from leaderboard where track = 'llm' and rank is not null order by rank, name limit 20"
        ).fetchall()


def test_every_recipe_is_run_somewhere() -> None:
    here = {"duckdb-file", "duckdb-sql", "polars", "pandas", "curl", "sums"}
    readers = (Path(__file__).parent.parent / "readers" / "read_published.py").read_text(encoding="utf-8")
    assert {name for name in recipes() if f'"{name}"' not in readers} <= here


def test_duckdb_reads_the_downloaded_file(published: Path, tmp_path: Path) -> None:
    with serving(published) as server:
        shell(recipe("duckdb-file", published, server.address), tmp_path)
    with duckdb.connect(str(tmp_path / "metaboard.duckdb"), read_only=True) as connection:
        for statement in recipe("duckdb-sql", published).split(";"):
            if statement.strip():
                assert connection.execute(statement).fetchall(), statement


@pytest.mark.parametrize("name", ["polars", "pandas"])
def test_frames_have_the_rows_of_the_file(published: Path, best: list[tuple[int, str]], name: str) -> None:
    found: dict[str, object] = {}
    exec(recipe(name, published), found)  # noqa: S102 - the page's own code is what is tested
    frame = found["best"]
    rows = frame.rows() if hasattr(frame, "rows") else frame[["rank", "name"]].to_records(index=False).tolist()  # type: ignore[index]
    assert [(int(rank), model) for rank, model in rows] == best


def test_curl_and_sums_work_without_any_of_us(published: Path, tmp_path: Path) -> None:
    with serving(published) as server:
        lines = shell(recipe("curl", published, server.address), tmp_path).splitlines()
    assert lines[0].startswith("\ufeffmodel_id,name,track,rank")
    assert len(lines) == 6
    shell(recipe("sums", published), published)


def test_the_sample_is_published_in_a_few_files_of_a_few_megabytes(published: Path) -> None:
    manifest = json.loads((published / "manifest.json").read_text())
    sizes = {file["path"]: (published / file["path"]).stat().st_size for file in manifest["files"]}
    core = {path: size for path, size in sizes.items() if "/scores/" not in path and "/history/" not in path}
    assert sum(size for path, size in core.items() if path != "metaboard.duckdb") < 10e6


def shell(command: str, folder: Path) -> str:
    done = subprocess.run(["sh", "-ec", command], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603, S607 - the page's own commands
    assert done.returncode == 0, done.stderr
    return done.stdout
