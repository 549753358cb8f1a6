"""What the tests of faults share."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.faults import naive, oracle, scoreboard
from tests.faults.lab import copied, folder, night
from tests.faults.oracle import CANARY, Seen
from tests.faults.scoreboard import Result
from tests.support.fault_server import serving

ALL = os.environ.get("METABOARD_FAULTS") == "all"
"""Whether the slow half runs too, as `make faults` asks for."""

Note = Callable[[Result], None]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow_faults: minutes of kills and sweeps; run by `make faults`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = [item for item in items if item.get_closest_marker("slow_faults")]
    if slow and not ALL:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="session")
def note() -> Iterator[Note]:
    """Return a function that keeps a result for `reliability.json`."""
    results: list[Result] = []
    yield results.append
    scoreboard.write(results)


@dataclass(frozen=True)
class Bench:
    """What a test of one fault works with."""

    home: Path
    """A home with a good generation that is the test's own."""
    good: Seen
    """What was published there."""
    naive: Path
    """What the control published of the same files; to be copied."""
    place: Path
    note: Note


@pytest.fixture
def bench(good_home: Path, good: Seen, naive_home: Path, tmp_path: Path, note: Note) -> Bench:
    """Return a prepared home of the test's own, what is published there, and a place for the rest."""
    return Bench(copied(good_home, tmp_path / "home"), good, naive_home, tmp_path, note)


@pytest.fixture(scope="session")
def naive_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what the naive pipeline publishes of the bundled sample; tests copy it."""
    home = tmp_path_factory.mktemp("naive") / "home"
    with serving(folder(SAMPLE)) as server:
        naive.refresh(home, server.url("").rstrip("/"))
    return home


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a secret where a careless program would pick it up."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.setenv(name, CANARY)


@pytest.fixture(scope="session")
def good_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with one good generation of the bundled sample; tests copy it."""
    home = tmp_path_factory.mktemp("good") / "home"
    assert night(home, SAMPLE).code == 0
    return home


@pytest.fixture(scope="session")
def good(good_home: Path) -> Seen:
    """Return what a stranger sees in that home."""
    seen = oracle.look(good_home)
    assert seen is not None
    assert seen.problems == ()
    return seen
