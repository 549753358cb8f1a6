"""Lookups in the model API of the stand-in Hub."""

from dataclasses import replace

import pytest

from aggregator.errors import FetchError, UsageError
from aggregator.fetch.download import Downloader
from aggregator.fetch.limits import Limits
from aggregator.hub.models import ModelApi
from aggregator.identity.hub_metadata import EXPAND, Status
from tests.support.clocks import NOON, FakeTime
from tests.support.fault_server import response, serve
from tests.support.hub import Fault, StandInHub

KNOWN, UNKNOWN = "hf_known", "hf_secretsecret"


def api(hub: StandInHub, time: FakeTime | None = None, token: str | None = None) -> ModelApi:
    time = time or FakeTime()
    return ModelApi(hub.endpoint, token, Downloader(limits=replace(Limits(), attempts=3), clock=time.clock()))


def test_a_model_is_requested_with_only_the_fields_that_are_used(hub: StandInHub) -> None:
    hub.add_models("org/Model-7B", downloads=5, likes=7, pipeline_tag="text-generation")
    found = api(hub).get_model("org/Model-7B")
    assert (found.status, found.answered_id, found.downloads, found.likes) == (Status.FOUND, "org/Model-7B", 5, 7)
    assert (found.author, found.license, found.gated) == ("org", "apache-2.0", "no")
    assert found.pipeline_tag == "text-generation"
    assert found.retrieved_at == NOON
    assert all(f"expand%5B%5D={name}" in hub.requests[0].query for name in EXPAND)


def test_another_casing_is_the_same_model(hub: StandInHub) -> None:
    hub.add_models("Org/Model-7B")
    found = api(hub).get_model("org/model-7b")
    assert (found.status, found.hub_id, found.answered_id) == (Status.FOUND, "org/model-7b", "Org/Model-7B")


def test_a_renamed_model_keeps_the_requested_id(hub: StandInHub) -> None:
    hub.add_models("new/Model-7B")
    hub.moved_models["old/Model-7B"] = "new/Model-7B"
    found = api(hub).get_model("old/Model-7B")
    assert (found.status, found.hub_id, found.answered_id) == (Status.RENAMED, "old/Model-7B", "new/Model-7B")


def test_an_unknown_model_is_missing_with_and_without_a_token(hub: StandInHub) -> None:
    assert api(hub).get_model("gone/Model").status is Status.MISSING
    hub.token = KNOWN
    assert api(hub, token=KNOWN).get_model("gone/Model").status is Status.MISSING


def test_a_gated_model_is_not_a_missing_one(hub: StandInHub) -> None:
    hub.gated_models.add("org/Closed-7B")
    assert api(hub).get_model("org/Closed-7B").status is Status.GATED


def test_an_invalid_token_is_an_error_and_not_a_missing_model(hub: StandInHub) -> None:
    hub.add_models("org/Model")
    with pytest.raises(UsageError, match="does not know the token") as caught:
        api(hub, token=UNKNOWN).get_model("org/Model")
    assert UNKNOWN not in str(caught.value)
    assert UNKNOWN not in repr(caught.value.__cause__)


def test_the_token_is_sent_to_no_other_host_than_the_hub(hub: StandInHub) -> None:
    hub.token = KNOWN
    hub.moved_models["old/Model"] = "http://127.0.0.1:9/elsewhere"
    with pytest.raises(FetchError, match="Nothing was sent there"):
        api(hub, token=KNOWN).get_model("old/Model")
    assert [request.authorization for request in hub.requests] == [f"Bearer {KNOWN}"]


def test_no_token_is_sent_by_plain_http_to_another_machine() -> None:
    assert ModelApi("http://hub.example", KNOWN)._token is None
    assert ModelApi("https://hub.example", KNOWN)._token == KNOWN


@pytest.mark.parametrize("address", ["", "ftp://x", "huggingface.co", "https://user:pw@huggingface.co"])
def test_an_invalid_address_is_a_usage_error(address: str) -> None:
    with pytest.raises(UsageError):
        ModelApi(address)


def test_a_list_is_read_page_by_page_until_all_models_are_found(hub: StandInHub) -> None:
    hub.page_size = 2
    hub.add_models(*(f"org/M-{place}" for place in range(7)))
    wanted = ["org/M-0", "org/M-3", "org/M-4"]
    assert sorted(api(hub).list_models("org", wanted)) == wanted
    assert hub.model_requests == ["list:org"] * 3


def test_a_list_costs_at_most_one_request_per_model(hub: StandInHub) -> None:
    hub.page_size = 1
    hub.add_models(*(f"org/M-{place}" for place in range(9)))
    assert not api(hub).list_models("org", ["org/Gone", "org/Away"])
    assert len(hub.model_requests) == 2


@pytest.mark.usefixtures("half_jitter")
def test_a_request_is_repeated_after_the_window_of_a_429(hub: StandInHub) -> None:
    hub.add_models("org/Model")
    headers = {"RateLimit": '"api";r=0;t=42', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    hub.faults = [Fault("GET", "/api/models/", "before", 429, headers)]
    time = FakeTime()
    assert api(hub, time).get_model("org/Model").status is Status.FOUND
    assert sum(time.slept) == pytest.approx(43.5), "t + 1 seconds and half a second of jitter"


def test_a_pause_follows_the_last_request_of_a_window(hub: StandInHub) -> None:
    hub.add_models("org/A", "org/B")
    hub.last_allowed_request = 0
    time = FakeTime()
    models = api(hub, time)
    models.get_model("org/A")
    assert time.slept == [56.0]
    models.get_model("org/B")
    assert time.slept == [56.0]


@pytest.mark.parametrize("body", [b"[]", b'"text"', b'{"id": "a b"}', b'{"id": 5}', b"{}"])
def test_a_response_that_is_not_a_model_is_refused(body: bytes) -> None:
    with (
        serve(lambda _request, _count: response(body)) as server,
        pytest.raises(FetchError, match=r"the answer|is not JSON"),
    ):
        ModelApi(server.url("")).get_model("org/Model")
