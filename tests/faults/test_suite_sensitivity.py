"""Sensitivity of the fault tests: the unprotected pipeline fails most of them, and the fault matrix is covered."""

import ast
import random
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.faults import unprotected_pipeline
from tests.faults.cases import FAMILIES, FILE_FAULTS, NOT_TESTED, OTHER_TESTS, ROWS, ROWS_OF_TESTS, SEED
from tests.faults.conftest import ALL
from tests.faults.test_file_contents import Trial, unprotected_survives
from tests.faults.test_transport import FAULTS

HERE = Path(__file__).parent
SHORT_RUN_FAULTS = 12
"""Number of faults that the short run tries on the unprotected pipeline."""


def test_the_unprotected_pipeline_fails_most_faults_of_file_contents(unprotected_home: Path, tmp_path: Path) -> None:
    rng = random.Random(SEED)
    possible = [
        Trial(case, rng.choice(boards))
        for case in FILE_FAULTS
        # The unprotected pipeline reads the bomb for a minute, with a known result.
        if case.injection != "row bomb"
        and (boards := [board for board in unprotected_pipeline.BOARDS if not case.boards or board in case.boards])
    ]
    tried = possible if ALL else rng.sample(possible, SHORT_RUN_FAULTS)
    survived = [
        trial
        for number, trial in enumerate(tried)
        if unprotected_survives(trial, unprotected_home, tmp_path / str(number))
    ]
    assert len(survived) < len(tried) / 2, [trial.case.id for trial in survived]


def test_every_row_of_the_fault_matrix_is_tested_here_or_elsewhere_or_listed_as_untested() -> None:
    injected = {case.row for case in FILE_FAULTS} | {fault.case.row for fault in FAULTS} | ROWS_OF_TESTS
    assert injected | OTHER_TESTS.keys() | NOT_TESTED.keys() == ROWS.keys()
    assert {case.family for case in FILE_FAULTS} <= FAMILIES.keys()
    ids = [case.id for case in FILE_FAULTS] + [fault.case.id for fault in FAULTS]
    assert len(ids) == len(set(ids))


def test_the_tests_in_other_folders_exist() -> None:
    for tests in OTHER_TESTS.values():
        for name in tests:
            path, _, test = name.partition("::")
            functions = ast.walk(ast.parse((REPOSITORY / path).read_bytes()))
            assert test in {node.name for node in functions if isinstance(node, ast.FunctionDef)}, name


def test_the_reader_view_imports_no_code_under_test() -> None:
    for node in ast.walk(ast.parse((HERE / "reader_view.py").read_bytes())):
        if isinstance(node, ast.ImportFrom):
            assert node.module
            assert not node.module.startswith(("aggregator", "flows", "tests"))
