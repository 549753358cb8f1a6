"""Gates on scores, replayed on recorded histories: which honest editions they keep back, and with which sentence."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from aggregator.gates.candidate import Candidate
from aggregator.gates.gates import run_gates
from aggregator.gates.statistics import compute_statistics
from aggregator.gates.verdict import Action, Verdict
from aggregator.model import Parsed
from aggregator.sources import arena
from benchmarks.honest_editions import HonestEdition, arena_editions, open_llm_nights
from tests.gates.test_score_changes import SCORE_GATES

pytestmark = pytest.mark.recordings


def replayed(editions: Iterable[HonestEdition]) -> dict[date, list[Verdict]]:
    """Return the verdicts of each edition against the edition before it, as when a person accepts every one."""
    found: dict[date, list[Verdict]] = {}
    last: Parsed | None = None
    fetched_on: date | None = None
    for edition in editions:
        now = edition.source.parse(edition.files)
        new = Candidate(edition.source, now, compute_statistics(now), edition.day, last, (), fetched_on)
        found[edition.day] = run_gates(new, SCORE_GATES) if last else []
        last, fetched_on = now, edition.day
    return found


def kept(found: dict[date, list[Verdict]]) -> dict[date, list[Verdict]]:
    return {day: bad for day, verdicts in found.items() if (bad := [v for v in verdicts if v.action is Action.KEEP])}


def test_no_arena_date_is_kept_back_and_a_new_zero_of_the_scale_is_named(recordings: Path) -> None:
    assert kept(replayed(arena_editions(arena.TEXT, recordings))) == {}
    found = replayed(arena_editions(arena.TEXT_STYLE_CONTROL, recordings))
    assert kept(found) == {}
    notes = {day: one.reason for day, verdicts in found.items() for one in verdicts if one.action is Action.NOTE}
    assert (
        "all ratings of coding (`arena_text_style_control/coding`) moved by +68.7 together" in notes[date(2025, 5, 27)]
    )


def test_only_the_night_with_a_new_measurement_of_math_is_kept_back(recordings: Path) -> None:
    found = replayed(open_llm_nights(recordings.parent / "histories"))
    ((day, (verdict,)),) = kept(found).items()
    assert (day, verdict.gate) == (date(2024, 11, 8), "moved")
    assert verdict.reason.startswith("the scores of MATH Lvl 5")
    held = {name for verdicts in found.values() for one in verdicts for name in one.hold.raw_names}
    assert len(held) <= 25
