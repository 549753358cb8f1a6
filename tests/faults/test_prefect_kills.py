"""A refresh on an embedded Prefect server that is killed or terminated leaves no server behind."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.conftest import REPOSITORY
from tests.faults import harness
from tests.faults.cases import SEED
from tests.faults.conftest import Workspace
from tests.faults.preloaded import TIMEOUT_SECONDS
from tests.faults.reliability_report import Result

KILLS = 4
LONGEST_START_SECONDS = 90.0
LATEST_SECONDS = 6.0
"""The time of a kill, after the server has started."""
GRACE_SECONDS = 20.0
"""Time for the server to end after its refresh."""


def processes_of(prefect_home: Path) -> list[int]:
    """Return the processes whose environment names this Prefect home: the refresh and its server."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if f"PREFECT_HOME={prefect_home}\0".encode() in environment:
            found.append(int(folder.name))
    return found


@pytest.mark.slow_faults
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_refresh_on_prefect_that_ends_early_leaves_no_server_and_a_whole_home(
    signal_number: signal.Signals, small: Workspace
) -> None:
    rng, orphans, killed, with_server, broken = random.Random(SEED + signal_number), 0, 0, 0, 0
    outputs = []
    for number in range(KILLS):
        prefect_home = small.folder / f"prefect-{number}"
        environment = {**os.environ, "PREFECT_HOME": str(prefect_home), "PREFECT_LOGGING_LEVEL": "WARNING"}
        environment.pop("PREFECT_API_URL", None)
        process = subprocess.Popen(  # noqa: S603 - runs this program
            [*harness.METABOARD, "refresh", "--force", "--mirror", str(SAMPLE), "--home", str(small.home)],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        _wait(partial(_has_begun, process, prefect_home), LONGEST_START_SECONDS)
        time.sleep(rng.uniform(0.0, LATEST_SECONDS))
        with_server += has_server(prefect_home)
        killed += process.poll() is None
        process.send_signal(signal_number)
        _wait(partial(_has_ended, prefect_home), GRACE_SECONDS)
        left = processes_of(prefect_home)
        orphans += len(left)
        for one in left:
            os.kill(one, signal.SIGKILL)
        outputs.append(process.communicate(timeout=TIMEOUT_SECONDS)[0][-1000:])
        broken += not harness.is_whole_home(small.home)
    clean = harness.run_refresh(small.home, SAMPLE)
    is_quiet = signal_number == signal.SIGKILL or not any("Traceback" in output for output in outputs)
    survived = (
        orphans == broken == 0
        and killed > 0
        and with_server > 0
        and harness.has_recovered(clean, small.good)
        and is_quiet
    )
    figures = {"killed": float(killed), "with a server": float(with_server), "servers left": float(orphans)}
    name = signal_number.name
    small.record(Result(f"45 {KILLS} runs on Prefect ended by {name}", "E", 45, "all", survived, figures=figures))
    assert survived, (figures, outputs)


def has_server(prefect_home: Path) -> bool:
    """Return whether a refresh has started its server, which makes this file first."""
    return (prefect_home / "prefect.db").exists()


def _has_begun(process: "subprocess.Popen[str]", prefect_home: Path) -> bool:
    return has_server(prefect_home) or process.poll() is not None


def _has_ended(prefect_home: Path) -> bool:
    return not processes_of(prefect_home)


def _wait(is_reached: Callable[[], bool], seconds: float) -> None:
    """Return when a condition holds, or after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not is_reached():
        time.sleep(0.2)
