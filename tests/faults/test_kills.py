"""Refreshes that are killed, at random times and at every named step, and refreshes at the same time."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TypeGuard

import pytest

from aggregator.sources import SAMPLE
from aggregator.store.files import KILL_AT
from tests.conftest import REPOSITORY
from tests.faults import harness, preloaded, reader_view, unprotected_pipeline
from tests.faults.cases import SEED
from tests.faults.conftest import ALL, Workspace
from tests.faults.harness import METABOARD
from tests.faults.injections import lose_rows
from tests.faults.preloaded import TIMEOUT_SECONDS
from tests.faults.reader_view import Published
from tests.faults.reliability_report import Result
from tests.support.fault_server import serve

KILLS = 200 if ALL else 12
STEPS = ("keep", "build", "registry", "fsync", "rename", "swap", "ledger")


def start_refresh(home: Path, mirror: Path, *more: str, **environment: str) -> "subprocess.Popen[str]":
    """Start `metaboard refresh` in a child process."""
    return subprocess.Popen(  # noqa: S603 - runs this program
        [*METABOARD, "refresh", "--direct", "--mirror", str(mirror), "--home", str(home), *more],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def is_complete(published: Published | None) -> TypeGuard[Published]:
    """Return whether a complete generation is published."""
    return published is not None and not published.problems


@pytest.mark.enable_socket
def test_kills_at_random_times_never_leave_a_partial_generation(small: Workspace) -> None:
    home, rng = small.home, random.Random(SEED)
    mirrors = [SAMPLE, harness.copy_sample(small.folder / "other")]
    resource = harness.SOURCES["mteb_eng_v2"].resources[0]
    path = mirrors[1] / resource.path
    path.write_bytes(lose_rows(resource, path.read_bytes(), 0.02, rng))

    def arguments(mirror: Path) -> list[object]:
        return ["refresh", "--direct", "--force", "--mirror", mirror, "--home", home]

    def is_whole() -> bool:
        published = reader_view.read_published(home)
        return is_complete(published) and not reader_view.find_unbalanced_sources(published)

    counts = preloaded.kill_at_random_times(
        KILLS,
        preloaded.seconds_of(*arguments(SAMPLE)),
        rng,
        lambda number: preloaded.start(*arguments(mirrors[number % 2])),
        is_whole,
    )
    clean = harness.run_refresh(home, SAMPLE)
    leftovers = [*(home / "build").glob("*"), *home.glob(".current-*")]
    recovered = harness.has_recovered(clean, small.good) and not leftovers
    survived = counts.broken == 0 and recovered and counts.killed > KILLS // 3
    small.record(Result(f"35 {KILLS} kills at random times", "E", 35, "all", survived, figures=counts.figures))
    assert survived, (counts, clean.output)


@pytest.mark.slow_faults
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_a_named_step_leaves_the_current_generation_and_the_next_refresh_recovers(
    step: str, small: Workspace
) -> None:
    process = start_refresh(small.home, SAMPLE, "--force", **{KILL_AT: step})
    output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    intact = harness.is_intact(reader_view.read_published(small.home), small.good)
    clean = harness.run_refresh(small.home, SAMPLE)
    recovered = harness.has_recovered(clean, small.good)
    survived = process.returncode == -signal.SIGKILL and intact and recovered
    small.record(Result("35 a kill at a named step", "E", 35, step, survived))
    assert survived, output


@pytest.mark.slow_faults
def test_a_refresh_that_ends_on_sigterm_leaves_a_complete_generation(small: Workspace) -> None:
    process = start_refresh(small.home, SAMPLE, "--force")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2.0)
    process.send_signal(signal.SIGTERM)
    process.wait(TIMEOUT_SECONDS)
    survived = is_complete(reader_view.read_published(small.home)) and process.returncode != 0
    small.record(Result("35 SIGTERM", "E", 35, "all", survived))
    assert survived


UNPROTECTED_LOOP = """
import sys
from pathlib import Path
from tests.faults import unprotected_pipeline
print("imported", flush=True)
while True:
    unprotected_pipeline.refresh(Path(sys.argv[1]), sys.argv[2])
"""


@pytest.mark.slow_faults
def test_the_same_kills_leave_partial_data_of_the_unprotected_pipeline(workspace: Workspace) -> None:
    rng, partial = random.Random(SEED), 0
    home = workspace.folder / "unprotected"
    with serve(harness.answer_from_folder(SAMPLE)) as server:
        address = server.url("").rstrip("/")
        unprotected_pipeline.refresh(home, address)
        for _ in range(30):
            command = [sys.executable, "-c", UNPROTECTED_LOOP, str(home), address]
            with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - runs the code above
                assert process.stdout is not None
                assert process.stdout.readline() == "imported\n"
                time.sleep(rng.uniform(0.0, 1.5))
                process.kill()
            partial += not is_complete(reader_view.read_published(home))
    workspace.record(Result("35 30 kills of the control", "E", 35, "naive", survived=True, control=partial == 0))
    assert partial > 0, "the unprotected pipeline writes in place, so some kill must leave partial data"


def test_of_many_refreshes_at_once_each_publishes_or_fails_because_the_home_is_locked(small: Workspace) -> None:
    count = 20 if ALL else 3
    processes = [start_refresh(small.home, SAMPLE, "--force") for _ in range(count)]
    outputs = [process.communicate(timeout=TIMEOUT_SECONDS * 3)[0] for process in processes]
    codes = [process.returncode for process in processes]
    events = [line for line in harness.read_ledger(small.home) if line["event"] == "published"]
    winners = codes.count(0)
    survived = (
        is_complete(reader_view.read_published(small.home))
        and set(codes) <= {0, 75}
        and winners >= 1
        and len(events) == 1 + winners
        and len({line["generation"] for line in events}) == len(events)
    )
    small.record(Result(f"37 {count} refreshes at once", "E", 37, "all", survived, figures={"winners": float(winners)}))
    assert survived, (codes, outputs)
    assert winners == 1 or count - winners == codes.count(75)
