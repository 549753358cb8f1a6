"""Home directories of odd shapes: `status` ends with a sentence, and a refresh makes the home whole or says what to do.

`tests/metaboard/test_odd_homes.py` runs every command on them; this is a random sample of the same matrix.
"""

import random
import shutil
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.faults import harness
from tests.faults.cases import SEED
from tests.faults.conftest import ALL, Workspace
from tests.faults.reliability_report import Result
from tests.support.homes.odd_shapes import Cell, cells

GROUPS, GROUP_SIZE = (8, 12) if ALL else (1, 3)
CODES = {0, 1, 2, 3}
OWN = ("settings.toml", "overrides", "calibrations")
"""What a person wrote: a refresh does not replace it, so it stops with a sentence."""


def group(number: int) -> list[Cell]:
    """Return the cells of one test, drawn from the whole matrix without repetition."""
    chosen = random.Random(SEED).sample(list(cells()), GROUPS * GROUP_SIZE)
    return chosen[number::GROUPS]


@pytest.mark.parametrize("number", range(GROUPS))
def test_a_home_of_an_odd_shape_is_whole_after_a_refresh_or_a_sentence_names_the_file(
    number: int, small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METABOARD_TRACEBACK", "1")
    failed = []
    for place, cell in enumerate(group(number)):
        home = harness.copy_home(small.home, small.folder / str(place))
        make_complete(home)
        cell.apply(home)
        status, problem = harness.run_command("status", "--home", home), ""
        result = harness.run_refresh(home, SAMPLE)
        if {status.code, result.code} - CODES:
            problem = f"codes {status.code} and {result.code}"
        elif "Traceback" in status.output + result.output:
            problem = "a traceback"
        elif result.code == 0 and not harness.is_whole_home(home):
            problem = "the generation is not whole"
        elif result.code and not (cell.entry.startswith(OWN) and cell.entry.partition("/")[0] in result.output):
            problem = "the refresh failed"
        small.record(Result(f"47 {cell}", "E", 47, "status and refresh", not problem))
        if problem:
            failed.append(f"{cell}: {problem}: {status.output[-300:]} {result.output[-300:]}")
        remove(home)
    assert not failed, failed


def make_complete(home: Path) -> None:
    """Add the entries that a home has after other commands."""
    for name in ("hub", "overrides", "build", "set-aside", "calibrations"):
        (home / name).mkdir(exist_ok=True)
    (home / "hub" / "models.jsonl").touch()
    (home / "snapshots" / "decisions.jsonl").touch()


def remove(home: Path) -> None:
    """Remove a home whose root can be a link or a file by now."""
    shutil.rmtree(home, ignore_errors=True)
