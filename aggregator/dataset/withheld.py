"""Find the rows and columns of the published tables that belong to a withheld source.

No source is withheld by default: every row names its source, and `sources` lists the licences.
"""

from collections.abc import Iterable, Mapping, Sequence

UNFILTERED_TABLES = frozenset({"sources", "refresh_report"})
"""Tables about the leaderboards themselves. They keep all rows, so that a reader sees what is missing."""

COLUMN_PREFIXES: Mapping[str, str] = {
    "arena_text_style_control": "arena",
    "mteb_eng_v2": "mteb",
    "mteb_multilingual_v2": "mteb_multilingual",
    "mteb_cmn_v1": "mteb_chinese",
    "rteb_eng": "rteb",
}
"""Prefix of a source's columns in wide tables, by source; the default is the source's id."""
BEST_PREFIX = "best_"


def column_prefix(source: str) -> str:
    """Return the prefix of the columns with values of `source`."""
    return COLUMN_PREFIXES.get(source, source)


def find_withheld_columns(columns: Iterable[str], withheld: Sequence[str], every: Iterable[str]) -> list[str]:
    """Return the columns with values of a withheld source.

    A column belongs to the source with the longest matching prefix. A column `best_…` belongs to all sources whose
    prefix starts with the following words.
    """
    prefixes = {column_prefix(source): source for source in every}
    return [column for column in columns if _owners(column, prefixes).intersection(withheld)]


def _owners(column: str, prefixes: Mapping[str, str]) -> frozenset[str]:
    if column.startswith(BEST_PREFIX):
        return _best_of(column.removeprefix(BEST_PREFIX).split("_"), prefixes)
    matching = [prefix for prefix in prefixes if column.startswith(f"{prefix}_")]
    return frozenset({prefixes[max(matching, key=len)]} if matching else ())


def _best_of(words: Sequence[str], prefixes: Mapping[str, str]) -> frozenset[str]:
    for count in range(len(words), 0, -1):
        start = "_".join(words[:count])
        if found := {source for prefix, source in prefixes.items() if f"{prefix}_".startswith(f"{start}_")}:
            return frozenset(found)
    return frozenset()


def kept_rows_condition(columns: Sequence[str]) -> str | None:
    """Return the SQL condition for rows that stay, with the list `$withheld`; None when all rows stay."""
    if "source" in columns:
        return "source is null or not list_contains($withheld, source)"
    if "benchmark" in columns:
        return "benchmark is null or not list_contains($withheld, split_part(benchmark, '/', 1))"
    return None
