"""Fixtures with a small published dataset."""

import shutil
from pathlib import Path

import pytest

from aggregator.dataset.build import prepare_dataset
from aggregator.dataset.contents import Contents
from aggregator.dataset.describe import describe
from aggregator.store.manifest import read_manifest
from tests.support.homes import published


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a home of one small generation and its dataset; tests must not change it."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "dataset").mkdir()
    prepare_dataset(published.publish(published.new_home(folder)).path, folder / "dataset")
    return folder


@pytest.fixture(scope="session")
def contents(made: Path) -> Contents:
    return describe(made / "dataset", read_manifest(made / "dataset"))


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """Return a home of one small generation that a test may change."""
    return shutil.copytree(made / "home", tmp_path / "home", symlinks=True)


@pytest.fixture
def dataset(made: Path, tmp_path: Path) -> Path:
    """Return a dataset that a test may change."""
    return shutil.copytree(made / "dataset", tmp_path / "dataset")


@pytest.fixture(scope="session")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the dataset of a later generation with other rows."""
    folder = tmp_path_factory.mktemp("another")
    (folder / "dataset").mkdir()
    prepare_dataset(published.publish(published.new_home(folder, day=1), 1299.5).path, folder / "dataset")
    return folder / "dataset"
