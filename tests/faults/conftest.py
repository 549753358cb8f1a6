"""Fixtures for the tests of faults."""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.faults import harness, reader_view, reliability_report, unprotected_pipeline
from tests.faults.cases import SEED
from tests.faults.harness import answer_from_folder, copy_home
from tests.faults.injections import lose_rows
from tests.faults.reader_view import CANARY, Published
from tests.faults.reliability_report import Result
from tests.support.command_line import sample_home
from tests.support.fault_server import serve

__all__ = ["sample_home"]

ALL = os.environ.get("METABOARD_FAULTS") == "all"
"""Whether the slow tests run too; `make faults` sets the variable."""

SMALL_BOARDS = ("open_llm_v2", "mteb_eng_v2", "evalplus")
"""The leaderboards of a small home: one with a Parquet file, two with JSON; two tracks."""
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
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home directory with three leaderboards of the sample; tests do not change it. A refresh takes a third."""
    home = tmp_path_factory.mktemp("small") / "home"
    harness.switch_off_other_boards(home, SMALL_BOARDS)
    assert harness.run_refresh(home, SAMPLE).code == 0
    return home


@pytest.fixture(scope="session")
def newer_home(small_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the small home with one more generation, of other rows. Tests do not change it."""
    folder = tmp_path_factory.mktemp("newer")
    home, mirror = harness.copy_home(small_home, folder / "home"), harness.copy_sample(folder / "mirror")
    resource = harness.SOURCES["mteb_eng_v2"].resources[0]
    path = mirror / resource.path
    path.write_bytes(lose_rows(resource, path.read_bytes(), 0.02, random.Random(SEED)))
    assert harness.run_refresh(home, mirror).code == 0
    return home


@pytest.fixture(scope="session")
def datasets(small_home: Path, newer_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the published datasets of both homes, the older one first. Tests do not change them."""
    folder = tmp_path_factory.mktemp("datasets")
    for name, home in (("older", small_home), ("newer", newer_home)):
        assert harness.run_command("publish", "--to", folder / name, "--home", home).code == 0
    return folder / "older", folder / "newer"


@pytest.fixture
def small(small_home: Path, unprotected_home: Path, tmp_path: Path, record_result: Recorder) -> Workspace:
    """Return the files of a test that needs few leaderboards, such as a test of kills."""
    good = reader_view.read_published(small_home)
    assert good is not None
    return Workspace(copy_home(small_home, tmp_path / "home"), good, unprotected_home, tmp_path, record_result)


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
