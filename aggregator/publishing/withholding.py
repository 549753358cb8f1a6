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


def prefix(source: str) -> str:
    """Return how the columns begin that hold values of `source`."""
    return PREFIXES.get(source, source)


def own_columns(columns: Iterable[str], withheld: Sequence[str], every: Iterable[str]) -> list[str]:
    """Return the columns that hold values of a withheld source; the longest prefix of any source decides whose a column is."""
    prefixes = {prefix(source): source for source in every}
    return [column for column in columns if _owner(column, prefixes) in withheld]


def _owner(column: str, prefixes: Mapping[str, str]) -> str | None:
    fitting = [begin for begin in prefixes if column.startswith(f"{begin}_")]
    return prefixes[max(fitting, key=len)] if fitting else None


def row_condition(columns: Sequence[str]) -> str | None:
    """Return the SQL condition under which a row is no withheld source's, with `$withheld` a list; None where all rows stay."""
    if "source" in columns:
        return "source is null or not list_contains($withheld, source)"
    if "benchmark" in columns:
        return "benchmark is null or not list_contains($withheld, split_part(benchmark, '/', 1))"
    return None
