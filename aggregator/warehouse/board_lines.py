"""Write out the lines of a SQL file that stand for one line per leaderboard or per group of leaderboards.

Consecutive lines with the words `{source}`, `{title}`, `{rank}` … are repeated for each leaderboard that has a rank, in the
order of the register. Lines with `{low}` or `{high}` are left out for a leaderboard without intervals. Consecutive lines
with `{best_model}`, `{best_rank}`, `{group}` or `{boards}` are repeated for each group. In SQL, `{source}` becomes a string
and the names of columns are quoted; in the description of a column, all words become plain text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from aggregator.errors import SqlError
from aggregator.model import MeasuredBy, RankRule, Source
from aggregator.warehouse.sql_text import literal, quoted

Words = Mapping[str, str]

BOARD_WORDS = frozenset({"source", "title", "unit", "order", "rank", "score", "low", "high"})
GROUP_WORDS = frozenset({"best_model", "best_rank", "group", "boards"})
INTERVAL_WORDS = frozenset({"low", "high"})
_STRINGS = frozenset({"source"})
_WORD = re.compile(r"\{(" + "|".join(sorted(BOARD_WORDS | GROUP_WORDS)) + r")\}")
_DESCRIPTION = re.compile(r"--\s+\S+ \| ")

_ORDERS: Mapping[RankRule, str] = {
    RankRule.SCORE: "by score",
    RankRule.INTERVAL: "one plus the number of models whose whole interval is better",
    RankRule.GIVEN: "as the leaderboard publishes it",
    RankRule.WIN_RATE: "by mean win rate over its benchmarks",
}


def write_out(text: str, sources: Sequence[Source]) -> str:
    """Return the text of a SQL file with its lines for leaderboards and groups written out for `sources`."""
    boards = [_board_words(source) for source in sources if source.has_rank]
    groups = [_group_words(group, members) for group, members in board_groups(sources).items()]
    lines = groupby(text.split("\n"), _kind_of_line)
    return "\n".join(line for kind, run in lines for line in _repeated(kind, list(run), boards, groups))


def board_groups(sources: Sequence[Source]) -> dict[str, list[Source]]:
    """Return the leaderboards of each group, those of the combined rank first.

    A group has at least one leaderboard of the combined rank whose scores are measured, not reported by the makers of
    the models.
    """
    measured = [source for source in sources if source.has_rank and source.measured_by is not MeasuredBy.SELF_REPORTED]
    groups: dict[str, list[Source]] = {source.board_group: [] for source in measured if source.in_rank}
    for source in sorted(measured, key=lambda source: not source.in_rank):
        if source.board_group in groups:
            groups[source.board_group].append(source)
    return groups


def check_columns(columns: Sequence[str], file: str) -> None:
    """Raise `SqlError` when a column of `file` is described twice: two leaderboards have columns of the same name."""
    names = [column.lower() for column in columns]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise SqlError(
            f"sql/{file}.sql: two leaderboards have the column {', '.join(repeated)}",
            hint="Set `column` or `score_name` of one of these sources, or switch one off.",
        )


def _kind_of_line(line: str) -> str:
    words = set(_WORD.findall(line))
    return "board" if words & BOARD_WORDS else "group" if words & GROUP_WORDS else ""


def _repeated(kind: str, lines: Sequence[str], boards: Sequence[Words], groups: Sequence[Words]) -> Iterator[str]:
    if not kind:
        yield from lines
        return
    for words in boards if kind == "board" else groups:
        yield from (_filled(line, words) for line in lines if words.keys() >= set(_WORD.findall(line)))


def _filled(line: str, words: Words) -> str:
    if _DESCRIPTION.match(line):
        return _WORD.sub(lambda found: words[found[1]], line)
    return _WORD.sub(lambda found: (literal if found[1] in _STRINGS else quoted)(words[found[1]]), line)


def _board_words(source: Source) -> Words:
    words = {
        "source": source.id,
        "title": _one_line(source.title),
        "unit": _unit(source),
        "order": _ORDERS.get(source.rank_rule, ""),
        "rank": source.rank_column,
        "score": source.score_column,
    }
    if source.has_interval:
        words |= {"low": f"{source.score_column}_low", "high": f"{source.score_column}_high"}
    return words


def _group_words(group: str, members: Sequence[Source]) -> Words:
    return {
        "group": group,
        "boards": ", ".join(_one_line(source.heading) for source in members),
        "best_model": f"best_{group}_model",
        "best_rank": f"best_{group}_rank",
    }


def _unit(source: Source) -> str:
    is_stated = source.higher_is_better or "lower is better" in source.score_unit
    return _one_line(source.score_unit if is_stated else f"{source.score_unit}; lower is better")


def _one_line(text: str) -> str:
    """Return the text of an installed package without line breaks, which would end a line of the header."""
    return " ".join(text.split())
