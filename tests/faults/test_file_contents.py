"""Faults of file contents in a whole refresh. One refresh can have another fault at each board."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.faults import harness, reader_view, unprotected_pipeline
from tests.faults.cases import FILE_FAULTS, SEED, Case, Expected
from tests.faults.conftest import ALL, Workspace
from tests.faults.reader_view import Published
from tests.faults.reliability_report import Result
from tests.support.fault_server import serve

SHORT_RUN_BOARDS = 1
"""Number of boards with each fault in the short run."""


@dataclass(frozen=True)
class Trial:
    """One fault at one board."""

    case: Case
    board: str


def trials() -> list[Trial]:
    """Return every fault at every board that can have it; in the short run, at a random sample of the boards."""
    found = []
    for case in FILE_FAULTS:
        boards = [source.id for source in harness.boards_of(case)]
        chosen = (
            boards if ALL else random.Random(f"{SEED} {case.id}").sample(boards, min(SHORT_RUN_BOARDS, len(boards)))
        )
        found += [Trial(case, board) for board in chosen]
    return found


def refreshes() -> list[dict[str, Trial]]:
    """Distribute the trials over refreshes with at most one trial for each board."""
    packed: list[dict[str, Trial]] = []
    for trial in trials():
        free = next((faults for faults in packed if trial.board not in faults), None)
        if free is None:
            packed.append({trial.board: trial})
        else:
            free[trial.board] = trial
    return packed


@pytest.mark.parametrize("faults", refreshes(), ids=lambda faults: f"{len(faults)} faults")
def test_each_board_has_the_expected_result_and_the_next_refresh_without_faults_recovers(
    faults: dict[str, Trial], workspace: Workspace
) -> None:
    home, good, mirror = workspace.home, workspace.good, harness.copy_sample(workspace.folder / "mirror")
    for trial in faults.values():
        harness.inject(trial.case, trial.board, mirror)
    result = harness.run_refresh(home, mirror)
    broken = harness.find_broken_invariants(result, home)
    wrong = harness.find_wrong_results({board: trial.case for board, trial in faults.items()}, good, result)
    merged = _wrongly_merged_names(good, result.published)
    clean = harness.run_refresh(home, SAMPLE)
    recovered = harness.has_recovered(clean, good)
    for board, trial in faults.items():
        control = (
            unprotected_survives(trial, workspace.unprotected_home, workspace.folder / "unprotected")
            if board in unprotected_pipeline.BOARDS and trial.case.injection != "row bomb"
            else None
        )
        survived = not broken and not merged and board not in wrong and recovered
        workspace.record(Result(trial.case.id, trial.case.family, trial.case.row, board, survived, control))
    assert not broken
    assert not wrong, (wrong, result.output)
    assert not merged, "new names were matched to models of the good generation"
    assert recovered, clean.output


def _wrongly_merged_names(good: Published, published: Published | None) -> list[str]:
    """Return the new names that were matched to models of the good generation."""
    if published is None:
        return []
    before = set(good.aliases.values())
    return [
        f"{name} = {model}"
        for (board, name), model in published.aliases.items()
        if (board, name) not in good.aliases and model in before
    ]


def unprotected_survives(trial: Trial, good_home: Path, folder: Path) -> bool:
    """Return whether the unprotected pipeline survives the same fault at the same board."""
    case, board = trial.case, trial.board
    home = harness.copy_home(good_home, folder / board / "home")
    mirror = harness.copy_sample(folder / board / "mirror")
    good = reader_view.read_published(home)
    harness.inject(case, board, mirror)
    with serve(harness.answer_from_folder(mirror)) as server:
        has_failed = _fails(lambda: unprotected_pipeline.refresh(home, server.url("").rstrip("/")))
    published = reader_view.read_published(home)
    if published is None or good is None or published.problems:
        return False
    if has_failed:
        return Expected.KEEP in case.expected and published.scores.get(board) == good.scores.get(board)
    rows = reader_view.read_table(home / "current", "scores")
    models = {(row["source"], row["raw_name"], row["model"]) for row in rows}
    merged = len({(source, model) for source, _, model in models}) < len(models)
    is_allowed = harness.has_allowed_scores(case, published.scores.get(board, Counter()), good.scores[board])
    return Expected.ACCEPT in case.expected and is_allowed and not merged


def _fails(refresh: Callable[[], None]) -> bool:
    try:
        refresh()
    except BaseException as error:  # the control can fail in any way, also with a panic of the Parquet reader
        if isinstance(error, KeyboardInterrupt):
            raise
        return True
    return False
