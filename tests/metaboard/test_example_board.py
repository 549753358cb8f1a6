"""The example plug-in, built and installed as a distribution: it is in the command line, the DuckDB file and the page."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.conftest import REPOSITORY
from tests.support.example_board import FOLDER, copy_example_files


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of packages with the example, built from its sources without a network."""
    folder = tmp_path_factory.mktemp("packages")
    sources = shutil.copytree(FOLDER, tmp_path_factory.mktemp("sources") / "example")
    options = ("--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--target", str(folder))
    command = [sys.executable, "-m", "pip", "install", *options, str(sources)]
    subprocess.run(command, check=True, timeout=240)  # noqa: S603 - our own interpreter
    return folder


def metaboard(packages: Path, *arguments: object) -> str:
    command = [sys.executable, "-m", "metaboard", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": f"{packages}{os.pathsep}{REPOSITORY}"}
    run = subprocess.run(  # noqa: S603 - our own interpreter
        command, env=environment, capture_output=True, text=True, check=False, timeout=240
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_an_installed_board_is_in_every_output(installed: Path, tmp_path: Path) -> None:
    home, mirror = ("--home", tmp_path / "home"), tmp_path / "mirror"
    shutil.copytree(SAMPLE, mirror)
    copy_example_files(mirror)
    metaboard(installed, "refresh", "--direct", "--mirror", mirror, *home)
    boards = {row["source"]: row for row in json.loads(metaboard(installed, "boards", "--json", *home))}
    assert (boards["reading_group"]["rows"], boards["reading_group"]["is_plugin"]) == (12, True)
    assert boards["reading_group"]["shared_models"] >= 10
    query = "select reading_group_rank as place, reading_group_score as score from leaderboard where reading_group_rank <= 2"
    rows = json.loads(metaboard(installed, "sql", query, "--json", *home))
    assert sorted((row["place"], row["score"]) for row in rows) == [(1, 76.5), (2, 74.0)]
    assert "reading_group" in metaboard(installed, "show", "gpt-4o-2024-08-06", "--json", *home)
    metaboard(installed, "site", "--to", tmp_path / "site", *home)
    pages = [path for path in (tmp_path / "site").rglob("*") if path.suffix in (".html", ".js") and path.is_file()]
    assert any("Reading group" in path.read_text(encoding="utf-8") for path in pages if path.name == "leaderboard.js")
    assert any("Reading group" in path.read_text(encoding="utf-8") for path in pages if path.name == "boards.html")


def test_the_example_is_one_short_file_and_one_line() -> None:
    assert len((FOLDER / "metaboard_reading_group.py").read_text(encoding="utf-8").splitlines()) <= 110
    assert (FOLDER / "pyproject.toml").read_text(encoding="utf-8").count("metaboard_reading_group:SOURCE") == 1
