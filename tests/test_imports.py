"""Public import paths: what stays, and what fails with its new name."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

MOVED = [
    tuple(line.split(" -> "))
    for line in (REPOSITORY / "aggregator" / "moved_modules.txt").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(("old", "new"), MOVED)
def test_a_moved_module_fails_with_its_new_name_and_the_new_name_works(old: str, new: str) -> None:
    with pytest.raises(ImportError, match=f"import {new.replace('.', '[.]')}$"):
        importlib.import_module(old)
    importlib.import_module(new)


def test_importing_a_moved_module_from_its_package_fails_with_the_new_name_too() -> None:
    with pytest.raises(ImportError, match=r"import aggregator\.fetch\.client"):
        exec("from aggregator import http")  # noqa: S102 - mypy knows that the import fails


def test_a_name_that_never_existed_fails_as_python_does() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'aggregator\.nothing'"):
        importlib.import_module("aggregator.nothing")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("aggregator", "rank"),
        ("aggregator.ranking", "calibrate"),
        ("aggregator.ranking", "score"),
        ("aggregator.identity", "resolve"),
        ("aggregator.identity", "load_rules"),
        ("aggregator.schema", "SCORES"),
        ("flows.nightly", "nightly"),
    ],
)
def test_public_names_stay(module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) is not None


def test_the_root_of_the_library_holds_the_shared_modules_only() -> None:
    modules = {path.stem for path in (REPOSITORY / "aggregator").glob("*.py")}
    assert modules == {"__init__", "errors", "model", "pairwise", "schema", "text", "text_columns"}


def test_the_command_line_also_runs_as_a_module(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "metaboard", "version"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("metaboard ")
