"""Fixtures of the Hub tests: the stand-in Hub, the real client without waits, and two editions to publish."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import _http

from aggregator.dataset.build import prepare_dataset
from aggregator.dataset.destination import Repository
from aggregator.hub.repository import HubRepository
from tests.support.homes import published
from tests.support.hub.server import serve_hub
from tests.support.hub.state import TOKEN, StandInHub

REPOSITORY = Repository("org/board")


@pytest.fixture(autouse=True)
def fast_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Configure the client to upload by plain LFS, cache in the test's own folder, and retry without waits."""
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=lambda _: None))


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    with serve_hub() as running:
        yield running


@pytest.fixture
def client(hub: StandInHub) -> HubRepository:
    return HubRepository(REPOSITORY, TOKEN, hub.endpoint, sleep=lambda _: None)


Edition = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="session")
def editions(tmp_path_factory: pytest.TempPathFactory) -> list[Edition]:
    """Return two datasets with their manifests, the second created a day later with other rows; tests must not change them."""
    return [edition(tmp_path_factory.mktemp("edition"), day, 1301.625 + day) for day in (0, 1)]


def edition(directory: Path, day: int, rating: float) -> Edition:
    target = directory / f"dataset-{day}-{rating}"
    target.mkdir()
    manifest = prepare_dataset(published.publish(published.new_home(directory, day), rating).path, target)
    return target, manifest
