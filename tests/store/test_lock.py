import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aggregator.errors import BusyError
from aggregator.store.generations import Home
from tests.conftest import REPOSITORY
from tests.support.homes.marked import make


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make(tmp_path)


HOLDER = """
import sys, time
from pathlib import Path
from aggregator.errors import BusyError
from aggregator.store.generations import Home
home = Home(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
try:
    with home.lease():
        print("won", flush=True)
        sys.stdin.readline()
except BusyError as busy:
    print(busy.headline, flush=True)
"""


@pytest.fixture
def holders(home: Home) -> Iterator[Callable[[int], list["subprocess.Popen[str]"]]]:
    started: list[subprocess.Popen[str]] = []

    def start(count: int) -> list["subprocess.Popen[str]"]:
        started.extend(
            subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", HOLDER, str(home.root)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=REPOSITORY,
            )
            for _ in range(count)
        )
        assert all(told(process) == "ready" for process in started)
        return started

    yield start
    for process in started:
        process.kill()
        process.communicate()


def told(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_of_eight_refreshes_at_once_one_wins_and_the_others_are_told_who(
    home: Home, holders: Callable[[int], list["subprocess.Popen[str]"]]
) -> None:
    processes = holders(8)
    for process in processes:
        go(process)
    answers = {process.pid: told(process) for process in processes}
    winners = [pid for pid, answer in answers.items() if answer == "won"]
    assert len(winners) == 1
    busy = [answer for answer in answers.values() if answer != "won"]
    assert all(answer.startswith(f"{home.root} is held by ") for answer in busy)
    with pytest.raises(BusyError, match=f"held by process {winners[0]}, since 20.* UTC"), home.lease():
        pass


def test_the_lease_of_a_killed_holder_is_free_at_once(
    home: Home, holders: Callable[[int], list["subprocess.Popen[str]"]]
) -> None:
    (process,) = holders(1)
    go(process)
    assert told(process) == "won"
    process.kill()
    process.wait()
    start = time.monotonic()
    with home.lease():
        assert time.monotonic() - start < 1


def test_a_lease_holds_inside_one_process_too_and_ends_with_its_block(home: Home) -> None:
    with home.lease(), pytest.raises(BusyError), home.lease():
        pass
    assert not (home.root / "lease.json").exists()
    with home.lease():
        pass
