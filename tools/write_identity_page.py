"""Write the measured tables of `docs/identity.md`: `python -m tools.write_identity_page MIRROR`, `make identity-page`.

MIRROR is a folder laid out like the hosts. The tables stand between the marks `<!-- measured -->` and
`<!-- /measured -->`; the rest of the page is written by hand.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from aggregator.fetch.client import open_fetcher
from aggregator.identity import load_rules, resolve
from aggregator.identity.evaluation import OTHER_LABELS, WITHOUT_CURATED, evaluate_build
from aggregator.identity.hub_evidence import NO_METADATA
from aggregator.identity.labels import NEEDS_NO_KNOWLEDGE
from aggregator.identity.quality import METABOARD
from aggregator.pipeline.results import ReadResult
from aggregator.pipeline.steps import collect_names
from aggregator.sources import on_by_default

PAGE = Path(__file__).resolve().parent.parent / "docs" / "identity.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"

METHODS = {
    METABOARD: "all match rules",
    WITHOUT_CURATED: "without curated rows",
    "lower_tail": "tail in lower case",
    "normalized_tail": "tail, separators alike",
    "sorted_tail": "tail, words sorted",
    "rapidfuzz_92": "rapidfuzz ratio ≥ 92",
}

Measures = dict[str, dict[str, Any]]


def main() -> None:
    """Measure the names of the mirror and rewrite the tables of the page."""
    quality = measure(Path(sys.argv[1]))
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), quality), encoding="utf-8")
    print(f"wrote {PAGE.name}")


def measure(mirror: Path) -> pl.DataFrame:
    """Return QUALITY of the names of all leaderboards in `mirror`."""
    fetcher = open_fetcher(str(mirror))
    results = []
    for source in on_by_default():
        snapshots = [one for resource in source.resources for one in fetcher.fetch(source.id, resource)]
        files = {snapshot.resource: snapshot.content for snapshot in snapshots}
        results.append(ReadResult(source, "fresh", parsed=source.parse(files)))
    rules = load_rules()
    return evaluate_build(resolve(collect_names(results), rules), rules, NO_METADATA)


def with_tables(page: str, quality: pl.DataFrame) -> str:
    """Return the page with new tables between the marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{tables(quality)}\n{END}{rest.partition(END)[2]}"


def tables(quality: pl.DataFrame) -> str:
    """Return the three tables: methods, boards, and classes of hard cases."""
    others = quality.filter(pl.col("labels") == OTHER_LABELS)
    whole = others.filter(pl.col("board") == "all", pl.col("class") == NEEDS_NO_KNOWLEDGE)
    boards = others.filter(pl.col("method") == METABOARD, pl.col("class") == NEEDS_NO_KNOWLEDGE)
    classes = others.filter(pl.col("method") == METABOARD, pl.col("board") == "all")
    return "\n\n".join(
        [
            _table("Method", [(title, _measures(whole, method=name)) for name, title in METHODS.items()]),
            _table("Names of", [(f"`{name}`", _measures(boards, board=name)) for name in _values(boards, "board")]),
            _table("Class", [(name, _measures(classes, **{"class": name})) for name in _values(classes, "class")]),
        ]
    )


def _values(quality: pl.DataFrame, column: str) -> list[str]:
    return quality[column].unique(maintain_order=True).to_list()


def _measures(quality: pl.DataFrame, **row: str) -> Measures:
    found = quality.filter(*(pl.col(column) == value for column, value in row.items()))
    return {measured["measure"]: measured for measured in found.iter_rows(named=True)}


def _table(first: str, rows: Sequence[tuple[str, Measures]]) -> str:
    head = (first, "names", "link precision", "link recall", "pair precision", "pair recall", "publisher", "whole id")
    lines = [head, ("---", *["--:"] * (len(head) - 1)), *((title, *_cells(found)) for title, found in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _cells(found: Measures) -> tuple[str, ...]:
    measures = ("link_precision", "link_recall", "pair_precision", "pair_recall", "publisher_right", "whole_id_right")
    names = found.get("whole_id_right")
    return (str(names["decided"]) if names else "", *(_share(found.get(name)) for name in measures))


def _share(measured: dict[str, Any] | None) -> str:
    """Return `0.983 (118/120)`."""
    if measured is None or measured["value"] is None:
        return ""
    return f"{measured['value']:.3f} ({measured['right']}/{measured['decided']})"


if __name__ == "__main__":
    main()
