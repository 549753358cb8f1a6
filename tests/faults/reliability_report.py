"""Write the results of the fault tests to `reliability.json`: faults, survived faults, seed, versions.

`python -m tests.faults.reliability_report` prints a summary; `python -m tools.write_reliability_page FILE` writes the
tables of `docs/reliability.md`.
"""

import json
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.faults.cases import FAMILIES, NOT_TESTED, OTHER_TESTS, ROWS, SEED

FILE_VARIABLE = "METABOARD_RELIABILITY"
"""Environment variable with the path of the file; without it, no file is written."""
LIES, HARMLESS = 49, 50
"""The rows of the plausible lies and of the harmless changes."""
LIBRARIES = ("duckdb", "polars", "pyarrow", "httpx", "prefect", "numpy")


@dataclass(frozen=True)
class Result:
    """The result of one fault at one board or step."""

    case: str
    family: str
    row: int
    where: str
    survived: bool
    control: bool | None = None
    """Whether the unprotected pipeline survived the same fault; None if it was not tried."""
    figures: dict[str, float] = field(default_factory=dict)


def write_results(results: list[Result]) -> None:
    """Add `results` to the results of the other processes of this run; write all cases and the figures."""
    name = os.environ.get(FILE_VARIABLE)
    if not name or not results:
        return
    path, run = Path(name), os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    path.parent.mkdir(parents=True, exist_ok=True)
    cases = path.with_name(f"{path.stem}-cases.json")
    with FileLock(f"{path}.lock"):
        known = _read_cases(cases, run)
        known |= {f"{one.case} | {one.where}": asdict(one) for one in results}
        cases.write_text(_text({"run": run, "cases": dict(sorted(known.items()))}), encoding="utf-8")
        path.write_text(_text(figures(known)), encoding="utf-8")


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _read_cases(cases: Path, run: str) -> dict[str, Any]:
    """Return the cases that other processes of the same run wrote."""
    try:
        before = json.loads(cases.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(before["cases"]) if before.get("run") == run else {}


def figures(results: dict[str, Any]) -> dict[str, Any]:
    """Return the published figures: numbers, and groups of numbers."""
    families: dict[str, list[bool]] = defaultdict(list)
    for one in results.values():
        families[one["family"]].append(one["survived"])
    tried = [one for one in results.values() if one["control"] is not None]
    rows = {one["row"] for one in results.values()}
    by_row: dict[int, list[bool]] = defaultdict(list)
    for one in results.values():
        by_row[one["row"]].append(one["survived"])
    measured = {
        f"{one['case']}: {name}": value
        for one in results.values()
        if one["where"] == "all"
        for name, value in one["figures"].items()
    }
    return {
        "faults": len(results),
        "survived": sum(one["survived"] for one in results.values()),
        "faults_also_tried_on_a_naive_pipeline": len(tried),
        "of_these_it_survived": sum(one["control"] for one in tried),
        "of_these_metaboard_survived": sum(one["survived"] for one in tried),
        "seed": SEED,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "survived_by_family": {
            f"{key} {FAMILIES[key]}": f"{sum(families[key])} of {len(families[key])}" for key in sorted(families)
        },
        "survived_by_row": {
            f"{row:02d} {ROWS[row]}": f"{sum(by_row[row])} of {len(by_row[row])}" for row in sorted(by_row)
        },
        "lies": _lies(list(results.values())),
        "measured": dict(sorted(measured.items())),
        "held_by_other_tests": {f"row {row}": ", ".join(tests) for row, tests in sorted(OTHER_TESTS.items())},
        "not_tested": {f"row {row}": why for row, why in sorted(NOT_TESTED.items()) if row not in rows},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
    }


def _lies(results: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return what became of the lies and of the harmless changes."""
    lies, harmless = ([one for one in results if one["row"] == row] for row in (LIES, HARMLESS))
    return {
        "tried": len(lies),
        "kept back as a whole": sum(one["figures"]["kept"] > 0 for one in lies),
        "used with something wrong": sum(not one["survived"] for one in lies),
        "of these a changed ranking": sum(one["figures"]["ranking"] > 0 for one in lies),
        "harmless changes": len(harmless),
        "harmless changes kept back": sum(one["figures"]["kept"] > 0 for one in harmless),
    }


def summary(path: Path) -> str:
    """Return the figures as text."""
    found = json.loads(path.read_text(encoding="utf-8"))
    lines = [f"{found['survived']} of {found['faults']} faults survived (seed {found['seed']})"]
    lines += [f"  {family}: {share}" for family, share in found["survived_by_family"].items()]
    lines.append(
        f"{found['faults_also_tried_on_a_naive_pipeline']} of them were also tried on the unprotected pipeline:"
        f" it survived {found['of_these_it_survived']}, metaboard {found['of_these_metaboard_survived']}"
    )
    lines += [f"  {what}: {value:g}" for what, value in (found["lies"] | found["measured"]).items()]
    lines += [f"not tested, {row}: {why}" for row, why in found["not_tested"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(summary(Path(os.environ[FILE_VARIABLE])) + "\n")
