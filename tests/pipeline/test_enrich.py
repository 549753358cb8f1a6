"""Several runs of `enrich_models` on a few models: which requests are sent, what is stored, what is requested again."""

import json
from pathlib import Path

import pytest

from aggregator.errors import FetchError, LockedError, StorageError
from aggregator.fetch.download import Downloader
from aggregator.fetch.limits import Limits
from aggregator.hub.cache import HubCache
from aggregator.hub.models import ModelApi
from aggregator.pipeline import enrich as module
from aggregator.pipeline.enrich import EnrichOptions, EnrichResult, enrich_models
from tests.support.clocks import NOON, FakeTime
from tests.support.command_line import Metaboard
from tests.support.hub import Fault, StandInHub

WANTED = [*(f"big/M-{place}" for place in range(6)), *(f"solo{place}/M" for place in range(4)), "gpt2"]


@pytest.fixture
def wanted(hub: StandInHub, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids of the current generation; the stand-in Hub knows all of them."""
    monkeypatch.setattr(module, "wanted_ids", lambda _home: list(WANTED))
    hub.add_models(*WANTED)
    return WANTED


def look_up(hub: StandInHub, home: Path, days: int = 0, **options: object) -> EnrichResult:
    """Run once, `days` after the first run."""
    time = FakeTime([days * 86400.0])
    api = ModelApi(hub.endpoint, None, Downloader(limits=Limits(attempts=1), clock=time.clock()))
    given = EnrichOptions(home, endpoint=hub.endpoint, **options)  # type: ignore[arg-type] # the values have several types
    return enrich_models(given, lambda _: None, api, now=time.clock().now)


def test_several_models_of_one_author_need_one_request_and_others_one_each(
    hub: StandInHub, tmp_path: Path, wanted: list[str]
) -> None:
    assert look_up(hub, tmp_path).answers == {"found": len(wanted)}
    assert hub.model_requests == ["list:big", *wanted[6:]]
    assert set(HubCache(tmp_path).latest()) == {hub_id.lower() for hub_id in wanted}


def test_a_model_that_is_not_in_its_authors_list_is_requested_alone(
    hub: StandInHub, tmp_path: Path, wanted: list[str]
) -> None:
    hub.unlisted_models = {wanted[1]}
    del hub.models[wanted[2]]
    assert look_up(hub, tmp_path).answers == {"found": len(wanted) - 1, "missing": 1}
    assert hub.model_requests[:3] == ["list:big", wanted[1], wanted[2]]


def test_a_second_run_requests_nothing_until_the_metadata_is_old(
    hub: StandInHub, tmp_path: Path, wanted: list[str]
) -> None:
    look_up(hub, tmp_path)
    before, requests = HubCache(tmp_path).path.read_bytes(), len(hub.model_requests)
    result = look_up(hub, tmp_path, days=29)
    assert (result.asked, result.known, len(hub.model_requests)) == (0, len(wanted), requests)
    assert HubCache(tmp_path).path.read_bytes() == before
    result = look_up(hub, tmp_path, days=31)
    assert (result.asked, result.changed) == (len(wanted), 0)
    assert look_up(hub, tmp_path, days=33, max_age_days=1).asked == len(wanted)


def test_the_next_run_continues_after_a_run_with_a_limit(hub: StandInHub, tmp_path: Path, wanted: list[str]) -> None:
    first = look_up(hub, tmp_path, limit=5)
    assert (first.asked, first.left) == (5, len(wanted) - 5)
    assert set(HubCache(tmp_path).latest()) == {hub_id.lower() for hub_id in wanted[:5]}
    assert look_up(hub, tmp_path).asked == len(wanted) - 5


def test_answers_from_before_the_hub_went_down_are_kept(hub: StandInHub, tmp_path: Path, wanted: list[str]) -> None:
    hub.faults = [Fault("GET", "/api/models/solo[123]/M$", "before", times=99)]
    with pytest.raises(FetchError, match=r"7 answers are kept\. Run `metaboard enrich` again"):
        look_up(hub, tmp_path)
    hub.faults = []
    assert look_up(hub, tmp_path).asked == len(wanted) - 7


def test_a_failed_request_is_reported_and_repeated_in_the_next_run(
    hub: StandInHub, tmp_path: Path, wanted: list[str]
) -> None:
    hub.faults = [Fault("GET", "/api/models/solo1/M$", "before", times=99)]
    result = look_up(hub, tmp_path)
    assert (list(result.failed), result.asked) == (["solo1/M"], len(wanted))
    hub.faults = []
    assert look_up(hub, tmp_path).asked == 1


def test_a_takeover_between_two_runs_starts_a_new_epoch(hub: StandInHub, tmp_path: Path, wanted: list[str]) -> None:
    look_up(hub, tmp_path)
    hub.add_models(wanted[0], createdAt="2026-12-01T00:00:00.000Z")
    assert look_up(hub, tmp_path, days=31).changed == 1
    kept = HubCache(tmp_path).latest()[wanted[0].lower()]
    assert (kept.epoch, kept.epoch_reason) == (2, "made anew on 2026-12-01, was of 2024-01-05, seen on 2026-12-26")


def test_without_a_generation_the_error_names_the_command_to_run(hub: StandInHub, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="metaboard refresh"):
        look_up(hub, tmp_path)


@pytest.mark.usefixtures("wanted")
def test_a_second_process_cannot_run_at_the_same_time(hub: StandInHub, tmp_path: Path) -> None:
    with HubCache(tmp_path).lock(), pytest.raises(LockedError):
        look_up(hub, tmp_path)


def test_a_damaged_line_costs_one_answer(hub: StandInHub, tmp_path: Path, wanted: list[str]) -> None:
    look_up(hub, tmp_path)
    path = HubCache(tmp_path).path
    path.write_bytes(path.read_bytes()[:-20] + b'\n{"hub_id": 5}\n[]\n{"hub_id": "x", "status": "?"}\n')
    assert len(HubCache(tmp_path).latest()) == len(wanted) - 1
    assert look_up(hub, tmp_path).asked == 1


@pytest.mark.usefixtures("wanted")
def test_the_compacted_file_has_the_same_answers(hub: StandInHub, tmp_path: Path) -> None:
    for days in (0, 40, 80):
        look_up(hub, tmp_path, days=days)
    cache = HubCache(tmp_path)
    before = cache.latest()
    assert len(cache.path.read_bytes().splitlines()) > len(before)
    with cache.lock():
        pass
    assert cache.latest() == before
    assert len(cache.path.read_bytes().splitlines()) == len(before)


@pytest.mark.usefixtures("wanted")
def test_an_answer_is_one_line_of_json(hub: StandInHub, tmp_path: Path) -> None:
    look_up(hub, tmp_path, limit=1)
    (line,) = HubCache(tmp_path).path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "hub_id": "big/M-0",
        "status": "found",
        "retrieved_at": NOON.isoformat(),
        "checked_at": NOON.isoformat(),
        "answered_id": "big/M-0",
        "author": "big",
        "created_at": "2024-01-05T10:00:00+00:00",
        "last_modified": "2024-02-01T00:00:00+00:00",
        "downloads": 1000,
        "likes": 10,
        "gated": "no",
        "license": "apache-2.0",
        "epoch": 1,
    }


@pytest.mark.usefixtures("wanted")
def test_the_command_prints_its_counts_as_json(hub: StandInHub, tmp_path: Path, metaboard: Metaboard) -> None:
    ended = metaboard("enrich", "--home", tmp_path, "--endpoint", hub.endpoint, "--limit", 4, "--json")
    assert ended.code == 0
    assert ended.document == {
        "asked": 4, "answers": {"found": 4}, "changed": 4, "failed": {}, "known": 0, "left": len(WANTED) - 4,
    }  # fmt: skip
    assert "4 to look up" in ended.err
    ended = metaboard("enrich", "--home", tmp_path, "--endpoint", hub.endpoint)
    assert "`metaboard refresh` uses it" in ended.err


@pytest.mark.usefixtures("wanted")
def test_the_token_in_the_environment_is_used_and_never_printed(
    hub: StandInHub, tmp_path: Path, metaboard: Metaboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "hf_" + "a" * 20
    monkeypatch.setenv("HF_TOKEN", token)
    ended = metaboard("enrich", "--home", tmp_path, "--endpoint", hub.endpoint, "--json")
    assert ended.code == 2
    assert "does not know the token in HF_TOKEN" in ended.err
    assert token not in ended.out + ended.err
    hub.token = token
    ended = metaboard("enrich", "--home", tmp_path, "--endpoint", hub.endpoint, "--json")
    assert ended.code == 0
    assert token not in ended.out + ended.err + HubCache(tmp_path).path.read_text(encoding="utf-8")
