"""Faults of the files themselves, through the whole refresh: in one night each board may have another fault."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.faults import lab, naive, oracle
from tests.faults.conftest import ALL, Bench
from tests.faults.oracle import Seen
from tests.faults.records import CONTENT, SEED, Case, Expected
from tests.faults.scoreboard import Result
from tests.support.fault_server import serving

QUICK = 1
"""How many boards have each fault in the short run."""


@dataclass(frozen=True)
class Trial:
    """One fault at one board."""

    case: Case
    board: str


def trials() -> list[Trial]:
    """Return every fault at every board that can have it; at a few of them, by the seed, in the short run."""
    found = []
    for case in CONTENT:
        boards = [source.id for source in lab.possible(case)]
        few = boards if ALL else random.Random(f"{SEED} {case.id}").sample(boards, min(QUICK, len(boards)))
        found += [Trial(case, board) for board in few]
    return found


def nights() -> list[dict[str, Trial]]:
    """Return the trials night by night, one for each board and night."""
    packed: list[dict[str, Trial]] = []
    for trial in trials():
        free = next((night for night in packed if trial.board not in night), None)
        if free is None:
            packed.append({trial.board: trial})
        else:
            free[trial.board] = trial
    return packed


@pytest.mark.parametrize("night", nights(), ids=lambda night: f"{len(night)} faults")
def test_each_board_ends_as_the_record_of_its_fault_says_and_the_next_clean_night_mends_all(
    night: dict[str, Trial], bench: Bench
) -> None:
    home, good, mirror = bench.home, bench.good, lab.mirrored(bench.place / "mirror")
    for trial in night.values():
        lab.spoiled(trial.case, trial.board, mirror)
    ended = lab.night(home, mirror)
    broken = lab.broken_invariants(ended, home)
    wrong = lab.wrong_ends({board: trial.case for board, trial in night.items()}, good, ended)
    merged = _merged(good, ended.seen)
    clean = lab.night(home, SAMPLE)
    recovered = clean.code == 0 and clean.seen is not None and clean.seen.scores == good.scores
    for board, trial in night.items():
        other = (
            control(trial, bench.naive, bench.place / "naive")
            if board in naive.BOARDS and trial.case.injection != "row bomb"
            else None
        )
        survived = not broken and not merged and board not in wrong and recovered
        bench.note(Result(trial.case.id, trial.case.family, trial.case.row, board, survived, other))
    assert not broken
    assert not wrong, ended.output
    assert not merged, "names of the good night became other models"
    assert recovered, clean.output


def _merged(good: Seen, seen: Seen | None) -> list[str]:
    """Return the new names that are taken for models of the good night."""
    if seen is None:
        return []
    before = set(good.aliases.values())
    return [
        f"{name} = {model}"
        for (board, name), model in seen.aliases.items()
        if (board, name) not in good.aliases and model in before
    ]


def control(trial: Trial, good_home: Path, place: Path) -> bool:
    """Return whether the naive pipeline survives the same fault at the same board."""
    case, board = trial.case, trial.board
    home, mirror = lab.copied(good_home, place / board / "home"), lab.mirrored(place / board / "mirror")
    good = oracle.look(home)
    lab.spoiled(case, board, mirror)
    with serving(lab.folder(mirror)) as server:
        told = _fails(lambda: naive.refresh(home, server.url("").rstrip("/")))
    seen = oracle.look(home)
    if seen is None or good is None or seen.problems:
        return False
    if told:
        return Expected.KEEP in case.expected and seen.scores.get(board) == good.scores.get(board)
    rows = oracle.rows(home / "current", "scores")
    models = {(row["source"], row["raw_name"], row["model"]) for row in rows}
    merged = len({(source, model) for source, _, model in models}) < len(models)
    true = lab.is_true(case.truth, seen.scores.get(board, Counter()), good.scores[board])
    return Expected.ACCEPT in case.expected and true and not merged


def _fails(refresh: Callable[[], None]) -> bool:
    try:
        refresh()
    except BaseException as error:  # the control may fail in any way, a panic of a reader included
        if isinstance(error, KeyboardInterrupt):
            raise
        return True
    return False
