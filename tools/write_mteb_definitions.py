"""Write the definitions of MTEB's tasks, `aggregator/sources/mteb_definitions.tsv`.

Argument 1: `mteb_benchmark_definitions.json` of the recordings, the benchmarks with their tasks. Argument 2: its origin.
Argument 3: its date. The file has one row for each task and set of splits and subsets.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "aggregator" / "sources" / "mteb_definitions.tsv"
COLUMNS = ("task", "type", "main_score", "splits", "pairs", "subsets", "benchmarks")
MIN_PAIRS = 40
"""Fewer subsets are listed one by one."""


def definitions_table(definitions: dict[str, Any], origin: str, day: str) -> str:
    """Return the text of the file; the same definitions give the same text."""
    benchmarks: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for benchmark, definition in definitions.items():
        for task in definition["tasks"]:
            splits, subsets = sorted(set(task["eval_splits"])), sorted(set(task["hf_subsets"]))
            key = (task["name"], task["type"], task["main_score"], " ".join(splits), *_short(subsets))
            benchmarks[key].append(benchmark)
    head = f"# The splits and subsets of MTEB's tasks, from {origin}, {day}.\n"
    rows = sorted((*key, "; ".join(sorted(names))) for key, names in benchmarks.items())
    return head + "".join("\t".join(row) + "\n" for row in [COLUMNS, *rows])


def _short(subsets: list[str]) -> tuple[str, str]:
    """Return how pairs are written, and the subsets: every pair of languages is written once, or not at all."""
    pairs = {tuple(subset.split("-")) for subset in subsets}
    languages = sorted({language for pair in pairs for language in pair})
    is_paired = len(subsets) >= MIN_PAIRS and all(len(pair) == 2 for pair in pairs)
    if is_paired and pairs == {(a, b) for a in languages for b in languages if a != b}:
        return "all", " ".join(languages)
    if is_paired and all((pair[1], pair[0]) in pairs for pair in pairs):
        return "both", " ".join(_by_language({frozenset(pair) for pair in pairs}))
    return "", " ".join(subsets)


def _by_language(pairs: set[frozenset[str]]) -> Iterable[str]:
    """Return the pairs as `language:language,language`, the language with the most pairs first."""
    while pairs:
        counts = Counter(language for pair in pairs for language in pair)
        language = min(counts, key=lambda found: (-counts[found], found))
        theirs = {pair for pair in pairs if language in pair}
        yield f"{language}:{','.join(sorted(other for pair in theirs for other in pair - {language} or pair))}"
        pairs = pairs - theirs


if __name__ == "__main__":
    TARGET.write_text(
        definitions_table(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), *sys.argv[2:4]), encoding="utf-8"
    )
