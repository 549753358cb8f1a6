"""Write the numbers of a run of the fault tests: `python -m tools.write_reliability_page FILE`, the end of `make faults`.

FILE is the `reliability.json` of the run. It is copied to `docs/reliability.json`, and its tables are written between the
marks `<!-- measured -->` and `<!-- /measured -->` of `docs/reliability.md`; the rest of the page is written by hand.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, FIGURES = DOCS / "reliability.md", DOCS / "reliability.json"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def main() -> None:
    """Copy the file of a run, and write its tables into the page."""
    content = Path(sys.argv[1]).read_text(encoding="utf-8")
    FIGURES.write_text(content, encoding="utf-8")
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), json.loads(content)), encoding="utf-8")
    print(f"wrote {FIGURES.name} and {PAGE.name}")


def with_tables(page: str, figures: dict[str, Any]) -> str:
    """Return the page with new tables between the marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{tables(figures)}\n\n{END}{rest.partition(END)[2]}"


def tables(figures: dict[str, Any]) -> str:
    """Return the tables of a run in Markdown."""
    day = datetime.fromisoformat(figures["measured_at"]).date()
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    naive = (
        f"{figures['faults_also_tried_on_a_naive_pipeline']} of them were also tried on the naive pipeline: it survived"
        f" {figures['of_these_it_survived']}, Metaboard {figures['of_these_metaboard_survived']}."
    )
    parts = [
        f"{day}, seed {figures['seed']}: {figures['faults']:,} faults, {figures['survived']:,} survived. {naive}",
        _table(("family", "tried", "survived"), _shares(figures["survived_by_family"])),
        _table(("row", "tried", "survived"), _shares(figures["survived_by_row"])),
        _table(("plausible lies and harmless changes", "number"), _numbers(figures["lies"])),
        _table(("measured", "number"), _numbers(figures["measured"])),
        f"Versions: {versions}.",
    ]
    return "\n\n".join(parts)


def _shares(group: dict[str, str]) -> Iterable[Sequence[str]]:
    """Yield a name, the number of tried faults, and the number of survived ones, from texts such as "3 of 4"."""
    for name, share in group.items():
        survived, _, tried = share.partition(" of ")
        yield name, tried, survived


def _numbers(group: dict[str, float]) -> Iterable[Sequence[str]]:
    for name, value in group.items():
        yield name, f"{value:g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *("--:" for _ in head[1:])]
    cells = [head, rule, *([row[0].replace("|", "\\|"), *row[1:]] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


if __name__ == "__main__":
    main()
