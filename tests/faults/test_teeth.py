"""Whether the suite can bite: a pipeline without care fails most of it, and every row of the matrix has somebody."""

import ast
import random
from pathlib import Path

from tests.faults import naive
from tests.faults.conftest import ALL
from tests.faults.records import CONTENT, ELSEWHERE, FAMILIES, NOT_TESTED, SEED
from tests.faults.test_content import Trial, control
from tests.faults.test_kills import REPOSITORY
from tests.faults.test_wire import FAULTS

HERE = Path(__file__).parent
SOME = 12
"""How many faults the short run tries on the control."""
CRASHES = {15, 18, 19, 35, 36, 37, 39, 40}
"""Rows whose faults are tests of their own here and not records."""


def test_a_naive_pipeline_fails_most_of_the_faults_of_files(naive_home: Path, tmp_path: Path) -> None:
    rng = random.Random(SEED)
    possible = [
        Trial(case, rng.choice(boards))
        for case in CONTENT
        # Reading the bomb takes the control a minute, and proves what is known.
        if case.injection != "row bomb"
        and (boards := [board for board in naive.BOARDS if not case.boards or board in case.boards])
    ]
    tried = possible if ALL else rng.sample(possible, SOME)
    survived = [trial for number, trial in enumerate(tried) if control(trial, naive_home, tmp_path / str(number))]
    assert len(survived) < len(tried) / 2, [trial.case.id for trial in survived]


def test_every_row_of_the_matrix_is_injected_held_elsewhere_or_named_as_missing() -> None:
    injected = {case.row for case in CONTENT} | {fault.case.row for fault in FAULTS} | CRASHES
    assert injected | ELSEWHERE.keys() | NOT_TESTED.keys() == set(range(1, 41))
    assert {case.family for case in CONTENT} <= FAMILIES.keys()
    ids = [case.id for case in CONTENT] + [fault.case.id for fault in FAULTS]
    assert len(ids) == len(set(ids))


def test_the_tests_that_hold_a_row_elsewhere_are_there() -> None:
    for tests in ELSEWHERE.values():
        for name in tests:
            path, _, test = name.partition("::")
            functions = ast.walk(ast.parse((REPOSITORY / path).read_bytes()))
            assert test in {node.name for node in functions if isinstance(node, ast.FunctionDef)}, name


def test_the_oracle_knows_nothing_of_the_program() -> None:
    for node in ast.walk(ast.parse((HERE / "oracle.py").read_bytes())):
        if isinstance(node, ast.ImportFrom):
            assert node.module
            assert not node.module.startswith(("aggregator", "flows", "tests"))
