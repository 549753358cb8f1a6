"""What the suite found, as `reliability.json`: cases, survived, by family, the seed, the control's score, versions."""

import json
import os
import platform
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.faults.records import ELSEWHERE, FAMILIES, SEED

PLACE = "METABOARD_RELIABILITY"
"""The environment variable that names the file to write; nothing is written without it."""
LIBRARIES = ("duckdb", "polars", "pyarrow", "httpx", "prefect", "numpy")


@dataclass(frozen=True)
class Result:
    """How one fault at one place ended."""

    case: str
    family: str
    row: int
    where: str
    survived: bool
    control: bool | None = None
    """Whether the naive pipeline survived it too; None where it was not asked."""
    figures: dict[str, float] = field(default_factory=dict)


def write(results: list[Result]) -> None:
    """Add `results` to those of the other processes of this run."""
    place = os.environ.get(PLACE)
    if not place or not results:
        return
    path, run = Path(place), os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        known = _known(path, run)
        known |= {f"{one.case} | {one.where}": asdict(one) for one in results}
        path.write_text(json.dumps(document(known, run), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _known(path: Path, run: str) -> dict[str, Any]:
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(before["results"]) if before.get("run") == run else {}


def document(results: dict[str, Any], run: str) -> dict[str, Any]:
    """Return the whole file."""
    families: dict[str, dict[str, int]] = defaultdict(lambda: {"cases": 0, "survived": 0})
    for one in results.values():
        families[one["family"]]["cases"] += 1
        families[one["family"]]["survived"] += one["survived"]
    asked = [one for one in results.values() if one["control"] is not None]
    rows = sorted({one["row"] for one in results.values()})
    return {
        "run": run,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": SEED,
        "cases": len(results),
        "survived": sum(one["survived"] for one in results.values()),
        "families": {key: {"title": FAMILIES[key], **families[key]} for key in FAMILIES if key in families},
        "control": {
            "cases": len(asked),
            "survived_by_the_naive_pipeline": sum(one["control"] for one in asked),
            "survived_by_metaboard": sum(one["survived"] for one in asked),
        },
        "rows_injected": rows,
        "rows_held_by_other_tests": {str(row): list(tests) for row, tests in sorted(ELSEWHERE.items())},
        "rows_not_tested": [row for row in range(1, 41) if row not in rows and row not in ELSEWHERE],
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "results": dict(sorted(results.items())),
    }


def summary(path: Path) -> str:
    """Return the figures in a few lines."""
    found = json.loads(path.read_text(encoding="utf-8"))
    lines = [f"{found['survived']} of {found['cases']} faults survived (seed {found['seed']})"]
    lines += [f"  {key} {one['title']}: {one['survived']} of {one['cases']}" for key, one in found["families"].items()]
    control = found["control"]
    lines.append(
        f"on {control['cases']} of them a naive pipeline was tried too: it survived"
        f" {control['survived_by_the_naive_pipeline']}, metaboard {control['survived_by_metaboard']}"
    )
    lines.append(f"rows that nothing tests: {found['rows_not_tested'] or 'none'}")
    return "\n".join(lines)
