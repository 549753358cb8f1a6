"""Several publishers of one repository: never an older edition over a newer one, whoever is faster."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aggregator.errors import PublishError
from aggregator.hub.repository import HubRepository
from aggregator.store.manifest import read_manifest
from tests.support.hub import StandInHub
from tests.support.hub.fixtures import REPOSITORY, Edition, edition
from tests.support.hub.state import TOKEN


@pytest.fixture(scope="module")
def by_age(tmp_path_factory: pytest.TempPathFactory) -> list[Edition]:
    """Return four editions, the oldest first."""
    return [edition(tmp_path_factory.mktemp("editions"), day - 4, 1300.125 + day) for day in range(4)]


def race(hub: StandInHub, racers: list[Edition], pauses: list[float]) -> list[str]:
    """Publish all editions at once, each with a pause before its commit, and return how each ended."""
    start = threading.Barrier(len(racers))

    def run(racer: Edition, pause: float) -> str:
        directory, manifest = racer
        client = HubRepository(REPOSITORY, TOKEN, hub.endpoint, sleep=lambda _: None)
        send = client.api.commit

        def slow(*arguments: Any) -> str:
            time.sleep(pause)
            return send(*arguments)

        client.api = SimpleNamespace(**{name: getattr(client.api, name) for name in NEEDED}, commit=slow)  # type: ignore[assignment]  # a stand-in with the needed calls only
        start.wait(20)
        try:
            return "new" if client.publish(directory, manifest).is_new else "same"
        except PublishError as error:
            return "refused" if "later than ours" in str(error) else str(error)

    with ThreadPoolExecutor(len(racers)) as pool:
        return list(pool.map(run, racers, pauses))


NEEDED = ("head", "create", "read_manifest", "list_files", "differing_files", "tags", "create_tag")


def head_of(hub: StandInHub) -> bytes:
    commit = hub.datasets[REPOSITORY.id].find_commit("main")
    assert commit
    return commit.files["manifest.json"].content


@pytest.mark.parametrize("pauses", [(0.0, 0.0), (0.4, 0.0), (0.0, 0.4), (0.2, 0.2)])
@pytest.mark.parametrize("is_older_first", [True, False])
def test_two_racing_publishers_end_with_the_newer_edition(
    pauses: tuple[float, float], is_older_first: bool, hub: StandInHub, by_age: list[Edition]
) -> None:
    racers = [by_age[0], by_age[3]] if is_older_first else [by_age[3], by_age[0]]
    ends = race(hub, racers, list(pauses))
    newer = by_age[3][0]
    assert head_of(hub) == (newer / "manifest.json").read_bytes(), ends
    assert ends[racers.index(by_age[3])] == "new"
    assert ends[racers.index(by_age[0])] in ("new", "refused")


def test_five_racing_publishers_end_with_the_newest_edition(hub: StandInHub, by_age: list[Edition]) -> None:
    racers = [by_age[2], by_age[0], by_age[3], by_age[1], by_age[2]]
    ends = race(hub, racers, [0.3, 0.1, 0.2, 0.0, 0.0])
    assert head_of(hub) == (by_age[3][0] / "manifest.json").read_bytes(), ends
    assert ends[2] == "new"


def test_each_attempt_compares_with_the_head_of_that_moment(
    hub: StandInHub, client: HubRepository, by_age: list[Edition]
) -> None:
    seen: list[object] = []

    def is_new(published: dict[str, Any] | None, _: object) -> bool:
        seen.append(published and published["generation"])
        return True

    theirs = {
        path.relative_to(by_age[1][0]).as_posix(): path.read_bytes()
        for path in by_age[1][0].rglob("*")
        if path.is_file()
    }
    hub.before_commit = lambda: hub.commit(REPOSITORY.id, theirs, "another publisher")
    client.publish(*by_age[3], is_new)
    assert seen == [None, read_manifest(by_age[1][0])["generation"]]


def test_a_signature_is_one_of_the_files_of_the_commit(
    client: HubRepository, by_age: list[Edition], tmp_path: Path
) -> None:
    directory, manifest = by_age[0]
    client.publish(directory, manifest)
    signature = directory / "manifest.json.minisig"
    signature.write_text("a signature\n")
    try:
        assert client.publish(directory, manifest).is_new, "the same rows, but not signed yet"
        assert not client.publish(directory, manifest).is_new
    finally:
        signature.unlink()
    client.pull(None, tmp_path / "pulled")
    assert (tmp_path / "pulled" / "manifest.json.minisig").read_text() == "a signature\n"
