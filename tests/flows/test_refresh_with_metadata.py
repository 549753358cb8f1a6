"""The refresh of the bundled sample with and without Hub metadata."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from aggregator.hub.cache import HubCache
from aggregator.identity.hub_metadata import read_model
from aggregator.pipeline.hub_ids import wanted_ids
from aggregator.sources import SAMPLE
from flows.refresh import RefreshResult
from tests.support.clocks import NOON
from tests.support.hub import model_record
from tests.support.refreshes import parquet_checksums, read_table, run_refresh

BOARD = SAMPLE / "datasets/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet"


@dataclass
class Refreshes:
    """A home, and its refreshes without and with Hub metadata."""

    home: Path
    plain: RefreshResult
    enriched: RefreshResult
    taken_over: str
    """An id of the Open LLM board whose repository was created after the board listed it."""
    renamed: str
    """An id that the Hub redirects to another name."""
    unknown: str
    """An id without Hub metadata."""


@pytest.fixture(scope="session")
def refreshes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refreshes]:
    home = tmp_path_factory.mktemp("enriched")
    plain = run_refresh(home, mirror=str(SAMPLE))
    wanted = wanted_ids(home)
    on_board = set(pl.read_parquet(BOARD)["fullname"])
    taken_over, renamed, unknown = [hub_id for hub_id in wanted if hub_id in on_board][:3]
    count = {"parameters": {"BF16": 123_000_000}, "total": 123_000_000}
    special = {
        taken_over: model_record(
            taken_over, createdAt="2026-10-01T00:00:00.000Z", downloads=10**9, baseModels=["evil/Base"]
        ),
        renamed: model_record("elsewhere/Quite-Another-Name-3B", downloads=10**9),
    }
    cache = HubCache(home)
    usual = {"createdAt": "2022-03-02T23:29:04.000Z", "downloads": 4321, "likes": 99, "safetensors": count}
    for hub_id in [hub_id for hub_id in wanted if hub_id != unknown]:
        answer = special.get(hub_id) or model_record(hub_id, cardData={"license": "hub-licence"}, **usual)
        cache.append(read_model(hub_id, answer, NOON))
    yield Refreshes(home, plain, run_refresh(home, mirror=str(SAMPLE)), taken_over, renamed, unknown)
    shutil.rmtree(home, ignore_errors=True)


def test_without_metadata_the_table_is_empty_and_downloads_are_null(refreshes: Refreshes) -> None:
    assert read_table(refreshes.plain, "hub_models").is_empty()
    assert (
        read_table(refreshes.plain, "models")["downloads"].null_count() == read_table(refreshes.plain, "models").height
    )


def test_new_metadata_makes_a_new_generation_and_the_same_metadata_does_not(refreshes: Refreshes) -> None:
    assert refreshes.enriched.is_new
    assert refreshes.enriched.generation.id != refreshes.plain.generation.id
    assert not run_refresh(refreshes.home, mirror=str(SAMPLE)).is_new


def test_forced_refreshes_give_the_same_bytes_for_any_order_of_the_answers(
    refreshes: Refreshes, tmp_path: Path
) -> None:
    home = shutil.copytree(refreshes.home, tmp_path / "home", symlinks=True)
    path = HubCache(home).path
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*reversed(lines), *lines[:3]]))
    assert not run_refresh(home, mirror=str(SAMPLE)).is_new
    assert parquet_checksums(run_refresh(home, mirror=str(SAMPLE), force=True)) == parquet_checksums(refreshes.enriched)


def test_metadata_that_was_only_checked_again_makes_no_new_generation(refreshes: Refreshes, tmp_path: Path) -> None:
    home = shutil.copytree(refreshes.home, tmp_path / "home", symlinks=True)
    cache = HubCache(home)
    for kept in cache.latest().values():
        cache.append(replace(kept, checked_at=NOON + timedelta(days=40)))
    assert not run_refresh(home, mirror=str(SAMPLE)).is_new


def test_the_ids_to_look_up_are_models_with_weights(refreshes: Refreshes) -> None:
    wanted = wanted_ids(refreshes.home)
    ids = read_table(refreshes.plain, "aliases").filter(pl.col("rung") == "hf_id")["model_id"].unique()
    assert set(ids) <= set(wanted)
    assert not [hub_id for hub_id in wanted if hub_id.startswith(("quarantine/", "openai/gpt-4", "anthropic/"))]
    assert len(wanted) == len(set(wanted))


def test_hub_facts_fill_only_the_gaps_of_the_boards(refreshes: Refreshes) -> None:
    both = read_table(refreshes.enriched, "models").join(
        read_table(refreshes.plain, "models"), on="model_id", suffix="_before"
    )
    enriched = both.filter(pl.col("downloads") == 4321)
    assert enriched.height > 50
    for fact, value in (("likes", 99), ("license", "hub-licence")):
        board = enriched.filter(pl.col(f"{fact}_before").is_not_null())
        filled = enriched.filter(pl.col(f"{fact}_before").is_null())
        assert board[fact].equals(board[f"{fact}_before"], check_names=False)
        assert filled.height > 0
        assert set(filled[fact]) == {value}
    assert both.filter(pl.col("params_b") != pl.col("params_b_before")).is_empty()
    assert both["model_id"].len() == read_table(refreshes.plain, "models").height


def test_gems_use_downloads_as_the_measure_of_fame(refreshes: Refreshes) -> None:
    gems = read_table(refreshes.enriched, "gems")
    assert gems.height
    assert set(gems["downloads"]) == {4321}
    assert gems["reason"].str.contains("4321 downloads").all()


def test_a_taken_over_repository_gives_the_model_no_facts(refreshes: Refreshes) -> None:
    row = read_table(refreshes.enriched, "hub_models").filter(hub_id=refreshes.taken_over).row(0, named=True)
    assert row["applies"] is False
    assert "made on 2026-10-01, after a board had the id on" in row["evidence"]
    assert read_table(refreshes.enriched, "models").filter(model_id=refreshes.taken_over)["downloads"].to_list() == [
        None
    ]
    assert read_table(refreshes.enriched, "lineage").filter(parent_id="evil/Base").is_empty()


def test_an_unverified_rename_is_recorded_and_not_followed(refreshes: Refreshes) -> None:
    row = read_table(refreshes.enriched, "hub_models").filter(hub_id=refreshes.renamed).row(0, named=True)
    assert (row["status"], row["rename"], row["applies"]) == ("renamed", "unverified", False)
    assert row["renamed_to"] == "elsewhere/Quite-Another-Name-3B"
    assert read_table(refreshes.enriched, "models").filter(model_id=refreshes.renamed)["downloads"].to_list() == [None]


def test_a_model_without_metadata_keeps_the_facts_of_the_boards(refreshes: Refreshes) -> None:
    before, after = (
        read_table(of, "models").filter(model_id=refreshes.unknown) for of in (refreshes.plain, refreshes.enriched)
    )
    assert before.equals(after)
