"""The edge to the model API, against the stand-in."""

from dataclasses import replace

import pytest

from aggregator.errors import FetchError, UsageError
from aggregator.fetch.download import Downloader
from aggregator.fetch.limits import Budget
from aggregator.hub.models import HubModels
from aggregator.identity.hub_metadata import EXPAND, Status
from tests.support.clocks import NOON, FakeTime
from tests.support.fault_server import serving, whole
from tests.support.hub.models import Hub

KNOWN, UNKNOWN = "hf_known", "hf_secretsecret"


def api(models_hub: Hub, time: FakeTime | None = None, token: str | None = None) -> HubModels:
    time = time or FakeTime()
    return HubModels(models_hub.url, token, Downloader(budget=replace(Budget(), tries=3), clock=time.clock()))


def test_one_model_is_asked_for_with_just_the_fields_that_are_read(models_hub: Hub) -> None:
    models_hub.add("org/Model-7B", downloads=5, likes=7, pipeline_tag="text-generation")
    found = api(models_hub).one("org/Model-7B")
    assert (found.status, found.answered_id, found.downloads, found.likes) == (Status.FOUND, "org/Model-7B", 5, 7)
    assert (found.author, found.license, found.gated) == ("org", "apache-2.0", "no")
    assert found.pipeline_tag == "text-generation"
    assert found.retrieved_at == NOON
    assert models_hub.server
    assert all(f"expand%5B%5D={name}" in models_hub.server.asked[0].target for name in EXPAND)


def test_another_casing_is_the_same_model(models_hub: Hub) -> None:
    models_hub.add("Org/Model-7B")
    found = api(models_hub).one("org/model-7b")
    assert (found.status, found.hub_id, found.answered_id) == (Status.FOUND, "org/model-7b", "Org/Model-7B")


def test_a_renamed_model_keeps_the_id_that_was_asked_for(models_hub: Hub) -> None:
    models_hub.add("new/Model-7B")
    models_hub.moved["old/Model-7B"] = "new/Model-7B"
    found = api(models_hub).one("old/Model-7B")
    assert (found.status, found.hub_id, found.answered_id) == (Status.RENAMED, "old/Model-7B", "new/Model-7B")


def test_what_is_not_there_is_missing_with_and_without_a_token(models_hub: Hub) -> None:
    assert api(models_hub).one("gone/Model").status is Status.MISSING
    models_hub.token = KNOWN
    assert api(models_hub, token=KNOWN).one("gone/Model").status is Status.MISSING


def test_a_gated_model_is_told_from_a_missing_one(models_hub: Hub) -> None:
    models_hub.gated.add("org/Closed-7B")
    assert api(models_hub).one("org/Closed-7B").status is Status.GATED


def test_a_wrong_token_ends_the_run_and_makes_no_model_missing(models_hub: Hub) -> None:
    models_hub.add("org/Model")
    with pytest.raises(UsageError, match="does not know the token") as told:
        api(models_hub, token=UNKNOWN).one("org/Model")
    assert UNKNOWN not in str(told.value)
    assert UNKNOWN not in repr(told.value.__cause__)


def test_a_token_is_sent_to_the_hub_and_to_nobody_else(models_hub: Hub) -> None:
    models_hub.token = KNOWN
    models_hub.moved["old/Model"] = "http://127.0.0.1:9/elsewhere"
    with pytest.raises(FetchError, match="Nothing was sent there"):
        api(models_hub, token=KNOWN).one("old/Model")
    assert models_hub.server
    assert [asked.headers.get("authorization") for asked in models_hub.server.asked] == [f"Bearer {KNOWN}"]


def test_no_token_is_sent_in_clear_to_another_machine() -> None:
    assert HubModels("http://hub.example", KNOWN)._token is None
    assert HubModels("https://hub.example", KNOWN)._token == KNOWN


@pytest.mark.parametrize("address", ["", "ftp://x", "huggingface.co", "https://user:pw@huggingface.co"])
def test_a_wrong_address_is_wrong_usage(address: str) -> None:
    with pytest.raises(UsageError):
        HubModels(address)


def test_a_list_is_read_page_by_page_until_all_are_found(models_hub: Hub) -> None:
    models_hub.page = 2
    models_hub.add(*(f"org/M-{place}" for place in range(7)))
    wanted = ["org/M-0", "org/M-3", "org/M-4"]
    assert sorted(api(models_hub).of_author("org", wanted)) == wanted
    assert models_hub.asked == ["list:org"] * 3


def test_a_list_costs_no_more_than_asking_one_by_one(models_hub: Hub) -> None:
    models_hub.page = 1
    models_hub.add(*(f"org/M-{place}" for place in range(9)))
    assert not api(models_hub).of_author("org", ["org/Gone", "org/Away"])
    assert len(models_hub.asked) == 2


def test_a_429_waits_as_long_as_the_window_and_asks_again(models_hub: Hub) -> None:
    models_hub.add("org/Model")
    models_hub.busy = {0: {"RateLimit": '"api";r=0;t=42', "RateLimit_Policy": '"fixed window";"api";q=500;w=300'}}
    time = FakeTime()
    assert api(models_hub, time).one("org/Model").status is Status.FOUND
    assert sum(time.slept) == pytest.approx(43.5), "t + 1 seconds and half a second of jitter"


def test_the_last_request_of_a_window_is_followed_by_a_pause(models_hub: Hub) -> None:
    models_hub.add("org/A", "org/B")
    models_hub.spent_at = 0
    time = FakeTime()
    asking = api(models_hub, time)
    asking.one("org/A")
    assert time.slept == [56.0]
    asking.one("org/B")
    assert time.slept == [56.0]


@pytest.mark.parametrize("body", [b"[]", b'"text"', b'{"id": "a b"}', b'{"id": 5}', b"{}"])
def test_an_answer_that_is_no_model_is_refused(body: bytes) -> None:
    with (
        serving(lambda _asked, _count: whole(body)) as server,
        pytest.raises(FetchError, match=r"the answer|is not JSON"),
    ):
        HubModels(server.url("")).one("org/Model")
