"""Fixtures for the tests of faults."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.faults import reader_view, reliability_report, unprotected_pipeline
from tests.faults.harness import answer_from_folder, copy_home
from tests.faults.reader_view import CANARY, Published
from tests.faults.reliability_report import Result
from tests.support.command_line import sample_home
from tests.support.fault_server import serve

__all__ = ["sample_home"]

ALL = os.environ.get("METABOARD_FAULTS") == "all"
"""Whether the slow tests run too; `make faults` sets the variable."""

Recorder = Callable[[Result], None]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow_faults: tests that take minutes; run by `make faults`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = [item for item in items if item.get_closest_marker("slow_faults")]
    if slow and not ALL:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="session")
def record_result() -> Iterator[Recorder]:
    """Return a function that stores a result for `reliability.json`."""
    results: list[Result] = []
    yield results.append
    reliability_report.write_results(results)


@dataclass(frozen=True)
class Workspace:
    """The files of one test of a fault."""

    home: Path
    """A copy of a home directory with one good generation."""
    good: Published
    """The published data of that generation."""
    unprotected_home: Path
    """The home directory of the unprotected pipeline; tests copy it before they change it."""
    folder: Path
    """An empty folder."""
    record: Recorder


@pytest.fixture
def workspace(
    sample_home: Path, good: Published, unprotected_home: Path, tmp_path: Path, record_result: Recorder
) -> Workspace:
    return Workspace(copy_home(sample_home, tmp_path / "home"), good, unprotected_home, tmp_path, record_result)


@pytest.fixture(scope="session")
def unprotected_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home directory that the unprotected pipeline made from the bundled sample. Tests do not change it."""
    home = tmp_path_factory.mktemp("unprotected") / "home"
    with serve(answer_from_folder(SAMPLE)) as server:
        unprotected_pipeline.refresh(home, server.url("").rstrip("/"))
    return home


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables of the Hub's token to a recognizable secret."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.setenv(name, CANARY)


@pytest.fixture(scope="session")
def good(sample_home: Path) -> Published:
    """Return the published data of a refresh of the bundled sample."""
    published = reader_view.read_published(sample_home)
    assert published is not None
    assert published.problems == ()
    return published
