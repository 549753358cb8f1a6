"""Ctrl-C and SIGTERM at any moment: one sentence, exit code 130 or 143, and a whole home directory."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aggregator.store.generations import Home, verify
from metaboard import signals
from metaboard.app import run
from tests.conftest import REPOSITORY

SLOW_QUERY = "select count(*) from range(3000000) a, range(3000000) b where a.range * b.range % 7 = 3"
MAIN = "from metaboard.app import main; main()"


def start(code: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - this interpreter with the code above
        [sys.executable, "-u", "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "METABOARD_TRACEBACK": ""},
        # A test runner in the background ignores SIGINT, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,  # noqa: PLW1509 - it sets a handler only
    )


def check_end(process: "subprocess.Popen[str]", number: int) -> None:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number, err
    assert "Traceback" not in out + err
    lines = [line for line in err.splitlines() if line.startswith(("Interrupted", "Stopped by SIGTERM"))]
    assert len(lines) == 1, err


AT_MARK = """
import sys
from {module} import {owner}
whole = {owner}.{name}
def marked(*arguments, **named):
    print("here", flush=True)
    return whole(*arguments, **named)
{owner}.{name} = marked
from metaboard.app import main
main()
"""


def marked(module: str, owner: str, name: str) -> str:
    return AT_MARK.format(module=module, owner=owner, name=name)


MOMENTS: dict[str, tuple[str, list[str]]] = {
    "while the commands are imported": (
        (
            "import builtins, sys, time\nfrom metaboard import app\nfind = builtins.__import__\n"
            "def slow(name, *rest):\n"
            "    if name == 'typer':\n        print('here', flush=True); time.sleep(60)\n"
            "    return find(name, *rest)\n"
            "builtins.__import__ = slow\napp.main()"
        ),
        ["generations"],
    ),
    "in a query": (marked("aggregator.query", "queries", "run_sql"), ["sql", SLOW_QUERY]),
    "in the threads of a download": (
        (
            "import time\nfrom aggregator.pipeline import steps\n"
            "def slow(*_):\n    print('here', flush=True)\n    time.sleep(60)\n"
            "steps.fetch_source = slow\n" + MAIN
        ),
        ["refresh", "--sample", "--direct"],
    ),
    "while the files are read": (
        (
            "import time\nfrom flows import refresh\n"
            "def slow(*_):\n    print('here', flush=True)\n    time.sleep(60)\n"
            "refresh.read_boards = slow\n" + MAIN
        ),
        ["refresh", "--sample", "--direct"],
    ),
    "in an error that a library makes of it": (
        (
            "import time\nfrom aggregator.query import queries\n"
            "def slow(*_):\n    print('here', flush=True)\n"
            "    try:\n        time.sleep(60)\n"
            "    except KeyboardInterrupt:\n        raise RuntimeError('Query interrupted') from None\n"
            "queries.run_sql = slow\n" + MAIN
        ),
        ["sql", "select 1"],
    ),
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_at_any_moment_ends_a_command_with_one_sentence(
    sample_home: Path, tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    code, arguments = MOMENTS[moment]
    home = tmp_path / "new" if arguments[0] == "refresh" else sample_home
    process = start(code, *arguments, "--home", str(home))
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n", process.stderr.read() if process.stderr else ""
    time.sleep(0.3)
    process.send_signal(number)
    check_end(process, number)
    if home == sample_home:
        current = Home(home).current
        assert current is not None
        assert verify(current.path) == []


def test_a_second_signal_ends_a_command_that_cannot_stop(sample_home: Path) -> None:
    code = (
        "import time\nfrom aggregator.query import queries\n"
        "def stubborn(*_):\n    print('here', flush=True)\n"
        "    while True:\n        try:\n            time.sleep(60)\n        except KeyboardInterrupt:\n"
        "            print('here', flush=True)\n"
        "queries.run_sql = stubborn\n" + MAIN
    )
    process = start(code, "sql", "select 1", "--home", str(sample_home))
    assert process.stdout is not None
    for _ in range(2):
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    process.communicate()


def test_an_ignored_signal_stays_ignored() -> None:
    before = {number: signal.getsignal(number) for number in signals.CAUGHT}
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signals.install()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is not before[signal.SIGTERM]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_an_interrupted_command_in_this_process_returns_130(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from aggregator.query import queries  # noqa: PLC0415 - the module is patched

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(queries, "run_sql", interrupt)
    assert run(["sql", "select 1", "--home", str(sample_home)]) == 130
    assert capsys.readouterr().err.startswith("Interrupted")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["sources", "--json"], ["sql", "from range(90000)", "--csv", "--all"], ["top"]])
def test_a_full_standard_output_is_a_sentence(sample_home: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", MAIN, *arguments, "--home", str(sample_home)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=REPOSITORY,
            env={**os.environ, "METABOARD_TRACEBACK": ""},
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert "No space left" in done.stderr
