"""Options of the readers' tests, which `make readers` runs in an environment without Metaboard."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--dataset", type=Path, help="the folder of a published dataset")
    parser.addoption("--old", type=Path, help="a folder with one folder per further DuckDB version")


@pytest.fixture(scope="session")
def dataset(pytestconfig: pytest.Config) -> Path:
    return Path(pytestconfig.getoption("--dataset")).resolve()
