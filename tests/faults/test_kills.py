"""A refresh that is killed, at random times and at every named step, by the command line as an operator runs it."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from aggregator.store.files import KILL_AT
from tests.faults import lab, naive, oracle, victim
from tests.faults.conftest import ALL, Bench
from tests.faults.records import SEED
from tests.faults.scoreboard import Result

KILLS = 200 if ALL else 12
STEPS = ("keep", "build", "fsync", "rename", "swap", "ledger")
REPOSITORY = Path(__file__).resolve().parents[2]
METABOARD = (sys.executable, "-c", "from metaboard.app import main; main()")
PATIENCE = 120.0


def started(home: Path, mirror: Path, *more: str, **environment: str) -> "subprocess.Popen[str]":
    """Start a refresh in a process of its own."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [*METABOARD, "refresh", "--direct", "--mirror", str(mirror), "--home", str(home), *more],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def about_to_die(home: Path, mirror: Path) -> ForkServerProcess:
    """Start a refresh in a process that has imported the program already, as a kill before that tells nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(victim.PRELOADED))
    process = context.Process(target=victim.refresh, args=(str(home), str(mirror)))
    process.start()
    return process


@dataclass
class Tally:
    """What readers saw over many kills."""

    killed: int = 0
    partial: int = 0
    finished: int = 0


@pytest.mark.enable_socket
def test_kills_at_random_times_never_show_a_reader_half_a_generation(bench: Bench) -> None:
    rng, tally = random.Random(SEED), Tally()
    mirrors = [SAMPLE, lab.mirrored(bench.place / "other")]
    one = lab.SOURCES["mteb_eng_v2"].resources[0]
    from tests.faults.injections import rows_lost  # noqa: PLC0415 - the one night that differs

    (mirrors[1] / one.path).write_bytes(rows_lost(one, (mirrors[1] / one.path).read_bytes(), 0.02, rng))
    whole = about_to_die(bench.home, SAMPLE)
    start = time.monotonic()
    whole.join(PATIENCE)
    assert whole.exitcode == 0
    takes = time.monotonic() - start
    for number in range(KILLS):
        process = about_to_die(bench.home, mirrors[number % 2])
        process.join(rng.uniform(0.02, takes))
        tally.killed += process.is_alive()
        tally.finished += not process.is_alive()
        process.kill()
        process.join(PATIENCE)
        seen = oracle.look(bench.home)
        tally.partial += seen is None or bool(seen.problems) or bool(oracle.unbalanced(seen))
    clean = lab.night(bench.home, SAMPLE)
    swept = not list((bench.home / "build").glob("*")) and not list(bench.home.glob(".current-*"))
    recovered = clean.code == 0 and clean.seen is not None and clean.seen.scores == bench.good.scores and swept
    figures = {"killed": float(tally.killed), "partial": float(tally.partial), "finished": float(tally.finished)}
    survived = tally.partial == 0 and recovered and tally.killed > KILLS // 3
    bench.note(Result(f"35 {KILLS} kills at random times", "E", 35, "all", survived, figures=figures))
    assert survived, (tally, clean.output)


@pytest.mark.slow_faults
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_a_named_step_leaves_a_whole_generation_and_the_next_run_recovers(step: str, bench: Bench) -> None:
    process = started(bench.home, SAMPLE, "--force", **{KILL_AT: step})
    output, _ = process.communicate(timeout=PATIENCE)
    seen = oracle.look(bench.home)
    whole = seen is not None and not seen.problems and seen.scores == bench.good.scores
    clean = lab.night(bench.home, SAMPLE)
    recovered = clean.code == 0 and clean.seen is not None and not clean.seen.problems
    survived = process.returncode == -signal.SIGKILL and whole and recovered
    bench.note(Result("35 a kill at a named step", "E", 35, step, survived))
    assert survived, output


@pytest.mark.slow_faults
def test_a_polite_end_leaves_a_whole_generation_too(bench: Bench) -> None:
    process = started(bench.home, SAMPLE, "--force")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2.0)
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    seen = oracle.look(bench.home)
    survived = seen is not None and not seen.problems and process.returncode != 0
    bench.note(Result("35 SIGTERM", "E", 35, "all", survived))
    assert survived


CONTROL = """
import sys
from pathlib import Path
from tests.faults import naive
while True:
    naive.refresh(Path(sys.argv[1]), sys.argv[2])
"""


@pytest.mark.slow_faults
def test_the_same_kills_break_what_the_naive_pipeline_publishes(bench: Bench) -> None:
    from tests.support.fault_server import serving  # noqa: PLC0415 - only here

    rng, partial = random.Random(SEED), 0
    home = bench.place / "naive"
    with serving(lab.folder(SAMPLE)) as server:
        address = server.url("").rstrip("/")
        naive.refresh(home, address)
        for _ in range(30):
            process = subprocess.Popen([sys.executable, "-c", CONTROL, str(home), address], cwd=REPOSITORY)  # noqa: S603 - our own code
            time.sleep(rng.uniform(1.0, 2.5))
            process.kill()
            process.wait()
            seen = oracle.look(home)
            partial += seen is None or bool(seen.problems)
    bench.note(Result("35 30 kills of the control", "E", 35, "naive", survived=True, control=partial == 0))
    assert partial > 0, "the control publishes in place, so some reader must have seen half of it"


def test_of_many_refreshes_at_once_one_wins_and_the_others_end_as_busy(bench: Bench) -> None:
    count = 20 if ALL else 3
    processes = [started(bench.home, SAMPLE, "--force") for _ in range(count)]
    outputs = [process.communicate(timeout=PATIENCE * 3)[0] for process in processes]
    codes = [process.returncode for process in processes]
    published = [line for line in lab.ledger(bench.home) if line["event"] == "published"]
    seen = oracle.look(bench.home)
    winners = codes.count(0)
    survived = (
        seen is not None
        and not seen.problems
        and set(codes) <= {0, 75}
        and winners >= 1
        and len(published) == 1 + winners
        and len({line["generation"] for line in published}) == len(published)
    )
    bench.note(Result(f"37 {count} refreshes at once", "E", 37, "all", survived, figures={"winners": float(winners)}))
    assert survived, (codes, outputs)
    assert winners == 1 or count - winners == codes.count(75)
