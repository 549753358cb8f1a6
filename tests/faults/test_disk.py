"""A disk that fills up: the old generation stays whole, and the next run with space recovers."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.sources import SAMPLE
from tests.faults import lab, oracle
from tests.faults.conftest import Bench
from tests.faults.scoreboard import Result
from tests.faults.test_kills import METABOARD, REPOSITORY

SCRIPT = """
import json, os, shutil, subprocess, sys
disk, home, seen = sys.argv[1:4]
place = os.path.join(disk, "home")
os.makedirs(place)
names = os.listdir(home)
shutil.copytree(home, place, symlinks=True, dirs_exist_ok=True) if names else None
run = subprocess.run(sys.argv[4:] + ["--home", place], capture_output=True, text=True)
shutil.copytree(place, seen, symlinks=True)
print(json.dumps({"code": run.returncode, "output": run.stdout + run.stderr}))
"""


def _private() -> list[str] | None:
    """Return the words that run a command where it may mount a disk of its own, or None where nothing may."""
    for words in (["unshare", "-m"], ["unshare", "-rm"]):
        probe = [*words, "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
        if shutil.which("unshare") and subprocess.run(probe, capture_output=True, check=False).returncode == 0:  # noqa: S603 - fixed words
            return words
    return None


def on_a_small_disk(home: Path, place: Path, mebibytes: int) -> tuple[int, str, Path]:
    """Refresh a copy of `home` on a disk of so many MiB in a mount namespace of its own; returns what is left."""
    disk, script, left = place / "disk", place / "script.py", place / "left"
    disk.mkdir()
    script.write_text(SCRIPT)
    words = [*METABOARD, "refresh", "--direct", "--force", "--mirror", str(SAMPLE)]
    inner = [sys.executable, str(script), str(disk), str(home), str(left), *words]
    shell = f'mount -t tmpfs -o size={mebibytes}m tmpfs "$0" && exec "$@"'
    run = subprocess.run(  # noqa: S603 - our own words
        [*(_private() or ()), "sh", "-c", shell, str(disk), *inner],
        cwd=REPOSITORY,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(run.stdout.splitlines()[-1])
    return told["code"], told["output"], left


@pytest.fixture
def _a_disk() -> None:
    """Skip where no disk can be mounted, but never in CI."""
    if _private():
        return
    reason = "this machine may not mount a small disk (`unshare -m` needs the right)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.usefixtures("_a_disk")
def test_a_full_disk_of_3_mib_leaves_nothing_half_and_says_so(bench: Bench) -> None:
    empty = bench.place / "empty"
    empty.mkdir()
    code, output, left = on_a_small_disk(empty, bench.place, 3)
    survived = code == 1 and oracle.look(left) is None and "No space left" in output
    bench.note(Result("36 a first night on a disk of 3 MiB", "E", 36, "all", survived))
    assert survived, (code, output)


@pytest.mark.usefixtures("_a_disk")
def test_a_disk_that_fills_while_a_generation_is_built_leaves_the_one_before(bench: Bench) -> None:
    held = sum(path.stat().st_size for path in bench.home.rglob("*") if path.is_file() and not path.is_symlink())
    code, output, left = on_a_small_disk(bench.home, bench.place, held // 1024**2 + 4)
    seen = oracle.look(left)
    intact = seen is not None and not seen.problems and seen.scores == bench.good.scores
    clean = lab.night(left, SAMPLE, "--force")
    recovered = clean.code == 0 and clean.seen is not None and not clean.seen.problems
    survived = code == 1 and intact and recovered and "No space left" in output
    bench.note(Result("36 a disk that fills up", "E", 36, "all", survived))
    assert survived, (code, output, clean.output)
