"""Gates on a leaderboard whose editions have other items: a new edition is no damaged one."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from aggregator.gates.candidate import Candidate
from aggregator.gates.gates import run_gates
from aggregator.gates.statistics import EditionStatistics, compute_statistics, from_json
from aggregator.model import Parsed
from aggregator.sources import livebench
from tests.support import samples

SOURCE = livebench.SOURCES[0]
TODAY = date(2026, 2, 1)


def parsed_until(day: str, files: dict[str, bytes]) -> Parsed:
    return SOURCE.parse({name: content for name, content in files.items() if name.rpartition(".")[0][-10:] <= day})


def stopped(now: Parsed, *past: Parsed) -> list[str]:
    statistics = [compute_statistics(one) for one in past]
    return [one.gate for one in run_gates(Candidate(SOURCE, now, compute_statistics(now), TODAY, past[-1], statistics))]


NEWEST, BEFORE = samples.parsed(SOURCE), parsed_until("2025_05_30", samples.files(SOURCE))


def test_a_new_edition_with_other_tasks_and_models_passes() -> None:
    assert stopped(NEWEST, BEFORE) == []
    assert stopped(NEWEST, *[BEFORE] * 6, NEWEST) == []


def test_the_same_edition_is_compared_as_ever() -> None:
    is_kept = pl.col("raw_name").str.contains("[a-k]$|\\d$")
    fewer = replace(NEWEST, scores=NEWEST.scores.filter(is_kept), entries=NEWEST.entries.filter(is_kept))
    assert "drop" in stopped(fewer, BEFORE, NEWEST)
    moved = replace(NEWEST, scores=NEWEST.scores.with_columns(score=100 - pl.col("score")))
    assert "order" in stopped(moved, NEWEST)


def test_a_new_edition_without_the_earlier_ones_is_stopped() -> None:
    assert NEWEST.history is not None
    alone = replace(NEWEST, history=NEWEST.history.filter(pl.col("published_on") == NEWEST.published_on))
    assert stopped(alone, BEFORE) == ["drop", "past_editions"]


def test_a_new_edition_that_rewrites_an_earlier_one_is_stopped() -> None:
    assert NEWEST.history is not None
    before = pl.col("published_on") < NEWEST.published_on
    rewritten = NEWEST.history.with_columns(score=pl.when(before).then(100 - pl.col("score")).otherwise("score"))
    assert "order" in stopped(replace(NEWEST, history=rewritten), BEFORE)


def test_an_edition_that_goes_back_is_stopped() -> None:
    assert "backward" in stopped(BEFORE, NEWEST)


def test_the_manifest_keeps_the_edition_and_an_older_manifest_has_none() -> None:
    document = compute_statistics(NEWEST).to_json()
    assert document["edition"] == "2026-01-08"
    assert from_json(document) == compute_statistics(NEWEST)
    del document["edition"]
    found = from_json(document)
    assert isinstance(found, EditionStatistics)
    assert found.edition is None


@pytest.mark.recordings
def test_every_real_change_of_edition_passes(recordings: Path) -> None:
    files = samples.files(SOURCE, recordings)
    days = sorted({name[-14:-4] for name in files if name.endswith(".csv")})
    editions = [parsed_until(day, files) for day in days]
    assert len(editions) == 10
    found = {day: stopped(editions[at], *editions[:at]) for at, day in enumerate(days) if at}
    assert {day: gates for day, gates in found.items() if gates} == {}
