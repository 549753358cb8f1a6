"""Honest nights pass every gate: the publish dates of the Arena, the editions of LiveBench, the nights of Open LLM v2.

`python -m benchmarks.gates --histories-only` replays all of them; here the longest history starts where the Arena began to
switch between one category and all.
"""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest

from aggregator.sources import arena
from benchmarks.gate_nights import replay
from benchmarks.honest_editions import (
    HonestEdition,
    arena_editions,
    livebench_editions,
    open_llm_nights,
)

REMEASURED_ON = date(2024, 11, 8)
SWITCHES_FROM = date(2025, 2, 12)
"""30 models are retired four days later, the categories switch from 2025-03-07 on."""


@pytest.fixture(scope="session")
def nights(recordings: Path) -> list[HonestEdition]:
    """Return the nights of Open LLM v2, which lie beside the recordings."""
    folder = recordings.parent / "histories"
    if not folder.is_dir():
        pytest.skip(f"no histories at {folder}")
    return list(open_llm_nights(folder))


def arena_text(folder: Path) -> list[HonestEdition]:
    return [edition for edition in arena_editions(arena.TEXT, folder) if edition.day >= SWITCHES_FROM]


def arena_style_control(folder: Path) -> Iterable[HonestEdition]:
    return arena_editions(arena.TEXT_STYLE_CONTROL, folder)


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("editions", "count"),
    [
        pytest.param(arena_text, 47, id="arena_text"),
        pytest.param(arena_style_control, 12, id="arena_text_style_control"),
        pytest.param(livebench_editions, 10, id="livebench"),
    ],
)
def test_every_honest_edition_is_published(
    recordings: Path, editions: Callable[[Path], Iterable[HonestEdition]], count: int
) -> None:
    done = replay("", list(editions(recordings)), accepts=False)
    assert done.nights == count
    assert done.kept == ()


@pytest.mark.recordings
def test_nobody_acting_costs_at_most_three_nights_before_a_true_re_measurement(nights: list[HonestEdition]) -> None:
    before = [night for night in nights if night.day < REMEASURED_ON]
    assert len(before) == 76
    assert len(replay("", before, accepts=False).kept) <= 3


@pytest.mark.recordings
def test_a_re_measured_benchmark_is_held_in_one_sentence_and_accepted_once(nights: list[HonestEdition]) -> None:
    around = [night for night in nights if abs((night.day - REMEASURED_ON).days) <= 7]
    done = replay("", around, accepts=True)
    assert done.kept == ()
    ((day, sentence),) = done.accepted
    assert day == str(REMEASURED_ON)
    assert "open_llm_v2/math" in sentence


@pytest.mark.recordings
def test_a_re_measured_benchmark_that_nobody_accepts_is_named_every_night(nights: list[HonestEdition]) -> None:
    around = [night for night in nights if -4 <= (night.day - REMEASURED_ON).days <= 4]
    done = replay("", around, accepts=False)
    assert [day for day, _ in done.kept] == [str(night.day) for night in around if night.day >= REMEASURED_ON]
    assert all("open_llm_v2/math" in sentence for _, sentence in done.kept)
