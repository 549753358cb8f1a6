"""Many nights in one process: no file descriptor, thread, generation or memory is kept for ever."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY
from tests.faults import harness
from tests.faults.conftest import Workspace
from tests.faults.reliability_report import Result

NIGHTS = 60
WARM_UP = 12
"""Nights before the first measurement: caches fill, and old generations begin to be removed."""
MAX_GROWTH_MIB = 2.5
"""Largest growth of the memory a night, in MiB."""
MAX_GENERATIONS = 14

SCRIPT = """
import json, sys, threading, os
from pathlib import Path
from datetime import UTC, datetime, timedelta
from flows.refresh import RefreshOptions, refresh
from flows.runners import DirectRunner
home, mirror, file, nights = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
first = json.loads(file.read_bytes())
start = datetime.now(UTC)
for night in range(nights):
    rows = [dict(row) for row in first["rows"]]
    if night % 2:
        rows.pop()
    file.write_text(json.dumps(first | {"rows": rows}))
    now = start + timedelta(days=night)
    result = refresh(RefreshOptions(home=home, mirror=mirror), DirectRunner(lambda _: None), now=lambda: now)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    print(json.dumps({
        "new": result.is_new,
        "fresh": result.report["status"].to_list(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "generations": len(os.listdir(home / "generations")),
        "mib": pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
    }), flush=True)
"""


@pytest.mark.slow_faults
def test_sixty_nights_in_one_process_keep_nothing_for_ever(small: Workspace) -> None:
    mirror = harness.copy_sample(small.folder / "mirror")
    file = mirror / harness.SOURCES["mteb_eng_v2"].resources[0].path
    done = subprocess.run(  # noqa: S603 - runs the code above
        [sys.executable, "-c", SCRIPT, str(small.home), str(mirror), str(file), str(NIGHTS)],
        cwd=REPOSITORY,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    nights = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(nights) == NIGHTS, done.stderr
    settled = nights[WARM_UP:]
    growth = (settled[-1]["mib"] - settled[0]["mib"]) / len(settled)
    survived = (
        settled[-1]["descriptors"] <= settled[0]["descriptors"]
        and settled[-1]["threads"] <= settled[0]["threads"]
        and max(night["generations"] for night in nights) <= MAX_GENERATIONS + 1
        and growth < MAX_GROWTH_MIB
        and all(set(night["fresh"]) == {"fresh"} for night in nights)
        and harness.is_whole_home(small.home)
    )
    figures = {
        "descriptors more": float(settled[-1]["descriptors"] - settled[0]["descriptors"]),
        "threads more": float(settled[-1]["threads"] - settled[0]["threads"]),
        "MiB more a night": round(growth, 2),
    }
    small.record(Result(f"48 {NIGHTS} nights in one process", "E", 48, "all", survived, figures=figures))
    assert survived, (figures, nights[0], nights[-1])
