"""Commands in child processes that tests kill. A fork server has imported the program: a kill during imports tests nothing."""

import contextlib
import io
import multiprocessing
import os
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import aggregator.dataset.folder
import aggregator.pipeline.backfill
import aggregator.pipeline.calibrations
import aggregator.pipeline.publish
import aggregator.pipeline.pull
import flows.refresh
import metaboard.command_table
from metaboard.app import run

MODULES = (
    aggregator.dataset.folder.__name__,
    aggregator.pipeline.backfill.__name__,
    aggregator.pipeline.calibrations.__name__,
    aggregator.pipeline.publish.__name__,
    aggregator.pipeline.pull.__name__,
    flows.refresh.__name__,
    metaboard.command_table.__name__,
    __name__,
)
TIMEOUT_SECONDS = 120.0


def _run(arguments: list[str], output: str | None) -> None:
    """Run one command and exit with its exit code; what it prints is written to the file `output`."""
    written = io.StringIO()
    with contextlib.redirect_stderr(written), contextlib.redirect_stdout(written):
        code = run(arguments)
    if output:
        Path(output).write_text(written.getvalue(), encoding="utf-8")
    os._exit(code)


def start(*arguments: object, output: Path | None = None) -> ForkServerProcess:
    """Start `metaboard` with these arguments."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(MODULES))
    process = context.Process(target=_run, args=([str(one) for one in arguments], output and str(output)))
    process.start()
    return process


def warm_up() -> None:
    """Start the fork server, which is ready after its first process."""
    start("--help").join(TIMEOUT_SECONDS)


def seconds_of(*arguments: object) -> float:
    """Return the duration of a command, which must succeed."""
    warm_up()
    before = time.monotonic()
    process = start(*arguments)
    process.join(TIMEOUT_SECONDS)
    assert process.exitcode == 0, arguments
    return time.monotonic() - before


@dataclass
class KillCounts:
    """Number of commands that were killed, that finished, and that left something broken."""

    killed: int = 0
    finished: int = 0
    broken: int = 0

    @property
    def figures(self) -> dict[str, float]:
        """The counts for `reliability.json`."""
        return {name: float(count) for name, count in asdict(self).items()}


def kill_at_random_times(
    count: int,
    seconds: float,
    rng: random.Random,
    begin: Callable[[int], ForkServerProcess],
    is_whole: Callable[[], bool],
) -> KillCounts:
    """Start `count` commands and kill each at a random time within `seconds`; `is_whole` is asked after every kill."""
    counts = KillCounts()
    for number in range(count):
        process = begin(number)
        process.join(rng.uniform(0.02, seconds))
        counts.killed += process.is_alive()
        counts.finished += not process.is_alive()
        process.kill()
        process.join(TIMEOUT_SECONDS)
        counts.broken += not is_whole()
    return counts
