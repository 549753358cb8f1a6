"""CPU time of a refresh of this checkout against another one: `python -m benchmarks.refresh_speed OTHER [RECORDINGS]`.

    git worktree add ../earlier COMMIT
    python -m benchmarks.refresh_speed ../earlier ../shared/recordings --rounds 3

OTHER is a checkout of an earlier state; RECORDINGS is a mirror folder, METABOARD_RECORDINGS where it is left out. Both
run in turn, each in a process of its own with a new home directory. Prints the ratio of the least CPU time of this
checkout to that of the other, in total and for each step.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent

REFRESH = """
import json, resource, sys
from pathlib import Path
from time import process_time
from flows.refresh import RefreshOptions, refresh
from flows.runners import DirectRunner

class Timed(DirectRunner):
    def run(self, step, work):
        started = process_time()
        result = super().run(step, work)
        cpu[step] = cpu.get(step, 0) + process_time() - started
        return result

cpu = {}
refresh(RefreshOptions(home=Path(sys.argv[1]), mirror=sys.argv[2]), Timed(lambda _: None))
cpu["total"] = process_time()
cpu["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
print(json.dumps(cpu))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("other", type=Path)
    parser.add_argument("recordings", type=Path, nargs="?", default=os.environ.get("METABOARD_RECORDINGS"))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.recordings is None:
        parser.error("no recordings: give their folder, or set METABOARD_RECORDINGS")
    rounds = [
        (refresh_once(HERE, given.recordings), refresh_once(given.other, given.recordings)) for _ in range(given.rounds)
    ]
    here, other = (least(side) for side in zip(*rounds, strict=True))
    for step in {**other, **here}:
        unit = "GiB" if step == "memory" else "s"
        print(
            f"{step:<12} {ratio(here.get(step), other.get(step)):>8}   {here.get(step, 0):7.2f} {unit} {other.get(step, 0):7.2f} {unit}"
        )


def refresh_once(checkout: Path, recordings: Path) -> dict[str, float]:
    """Return the CPU seconds by step of one refresh with the code of `checkout`."""
    with tempfile.TemporaryDirectory() as home:
        finished = subprocess.run(
            [sys.executable, "-c", REFRESH, home, str(recordings.resolve())],
            cwd=checkout,
            env=os.environ | {"PYTHONPATH": str(checkout.resolve())},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    return dict(json.loads(finished.stdout.splitlines()[-1]))


def least(runs: tuple[dict[str, float], ...]) -> dict[str, float]:
    """Return the least value of each step; a step that one state lacks is 0 there."""
    return {step: min(run[step] for run in runs) for step in runs[0]}


def ratio(here: float | None, other: float | None) -> str:
    return f"{here / other:.2f}" if here is not None and other else "new"


if __name__ == "__main__":
    main()
