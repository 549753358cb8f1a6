"""Every kind of spoiled edition is caught on a board that has it, and every harmless change passes.

The full catalogue is `python -m benchmarks.gates`; this is a sample of one board for each kind.
"""

from pathlib import Path

import pytest

from aggregator.sources import on_by_default
from benchmarks.gates import Case, Trials, describe, recorded_stage
from benchmarks.spoilers import HARMLESS, catalogue

KINDS = catalogue()
LIES = [name for name, kind in KINDS.items() if kind.family not in HARMLESS]
HARMLESS_KINDS = [name for name, kind in KINDS.items() if kind.family in HARMLESS]
BOARDS = ("bigcodebench", "rteb_eng", "arena_text_style_control")
"""Live boards with facts, with ranks and settings, and with categories, intervals and a history."""
SEEDS = (0, 1)


@pytest.fixture(scope="module")
def trials(recordings: Path) -> list[Trials]:
    sources = {source.id: source for source in on_by_default()}
    return [Trials(recorded_stage(sources[board], recordings)) for board in BOARDS]


def first_case(trials: list[Trials], name: str) -> Case:
    """Return the case of a kind on the first board on which it does harm, else on the first board that has it."""
    harmless = None
    for one in trials:
        for seed in SEEDS:
            case = one.run(KINDS[name], seed)
            if case is not None and (case.would_harm or case.family in HARMLESS):
                return case
            harmless = harmless or case
    assert harmless is not None, f"no board has {name}"
    return harmless


@pytest.mark.recordings
@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_not_published(trials: list[Trials], name: str) -> None:
    case = first_case(trials, name)
    assert not case.is_slip, describe(case)


@pytest.mark.recordings
@pytest.mark.parametrize("name", HARMLESS_KINDS)
def test_a_harmless_change_is_published(trials: list[Trials], name: str) -> None:
    case = first_case(trials, name)
    assert not case.is_false_alarm, describe(case)


def test_the_catalogue_has_at_least_forty_kinds_of_lies() -> None:
    assert len(LIES) >= 40
    assert {KINDS[name].family for name in LIES} == {"scores", "groups", "names", "rows", "facts", "dates", "history"}
