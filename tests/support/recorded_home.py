"""Fixtures on one generation of the recordings: its home directory, and names that people type for its models."""

from pathlib import Path

import pytest

from metaboard.app import run
from tests.support.typed_names import TypedName, given_typed_names


@pytest.fixture(scope="session")
def recordings_home(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home directory with one generation of the recordings. Tests do not change it."""
    home = tmp_path_factory.mktemp("recordings")
    assert run(["refresh", "--direct", "--mirror", str(recordings), "--home", str(home)]) in (0, 3)
    return home


@pytest.fixture(scope="session")
def given_names(recordings: Path) -> list[TypedName]:
    """Return the names that people type for the models of the recordings."""
    return given_typed_names(recordings)
