"""Write the results of the fault tests to `reliability.json`: faults, survived faults, seed, versions.

`python -m tests.faults.reliability_report` prints a summary.
"""

import json
import os
import platform
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.faults.cases import FAMILIES, NOT_TESTED, OTHER_TESTS, SEED

FILE_VARIABLE = "METABOARD_RELIABILITY"
"""Environment variable with the path of the file; without it, no file is written."""
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
        "measured": dict(sorted(measured.items())),
        "held_by_other_tests": {f"row {row}": ", ".join(tests) for row, tests in sorted(OTHER_TESTS.items())},
        "not_tested": {f"row {row}": why for row, why in sorted(NOT_TESTED.items()) if row not in rows},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
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
    lines += [f"  {what}: {value:g}" for what, value in found["measured"].items()]
    lines += [f"not tested, {row}: {why}" for row, why in found["not_tested"].items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(summary(Path(os.environ[FILE_VARIABLE])) + "\n")
