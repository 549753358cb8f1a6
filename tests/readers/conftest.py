"""What people who never install us read with: run by `make readers` in an environment of its own."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--dataset", type=Path, help="a published folder")
    parser.addoption("--old", type=Path, help="a folder with one folder for each further DuckDB")


@pytest.fixture(scope="session")
def dataset(pytestconfig: pytest.Config) -> Path:
    return Path(pytestconfig.getoption("--dataset")).resolve()
