"""Which cells of the published tables are a leaderboard's own, so that they can be left out.

Nothing is left out unless it is asked for: every row names its source, and `sources` its licence.
"""

from collections.abc import Iterable, Mapping, Sequence

ABOUT_BOARDS = frozenset({"sources", "refresh_report"})
"""Tables that speak of leaderboards, not of their rows; they stay whole, so that a reader sees what is missing."""

PREFIXES: Mapping[str, str] = {
    "arena_text_style_control": "arena",
    "mteb_eng_v2": "mteb",
    "mteb_multilingual_v2": "mteb_multilingual",
    "mteb_cmn_v1": "mteb_chinese",
    "rteb_eng": "rteb",
}
"""How the columns of wide tables begin that hold one leaderboard's values, where that is not the leaderboard's id."""


BEST = "best_"


def prefix(source: str) -> str:
    """Return how the columns begin that hold values of `source`."""
    return PREFIXES.get(source, source)


def own_columns(columns: Iterable[str], withheld: Sequence[str], every: Iterable[str]) -> list[str]:
    """Return the columns that hold values of a withheld source.

    The longest name of a source that begins a column decides whose it is; `best_…` holds the best of all sources whose
    names begin with the words that follow.
    """
    prefixes = {prefix(source): source for source in every}
    return [column for column in columns if _owners(column, prefixes).intersection(withheld)]


def _owners(column: str, prefixes: Mapping[str, str]) -> frozenset[str]:
    if column.startswith(BEST):
        return _best_of(column.removeprefix(BEST).split("_"), prefixes)
    fitting = [begin for begin in prefixes if column.startswith(f"{begin}_")]
    return frozenset({prefixes[max(fitting, key=len)]} if fitting else ())


def _best_of(words: Sequence[str], prefixes: Mapping[str, str]) -> frozenset[str]:
    for count in range(len(words), 0, -1):
        begin = "_".join(words[:count])
        if found := {source for name, source in prefixes.items() if f"{name}_".startswith(f"{begin}_")}:
            return frozenset(found)
    return frozenset()


def row_condition(columns: Sequence[str]) -> str | None:
    """Return the SQL condition under which a row is no withheld source's, with `$withheld` a list; None where all rows stay."""
    if "source" in columns:
        return "source is null or not list_contains($withheld, source)"
    if "benchmark" in columns:
        return "benchmark is null or not list_contains($withheld, split_part(benchmark, '/', 1))"
    return None
