"""Write a rank in words: its evidence, its percentile, and how much of an ability in a domain is borrowed."""

import math
from collections.abc import Mapping

from aggregator.text import counted, number

NAMED_BOARDS = 2
"""This many leaderboards are named in a cell of a table; of the others, the number is printed."""
BORROWED_WORDS = ((0.995, "all borrowed"), (0.5, "mostly borrowed"), (0.2, "partly borrowed"))
"""The least borrowed share for each word."""

Row = Mapping[str, object]


def format_evidence(row: Row) -> str:
    """Return which leaderboards, how many benchmarks, and the month of the newest edition: `Arena, LiveBench +2 · 14 benchmarks · 2026-06`."""
    titles = _titles(row)
    if not titles:
        return ""
    more = f" +{len(titles) - NAMED_BOARDS}" if len(titles) > NAMED_BOARDS else ""
    extrapolated = "too few scores" if row.get("evidence") == "C" else ""
    counts = counted(row["benchmarks"], "benchmark") if row.get("benchmarks") else ""
    month = str(row["newest_on"])[:7] if row.get("newest_on") else ""
    return " · ".join(part for part in (", ".join(titles[:NAMED_BOARDS]) + more, counts, month, extrapolated) if part)


def evidence_sentence(row: Row) -> str:
    """Return the evidence of a rank as a sentence with all its leaderboards; empty without any."""
    titles = _titles(row)
    if not titles:
        return ""
    boards = ", ".join(titles)
    benchmarks = f", {counted(row['benchmarks'], 'benchmark')}" if row.get("benchmarks") else ""
    newest = f"; the newest edition is of {row['newest_on']}" if row.get("newest_on") else ""
    return f"Evidence: {counted(len(titles), 'leaderboard')} ({boards}){benchmarks}{newest}."


def _titles(row: Row) -> list[str]:
    """Return the short titles of the leaderboards on which a row of `leaderboard` or `releases` rests."""
    titles = row.get("rests_on", row.get("on_boards"))
    return [str(title) for title in titles] if isinstance(titles, list | tuple) else []


def rank_sentence(row: Row, noun: str) -> str:
    """Return the place of a row among `of` rows, such as `Rank 3 of 120 releases in track llm, 90 % interval 1–9: better than 98 %`.

    `noun` is what is counted, in the plural.
    """
    low, high, of = row.get("rank_low"), row.get("rank_high"), row.get("of")
    among = f" of {number(of)} {noun}" if of else ""
    interval = f", 90 % interval {number(low)}–{number(high)}" if low is not None and high is not None else ""
    better = f": better than {format_percentile(row['percentile'])}" if row.get("percentile") is not None else ""
    return f"Rank {number(row['rank'])}{among} in track {row['track']}{interval}{better}."


def comparison_sentence(row: Row) -> str:
    """Return how many others a row is clearly better than, not told apart from, and clearly worse than."""
    counts = [row.get(name) for name in ("clearly_worse", "not_told_apart", "clearly_better")]
    if any(count is None for count in counts):
        return ""
    worse, same, better = map(number, counts)
    return f"Clearly better than {worse}, not told apart from {same}, clearly worse than {better} (clearly: with 95 % or more)."


def format_percentile(value: object) -> str:
    """Return a share in %, rounded down, with one decimal from 99 on: `97 %`, `99.8 %`; empty for None."""
    if value is None:
        return ""
    share = float(str(value))
    return f"{math.floor(share * 10 + 1e-9) / 10:.1f} %" if 99 <= share < 100 else f"{math.floor(share + 1e-9)} %"


def format_borrowed(row: Row) -> str:
    """Return in words how much of the ability in a domain is borrowed from the overall ability."""
    share = row.get("borrowed")
    if share is None:
        return ""
    return next((word for least, word in BORROWED_WORDS if float(str(share)) >= least), "measured")
