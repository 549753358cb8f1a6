"""The Prefect server of a refresh without a configured server: it ends with its process, however that ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

START = """
import sys, time
from metaboard import signals
signals.install()
import flows.prefect_runner
from flows.prefect_server import embedded_server
from prefect import flow, task
from prefect.client.orchestration import get_client

@task
def double(x):
    return 2 * x

@flow
def doubled():
    return double.submit(21).result()

try:
    with embedded_server():
        print(doubled(), flush=True)
        with get_client(sync_client=True) as client:
            print(len(client.read_flow_runs()), client.api_url, flush=True)
        if sys.argv[1] == "wait":
            time.sleep(120)
except KeyboardInterrupt:
    sys.exit(signals.end()[0])
"""


def processes_with(word: str) -> list[int]:
    """Return the processes that have `word` in their environment or their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            is_over = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if word.encode() in text and not is_over:
            found.append(int(folder.name))
    return found


@pytest.fixture
def prefect_home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "prefect"
    yield home
    for pid in processes_with(str(home)):
        os.kill(pid, signal.SIGKILL)


def start(prefect_home: Path, mode: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return subprocess.Popen(  # noqa: S603 - this interpreter with the code above
        [sys.executable, "-c", START, mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=environment | {"PREFECT_HOME": str(prefect_home)},
    )


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found through /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT], ids=lambda number: number.name)
def test_a_killed_refresh_leaves_no_server(prefect_home: Path, number: signal.Signals) -> None:
    process = start(prefect_home, "wait")
    assert process.stdout is not None
    assert process.stdout.readline() == "42\n", process.communicate()[1]
    runs = process.stdout.readline()
    assert re.fullmatch(r"1 http://127\.0\.0\.1:\d+/api/?\n", runs), runs
    assert processes_with(str(prefect_home)) == [process.pid], "the server is a thread of the refresh"
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode in (128 + number, -number), err
    assert "Traceback" not in out + err
    deadline = time.monotonic() + 5
    while processes_with(str(prefect_home)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_with(str(prefect_home)) == []


def test_a_refresh_that_ends_by_itself_prints_no_error_of_its_server(prefect_home: Path) -> None:
    process = start(prefect_home, "end")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert out.startswith("42\n1 http")
    assert not re.search(r"Traceback|Error|refused", err), err
