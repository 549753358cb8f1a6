"""The lock of a home directory, with several processes."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aggregator.errors import LockedError
from aggregator.store.generations import Home
from tests.conftest import REPOSITORY
from tests.support.homes.two_files import new_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


LOCKING_PROCESS = """
import sys, time
from pathlib import Path
from aggregator.errors import LockedError
from aggregator.store.generations import Home
home = Home(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
try:
    with home.lock():
        print("locked", flush=True)
        sys.stdin.readline()
except LockedError as error:
    print(error.headline, flush=True)
"""


@pytest.fixture
def locking_processes(home: Home) -> Iterator[Callable[[int], list["subprocess.Popen[str]"]]]:
    started: list[subprocess.Popen[str]] = []

    def start(count: int) -> list["subprocess.Popen[str]"]:
        started.extend(
            subprocess.Popen(  # noqa: S603 - runs this interpreter with the code above
                [sys.executable, "-c", LOCKING_PROCESS, str(home.root)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=REPOSITORY,
            )
            for _ in range(count)
        )
        assert all(read_line(process) == "ready" for process in started)
        return started

    yield start
    for process in started:
        process.kill()
        process.communicate()


def read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def start_locking(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_of_eight_processes_one_gets_the_lock_and_the_others_fail_with_its_process_id(
    home: Home, locking_processes: Callable[[int], list["subprocess.Popen[str]"]]
) -> None:
    processes = locking_processes(8)
    for process in processes:
        start_locking(process)
    answers = {process.pid: read_line(process) for process in processes}
    winners = [pid for pid, answer in answers.items() if answer == "locked"]
    assert len(winners) == 1
    errors = [answer for answer in answers.values() if answer != "locked"]
    assert all(answer.startswith(f"{home.root} is locked: held by ") for answer in errors)
    with pytest.raises(LockedError, match=f"held by process {winners[0]}, since 20.* UTC"), home.lock():
        pass


def test_the_lock_of_a_killed_process_is_free_at_once(
    home: Home, locking_processes: Callable[[int], list["subprocess.Popen[str]"]]
) -> None:
    (process,) = locking_processes(1)
    start_locking(process)
    assert read_line(process) == "locked"
    process.kill()
    process.wait()
    start = time.monotonic()
    with home.lock():
        assert time.monotonic() - start < 1


def test_a_lock_also_excludes_its_own_process_and_ends_with_its_block(home: Home) -> None:
    with home.lock(), pytest.raises(LockedError), home.lock():
        pass
    assert not (home.root / "lease.json").exists()
    with home.lock():
        pass
