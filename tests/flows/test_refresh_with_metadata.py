"""The refresh that uses what the Hub said, on the bundled sample: one home, asked about once, looked at from many sides."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from aggregator.hub.cache import HubCache
from aggregator.identity.hub_metadata import read_model
from aggregator.sources import SAMPLE
from flows.enrich import wanted_ids
from flows.refresh import Outcome
from tests.flows.test_refresh import canonical, run, table
from tests.support.clocks import NOON
from tests.support.hub.models import model

BOARD = SAMPLE / "datasets/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet"


@dataclass
class Night:
    """A home before and after the Hub was asked."""

    home: Path
    plain: Outcome
    told: Outcome
    taken: str
    """An id of Open LLM whose repository was made after the board had it."""
    moved: str
    silent: str
    """An id that the Hub shows to nobody."""


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    home = tmp_path_factory.mktemp("enriched")
    plain = run(home, mirror=str(SAMPLE))
    wanted = wanted_ids(home)
    on_board = set(pl.read_parquet(BOARD)["fullname"])
    taken, moved, silent = [hub_id for hub_id in wanted if hub_id in on_board][:3]
    count = {"parameters": {"BF16": 123_000_000}, "total": 123_000_000}
    odd = {
        taken: model(taken, createdAt="2026-10-01T00:00:00.000Z", downloads=10**9, baseModels=["evil/Base"]),
        moved: model("elsewhere/Quite-Another-Name-3B", downloads=10**9),
    }
    cache = HubCache(home)
    usual = {"createdAt": "2022-03-02T23:29:04.000Z", "downloads": 4321, "likes": 99, "safetensors": count}
    for hub_id in [hub_id for hub_id in wanted if hub_id != silent]:
        answer = odd.get(hub_id) or model(hub_id, cardData={"license": "hub-licence"}, **usual)
        cache.keep(read_model(hub_id, answer, NOON))
    yield Night(home, plain, run(home, mirror=str(SAMPLE)), taken, moved, silent)
    shutil.rmtree(home, ignore_errors=True)


def test_a_home_that_never_asked_has_an_empty_table_and_no_downloads(night: Night) -> None:
    assert table(night.plain, "hub_models").is_empty()
    assert table(night.plain, "models")["downloads"].null_count() == table(night.plain, "models").height


def test_new_answers_make_a_new_generation_and_the_same_answers_do_not(night: Night) -> None:
    assert night.told.is_new
    assert night.told.generation.id != night.plain.generation.id
    assert not run(night.home, mirror=str(SAMPLE)).is_new


def test_forced_runs_give_the_same_bytes_whatever_the_order_of_the_answers(night: Night, tmp_path: Path) -> None:
    home = shutil.copytree(night.home, tmp_path / "home", symlinks=True)
    path = HubCache(home).path
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*reversed(lines), *lines[:3]]))
    assert not run(home, mirror=str(SAMPLE)).is_new
    assert canonical(run(home, mirror=str(SAMPLE), force=True)) == canonical(night.told)


def test_that_the_same_was_heard_again_is_no_news(night: Night, tmp_path: Path) -> None:
    home = shutil.copytree(night.home, tmp_path / "home", symlinks=True)
    cache = HubCache(home)
    for kept in cache.latest().values():
        cache.keep(replace(kept, checked_at=NOON + timedelta(days=40)))
    assert not run(home, mirror=str(SAMPLE)).is_new


def test_ids_worth_asking_for_are_those_of_weights(night: Night) -> None:
    wanted = wanted_ids(night.home)
    ids = table(night.plain, "aliases").filter(pl.col("rung") == "hf_id")["model_id"].unique()
    assert set(ids) <= set(wanted)
    assert not [hub_id for hub_id in wanted if hub_id.startswith(("quarantine/", "openai/gpt-4", "anthropic/"))]
    assert len(wanted) == len(set(wanted))


def test_facts_of_the_hub_stand_where_boards_are_silent_and_nowhere_else(night: Night) -> None:
    both = table(night.told, "models").join(table(night.plain, "models"), on="model_id", suffix="_before")
    told = both.filter(pl.col("downloads") == 4321)
    assert told.height > 50
    for fact, word in (("likes", 99), ("license", "hub-licence")):
        board = told.filter(pl.col(f"{fact}_before").is_not_null())
        silent = told.filter(pl.col(f"{fact}_before").is_null())
        assert board[fact].equals(board[f"{fact}_before"], check_names=False)
        assert silent.height > 0
        assert set(silent[fact]) == {word}
    assert both.filter(pl.col("params_b") != pl.col("params_b_before")).is_empty()
    assert both["model_id"].len() == table(night.plain, "models").height


def test_downloads_tell_how_well_known_a_gem_is(night: Night) -> None:
    gems = table(night.told, "gems")
    assert gems.height
    assert set(gems["downloads"]) == {4321}
    assert gems["reason"].str.contains("4321 downloads").all()


def test_a_taken_over_name_gives_the_model_nothing(night: Night) -> None:
    row = table(night.told, "hub_models").filter(hub_id=night.taken).row(0, named=True)
    assert row["applies"] is False
    assert "made on 2026-10-01, after a board had the id on" in row["evidence"]
    assert table(night.told, "models").filter(model_id=night.taken)["downloads"].to_list() == [None]
    assert table(night.told, "lineage").filter(parent_id="evil/Base").is_empty()


def test_an_unverified_rename_is_recorded_and_not_followed(night: Night) -> None:
    row = table(night.told, "hub_models").filter(hub_id=night.moved).row(0, named=True)
    assert (row["status"], row["rename"], row["applies"]) == ("renamed", "unverified", False)
    assert row["renamed_to"] == "elsewhere/Quite-Another-Name-3B"
    assert table(night.told, "models").filter(model_id=night.moved)["downloads"].to_list() == [None]


def test_what_the_hub_did_not_answer_for_stays_as_the_boards_have_it(night: Night) -> None:
    before, after = (table(of, "models").filter(model_id=night.silent) for of in (night.plain, night.told))
    assert before.equals(after)
