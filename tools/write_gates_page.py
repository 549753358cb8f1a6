"""Write the tables of `docs/gates.md`: `python -m tools.write_gates_page [CASES.json [BEFORE.json]]`.

The gates and their thresholds come from the code: the register `aggregator.gates.gates.GATES`, and the constants of the
modules with the text below each. Catch rates and false alarms come from `python -m benchmarks.gates --json`: `CASES.json`
of these gates, `BEFORE.json` of an earlier version. Without arguments, only the tables of the code are written.
"""

import ast
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from aggregator.gates.gates import GATES
from benchmarks.field_report import markdown, table
from benchmarks.gate_nights import Replay
from benchmarks.gate_tables import tables
from benchmarks.gates import Case
from benchmarks.spoilers import HARMLESS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "gates.md"
MARKS = ("gates", "thresholds", "measured")
EFFECT = {
    "refuse": "the rows are not used",
    "keep": "the last good edition stays",
    "hold": "a part stays at its last good values",
    "note": "only reported",
}


def main() -> None:
    """Rewrite the tables of the page."""
    page = with_text(with_text(PAGE.read_text(encoding="utf-8"), "gates", gates_table()), "thresholds", thresholds())
    if len(sys.argv) > 1:
        page = with_text(page, "measured", measured(*map(Path, sys.argv[1:])))
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {PAGE.name}")


def with_text(page: str, mark: str, text: str) -> str:
    """Return the page with new text between the marks `<!-- mark -->` and `<!-- /mark -->`."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def gates_table() -> str:
    """Return one row for each gate: its name, what it finds, what then happens."""
    return table(
        [
            {"gate": f"`{name}`", "finds": _first_sentence(gate), "then": EFFECT[action.value]}
            for name, (gate, action) in GATES.items()
        ]
    )


def _first_sentence(gate: Callable[..., Any]) -> str:
    paragraph = " ".join((inspect.getdoc(gate) or "").partition("\n\n")[0].split())
    return paragraph.removeprefix("Find ").removeprefix("that ").rstrip(".")


def thresholds() -> str:
    """Return one row for each number that a gate compares with, and the text below it in the code."""
    modules = dict.fromkeys(module for gate, _ in GATES.values() if (module := inspect.getmodule(gate)))
    rows = [
        {"module": f"`{module.__name__.rpartition('.')[2]}`", "threshold": f"`{name}`", "value": value, "why": why}
        for module in modules
        for name, value, why in constants(module)
    ]
    return table(rows)


def constants(module: ModuleType) -> Iterator[tuple[str, str, str]]:
    """Yield `(name, value, text)` of the numbers in capital letters that a module assigns, with the text below each."""
    body = ast.parse(inspect.getsource(module)).body
    for place, node in enumerate(body):
        if not isinstance(node, ast.Assign):
            continue
        below = body[place + 1] if place + 1 < len(body) else None
        text = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
        for name in (part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)):
            value = getattr(module, name)
            if name.isupper() and isinstance(value, int | float):
                yield name, f"{value:g}", " ".join(str(text).split())


def measured(cases: Path, before: Path | None = None) -> str:
    """Return the tables of a run of `benchmarks.gates`, with the shares of an earlier version."""
    found, nights, control = read_run(cases)
    text = [f"Measured on {datetime.now(UTC):%Y-%m-%d}: {len(found):,} spoiled editions."]
    if before is not None:
        text.append(f"### Before and now\n\n{table(compare(read_run(before)[0], found))}")
    text.append(markdown(tables(found, nights, control)))
    return "\n\n".join(text)


def read_run(path: Path) -> tuple[list[Case], list[Replay], int | None]:
    """Return the cases and the nights in a file of `benchmarks.gates --json`, and the control seed, if there is one."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    cases = [Case(**_tuples(line)) for line in lines if "replay" not in line]
    seeds = {case.seed for case in cases}
    nights = [Replay(**_tuples(line["replay"])) for line in lines if "replay" in line]
    return cases, nights, max(seeds) if len(seeds) > 1 else None


def _tuples(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with tuples in the place of lists."""
    return {name: _tuple(value) for name, value in found.items()}


def _tuple(value: Any) -> Any:  # noqa: ANN401 - any JSON
    return tuple(map(_tuple, value)) if isinstance(value, list) else value


def compare(before: Sequence[Case], now: Sequence[Case]) -> list[dict[str, object]]:
    """Return the share of the harmful editions that were published, by family, on the cases that both runs have."""
    key = {(case.kind, case.board, case.seed) for case in before} & {(case.kind, case.board, case.seed) for case in now}
    rows: list[dict[str, object]] = []
    for family in dict.fromkeys(case.family for case in now if case.family not in HARMLESS):
        old, new = (
            [
                case
                for case in run
                if (case.kind, case.board, case.seed) in key and case.family == family and case.would_harm
            ]
            for run in (before, now)
        )
        rows.append(
            {
                "family": family,
                "harmful": len(new),
                "published before": sum(case.is_slip for case in old),
                "published now": sum(case.is_slip for case in new),
            }
        )
    return rows


if __name__ == "__main__":
    main()
