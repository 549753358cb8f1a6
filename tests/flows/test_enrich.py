"""One run of `flows.enrich` after another, on a few models: what is asked for, kept, and asked for again."""

import json
from pathlib import Path

import pytest

from aggregator.errors import BusyError, FetchError, StorageError
from aggregator.fetch.download import Downloader
from aggregator.fetch.limits import Budget
from aggregator.hub.cache import HubCache
from aggregator.hub.models import HubModels
from flows import enrich as page
from flows.enrich import Asking, Enriched, enrich
from tests.support.clocks import NOON, FakeTime
from tests.support.command_line import Metaboard
from tests.support.hub.models import Hub

WANTED = [*(f"big/M-{place}" for place in range(6)), *(f"solo{place}/M" for place in range(4)), "gpt2"]


@pytest.fixture
def wanted(models_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids that are worth asking for, all of them known to the Hub."""
    monkeypatch.setattr(page, "wanted_ids", lambda _home: list(WANTED))
    models_hub.add(*WANTED)
    return WANTED


def ask(models_hub: Hub, home: Path, days: int = 0, **told: object) -> Enriched:
    time = FakeTime([days * 86400.0])
    api = HubModels(models_hub.url, None, Downloader(budget=Budget(tries=1), clock=time.clock()))
    asking = Asking(home, endpoint=models_hub.url, **told)  # type: ignore[arg-type] # each test names what it is about
    return enrich(asking, lambda _: None, api, now=time.clock().now)


def test_models_of_one_author_are_read_off_its_list_and_others_asked_for_alone(
    models_hub: Hub, tmp_path: Path, wanted: list[str]
) -> None:
    assert ask(models_hub, tmp_path).answers == {"found": len(wanted)}
    assert models_hub.asked == ["list:big", *wanted[6:]]
    assert set(HubCache(tmp_path).latest()) == {hub_id.lower() for hub_id in wanted}


def test_what_a_list_does_not_show_is_asked_for_alone(models_hub: Hub, tmp_path: Path, wanted: list[str]) -> None:
    models_hub.unlisted = {wanted[1]}
    del models_hub.models[wanted[2]]
    assert ask(models_hub, tmp_path).answers == {"found": len(wanted) - 1, "missing": 1}
    assert models_hub.asked[:3] == ["list:big", wanted[1], wanted[2]]


def test_a_second_run_asks_for_nothing_until_the_answers_are_old(
    models_hub: Hub, tmp_path: Path, wanted: list[str]
) -> None:
    ask(models_hub, tmp_path)
    before, requests = HubCache(tmp_path).path.read_bytes(), len(models_hub.asked)
    done = ask(models_hub, tmp_path, days=29)
    assert (done.asked, done.known, len(models_hub.asked)) == (0, len(wanted), requests)
    assert HubCache(tmp_path).path.read_bytes() == before
    done = ask(models_hub, tmp_path, days=31)
    assert (done.asked, done.changed) == (len(wanted), 0)
    assert ask(models_hub, tmp_path, days=33, max_age_days=1).asked == len(wanted)


def test_a_run_with_a_limit_is_taken_up_by_the_next(models_hub: Hub, tmp_path: Path, wanted: list[str]) -> None:
    first = ask(models_hub, tmp_path, limit=5)
    assert (first.asked, first.left) == (5, len(wanted) - 5)
    assert set(HubCache(tmp_path).latest()) == {hub_id.lower() for hub_id in wanted[:5]}
    assert ask(models_hub, tmp_path).asked == len(wanted) - 5


def test_what_came_before_the_hub_went_away_is_kept(models_hub: Hub, tmp_path: Path, wanted: list[str]) -> None:
    models_hub.down = {"solo1/M", "solo2/M", "solo3/M"}
    with pytest.raises(FetchError, match="7 answers are kept; run again"):
        ask(models_hub, tmp_path)
    models_hub.down = set()
    assert ask(models_hub, tmp_path).asked == len(wanted) - 7


def test_one_question_without_an_answer_is_named_and_asked_again(
    models_hub: Hub, tmp_path: Path, wanted: list[str]
) -> None:
    models_hub.down = {"solo1/M"}
    done = ask(models_hub, tmp_path)
    assert (list(done.failed), done.asked) == (["solo1/M"], len(wanted))
    models_hub.down = set()
    assert ask(models_hub, tmp_path).asked == 1


def test_a_name_that_was_taken_over_between_two_runs_begins_an_epoch(
    models_hub: Hub, tmp_path: Path, wanted: list[str]
) -> None:
    ask(models_hub, tmp_path)
    models_hub.add(wanted[0], createdAt="2026-12-01T00:00:00.000Z")
    assert ask(models_hub, tmp_path, days=31).changed == 1
    kept = HubCache(tmp_path).latest()[wanted[0].lower()]
    assert (kept.epoch, kept.epoch_reason) == (2, "made anew on 2026-12-01, was of 2024-01-05, seen on 2026-12-26")


def test_without_a_generation_there_is_nothing_to_ask_about(models_hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="metaboard refresh"):
        ask(models_hub, tmp_path)


@pytest.mark.usefixtures("wanted")
def test_two_processes_do_not_ask_at_once(models_hub: Hub, tmp_path: Path) -> None:
    with HubCache(tmp_path).writing(), pytest.raises(BusyError):
        ask(models_hub, tmp_path)


def test_a_line_that_a_crash_tore_costs_one_answer(models_hub: Hub, tmp_path: Path, wanted: list[str]) -> None:
    ask(models_hub, tmp_path)
    path = HubCache(tmp_path).path
    path.write_bytes(path.read_bytes()[:-20] + b'\n{"hub_id": 5}\n[]\n{"hub_id": "x", "status": "?"}\n')
    assert len(HubCache(tmp_path).latest()) == len(wanted) - 1
    assert ask(models_hub, tmp_path).asked == 1


@pytest.mark.usefixtures("wanted")
def test_the_file_is_tidied_and_says_the_same(models_hub: Hub, tmp_path: Path) -> None:
    for days in (0, 40, 80):
        ask(models_hub, tmp_path, days=days)
    cache = HubCache(tmp_path)
    before = cache.latest()
    assert len(cache.path.read_bytes().splitlines()) > len(before)
    with cache.writing():
        pass
    assert cache.latest() == before
    assert len(cache.path.read_bytes().splitlines()) == len(before)


@pytest.mark.usefixtures("wanted")
def test_an_answer_is_a_line_that_anyone_can_read(models_hub: Hub, tmp_path: Path) -> None:
    ask(models_hub, tmp_path, limit=1)
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
def test_the_command_tells_a_script_what_it_did(models_hub: Hub, tmp_path: Path, metaboard: Metaboard) -> None:
    ended = metaboard("enrich", "--home", tmp_path, "--endpoint", models_hub.url, "--limit", 4, "--json")
    assert ended.code == 0
    assert ended.document == {
        "asked": 4, "answers": {"found": 4}, "changed": 4, "failed": {}, "known": 0, "left": len(WANTED) - 4,
    }  # fmt: skip
    assert "4 to ask for" in ended.err
    ended = metaboard("enrich", "--home", tmp_path, "--endpoint", models_hub.url)
    assert "`metaboard refresh` uses it" in ended.err


@pytest.mark.usefixtures("wanted")
def test_the_token_of_the_environment_is_used_and_never_shown(
    models_hub: Hub, tmp_path: Path, metaboard: Metaboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "hf_" + "a" * 20
    monkeypatch.setenv("HF_TOKEN", token)
    ended = metaboard("enrich", "--home", tmp_path, "--endpoint", models_hub.url, "--json")
    assert ended.code == 2
    assert "does not know the token in HF_TOKEN" in ended.err
    assert token not in ended.out + ended.err
    models_hub.token = token
    ended = metaboard("enrich", "--home", tmp_path, "--endpoint", models_hub.url, "--json")
    assert ended.code == 0
    assert token not in ended.out + ended.err + HubCache(tmp_path).path.read_text(encoding="utf-8")
