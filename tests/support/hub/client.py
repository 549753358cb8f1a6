"""What the tests of the Hub share: the real client, on a stand-in, without waiting."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import _http

from aggregator.dataset.build import prepare
from aggregator.dataset.destination import Repository
from aggregator.hub.repository import Hub as Client
from tests.support.homes import published
from tests.support.hub.datasets import serving
from tests.support.hub.state import TOKEN, Hub

REPOSITORY = Repository("org/board")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Make the library speak plain LFS, keep to the test's own folder, and retry without waiting."""
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=lambda _: None))


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as running:
        yield running


@pytest.fixture
def client(hub: Hub) -> Client:
    return Client(REPOSITORY, TOKEN, hub.endpoint, sleep=lambda _: None)


Edition = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="session")
def editions(tmp_path_factory: pytest.TempPathFactory) -> list[Edition]:
    """Return two datasets with their manifests, the second made a day later with other rows; tests leave them as they are."""
    return [edition(tmp_path_factory.mktemp("edition"), day, 1301.625 + day) for day in (0, 1)]


def edition(directory: Path, day: int, rating: float) -> Edition:
    target = directory / f"dataset-{day}-{rating}"
    target.mkdir()
    manifest = prepare(published.publish(published.home(directory, day), rating).path, target)
    return target, manifest
