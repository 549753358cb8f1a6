"""Read the leaderboards of one DuckDB file with the names of their columns, and the places of releases on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from aggregator.query.queries import Connection, Row, fetch_rows


@dataclass(frozen=True)
class Board:
    """A leaderboard that ranks models, with its columns in `leaderboard`."""

    source: str
    title: str
    """The short title of its columns."""
    rank_column: str
    score_column: str
    has_interval: bool
    track: str
    in_rank: bool
    group: str
    """The id of the leaderboards of one kind: `families` has the best model of each kind."""


_BOARDS = """
select source, short_title, column_prefix || '_rank', score_column, has_interval, track, in_rank, board_group
from sources
where score_column is not null
order by priority
"""
_PLACES = """
select release_id, source, default_model_id as model_id, default_rank as rank
from release_standings
where list_contains($release_ids, release_id)
"""


def read_boards(connection: Connection) -> list[Board]:
    """Return the leaderboards that rank models, in the order of the register."""
    return [Board(*row) for row in connection.execute(_BOARDS).fetchall()]


def group_titles(boards: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the title of each group: the words with which two of its short titles begin, or the first of them.

    `boards` has the group and the short title of each leaderboard.
    """
    members: dict[str, list[str]] = {}
    for group, title in boards:
        members.setdefault(group, []).append(title)
    return {group: _common_title(titles) for group, titles in members.items()}


def _common_title(titles: Sequence[str]) -> str:
    first, *others = (title.replace(",", "").split() for title in titles)
    shared = [words for words in (_common_start(first, other) for other in others) if words]
    shortest = min(shared, key=len, default=[])
    return " ".join(shortest) or titles[0]


def _common_start(one: Sequence[str], other: Sequence[str]) -> list[str]:
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return [word for word, _ in pairs]


def read_release_places(connection: Connection, release_ids: Sequence[str]) -> dict[str, dict[str, Row]]:
    """Return `{release_id: {source: {"model_id", "rank"}}}`: the default setting on each leaderboard and its place."""
    places: dict[str, dict[str, Row]] = {release_id: {} for release_id in release_ids}
    for row in fetch_rows(connection, _PLACES, {"release_ids": list(places)}):
        places[str(row.pop("release_id"))][str(row.pop("source"))] = row
    return places
