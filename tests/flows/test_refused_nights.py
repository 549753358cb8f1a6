"""Nights after a refusal: reported each night, counted without a new generation, and ended by one acceptance."""

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from aggregator.pipeline.acceptance import accept_edition
from aggregator.sources import SAMPLE, on_by_default
from aggregator.store.history import HistoryStore
from flows.refresh import RefreshOptions, RefreshResult, refresh
from flows.runners import DirectRunner
from tests.support.refreshes import NOW, read_table

BOARDS = ("open_llm_v2", "open_llm_v1", "arena_text")
CONTENTS = "datasets/open-llm-leaderboard/contents/data/train-00000-of-00001.parquet"


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    # A folder mirror takes the time of retrieval from the files, so the copies must be new.
    return shutil.copytree(SAMPLE, tmp_path / "mirror", copy_function=shutil.copy)


def off(boards: Sequence[str]) -> tuple[str, ...]:
    return tuple(source.id for source in on_by_default() if source.id not in boards)


def night(home: Path, mirror: Path, number: int) -> RefreshResult:
    options = RefreshOptions(home, str(mirror), off=off(BOARDS))
    return refresh(options, DirectRunner(lambda _: None), now=lambda: NOW + timedelta(days=number))


def row(result: RefreshResult) -> dict[str, object]:
    return result.report.row(by_predicate=pl.col("source") == "open_llm_v2", named=True)


def test_a_refusal_is_counted_each_night_and_ends_with_an_acceptance(tmp_path: Path, mirror: Path) -> None:
    home = tmp_path / "home"
    assert night(home, mirror, 0).refused.is_empty()
    whole = pl.read_parquet(mirror / CONTENTS)
    whole.head(whole.height // 2).write_parquet(mirror / CONTENTS)

    first = night(home, mirror, 1)
    refused = row(first)
    assert (refused["status"], refused["nights"]) == ("kept", 1)
    assert refused["refused_sha256"] != refused["sha256"]
    assert "metaboard accept-edition open_llm_v2 --sha256" in str(refused["next_step"])
    assert str(home) not in str(refused["next_step"])
    assert read_table(first, "refresh_report").filter(source="open_llm_v2")["worst"].list.len().item() > 0

    third = [night(home, mirror, number) for number in (2, 3)][-1]
    assert not third.is_new
    assert row(third)["nights"] == 3
    assert [refusal.is_stuck for refusal in third.refusals] == [True]

    accept_edition(home, "open_llm_v2", str(refused["refused_sha256"]), "checked on the board", NOW)
    after = night(home, mirror, 4)
    assert after.is_new
    assert (row(after)["status"], row(after)["nights"], after.refusals) == ("fresh", None, ())
    assert row(after)["sha256"] == refused["refused_sha256"]
    history = HistoryStore(home).load("open_llm_v2")
    assert (len(history.added_keys), history.refused_keys) == (2, ())
    assert not night(home, mirror, 5).is_new
