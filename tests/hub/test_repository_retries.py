"""How often and how long the Hub client waits when the Hub fails."""

from pathlib import Path

import pytest

from aggregator.errors import FetchError, PublishError
from aggregator.hub.repository import HubRepository
from tests.support.hub import Fault, StandInHub
from tests.support.hub.fixtures import REPOSITORY, Edition


def test_the_wait_is_the_one_that_the_rate_limit_asks_for(hub: StandInHub, editions: list[Edition]) -> None:
    slept: list[float] = []
    client = HubRepository(REPOSITORY, "hf_standin", hub.endpoint, sleep=slept.append)
    hub.faults = [Fault("POST", r"/commit/main$", "before", 429, {"RateLimit": '"api";r=0;t=55'})]
    client.publish(*editions[0])
    assert slept == [56.0]


def test_the_wait_is_the_longer_of_the_planned_and_the_requested_one(hub: StandInHub, editions: list[Edition]) -> None:
    slept: list[float] = []
    client = HubRepository(REPOSITORY, "hf_standin", hub.endpoint, sleep=slept.append)
    hub.faults = [Fault("POST", r"/commit/main$", "before", 429, {"RateLimit": '"api";r=0;t=2'}, times=3)]
    client.publish(*editions[0])
    assert slept == [3.0, 4.0, 15.0]


def test_a_publication_has_five_attempts_and_the_error_of_the_last_one(
    hub: StandInHub, editions: list[Edition]
) -> None:
    slept: list[float] = []
    client = HubRepository(REPOSITORY, "hf_standin", hub.endpoint, sleep=slept.append)
    hub.faults = [
        Fault("POST", r"/commit/main$", "before", 503, times=4),
        Fault("POST", r"/commit/main$", "before", 504),
    ]
    with pytest.raises(PublishError, match="504"):
        client.publish(*editions[0])
    assert slept == [1.0, 4.0, 15.0, 60.0]
    assert sum(line.endswith("/commit/main") for line in hub.request_lines) == 5


def test_a_read_has_three_attempts(hub: StandInHub, tmp_path: Path) -> None:
    slept: list[float] = []
    hub.commit(REPOSITORY.id, {"README.md": b"x"})
    client = HubRepository(REPOSITORY, False, hub.endpoint, sleep=slept.append)
    hub.faults = [Fault("GET", r"/revision/", "before", 503, times=99)]
    with pytest.raises(FetchError, match="503"):
        client.pull(None, tmp_path)
    assert slept == [1.0, 4.0]
