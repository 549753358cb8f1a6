"""Queries to one published DuckDB file: the best models, search, leaderboards, free SQL.

A row is a dictionary by column name, so a new column of a table needs no change here. Values are always bound as
parameters.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from aggregator import warehouse
from aggregator.errors import StorageError, UsageError

Row = dict[str, object]
Connection = duckdb.DuckDBPyConnection


@contextmanager
def open_current(home: Path) -> Iterator[Connection]:
    """Open the DuckDB file of the current generation of `home` read-only; raises `StorageError` if that fails."""
    database = home / "current" / warehouse.DATABASE
    try:
        with warehouse.open_read_only(database) as connection:
            yield connection
    except duckdb.Error as cause:
        raise StorageError(
            f"{database}: {str(cause).splitlines()[0]}",
            hint="The file is damaged or was written by another version. Run `metaboard refresh --force` to write it again.",
        ) from cause


@dataclass(frozen=True)
class ModelFilter:
    """The models that `top` lists; `license` and `organization` match a part of the column in any case."""

    track: str | None = None
    kinds: tuple[str, ...] | None = None
    min_params_b: float | None = None
    max_params_b: float | None = None
    license: str | None = None
    organization: str | None = None
    open_weights: bool = False
    flagged: bool = False
    """Also list models that a leaderboard flagged."""
    copies: bool = False
    """Also list mirrors and quantizations of ranked models."""
    extrapolated: bool = False
    """Also list models whose ability is extrapolated from few scores."""
    board: str | None = None
    """Rank by this leaderboard only; None is the combined rank."""


@dataclass(frozen=True)
class AlternateOrder:
    """An order of one track by another method than the ability."""

    places: Mapping[str, Row]
    """`rank`, `rank_low`, `rank_high` and `score` by `model_id`."""


_TOP = """
with chosen as (select unnest($ids::varchar[]) as model_id, unnest($places::bigint[]) as place)

select
    l.*,
    s.rank as board_rank,
    s.score as board_score,
    s.score_low as board_score_low,
    s.score_high as board_score_high
from leaderboard as l
left join standings as s on s.model_id = l.model_id and s.source = $board
left join chosen as c on c.model_id = l.model_id
where case
        when $board is not null then s.rank is not null
        when len($ids) > 0 then c.place is not null
        else l.rank is not null
            or ($flagged and l.flagged and l.ability is not null)
            or ($copies and l.copy_of is not null and l.ability is not null)
            or ($extrapolated and l.evidence = 'C')
    end
    and ($track is null or l.track = $track)
    and ($kinds is null or list_contains($kinds, l.kind))
    and ($min_params_b is null or l.params_b >= $min_params_b)
    and ($max_params_b is null or l.params_b <= $max_params_b)
    and ($license is null or contains(lower(l.license), lower($license)))
    and ($organization is null or contains(lower(l.organization), lower($organization)))
    and (l.open_weights or not $open_weights)
    and ($flagged or not l.flagged)
    and ($copies or l.copy_of is null)
order by coalesce(s.rank, c.place), l.ability desc nulls last, l.model_id
limit $n
"""
BOARD_COLUMNS = ("board_rank", "board_score", "board_score_low", "board_score_high")


def top(connection: Connection, wanted: ModelFilter, n: int, order: AlternateOrder | None = None) -> list[Row]:
    """Return the best `n` rows of `leaderboard`, best first; there is no order across tracks.

    With a board, each row also has the `board_…` columns of that leaderboard. With an order, its ranks replace
    those of the ability. Raises `UsageError` for an unknown board.
    """
    places = order.places if order else {}
    board = None if wanted.board is None else _find_board(connection, wanted.board)
    track = wanted.track or (None if board else "llm")
    kinds = list(wanted.kinds) if wanted.kinds else None
    found = fetch_rows(
        connection,
        _TOP,
        asdict(wanted)
        | {
            "board": board,
            "track": track,
            "kinds": kinds,
            "ids": list(places),
            "places": [place["rank"] for place in places.values()],
            "n": n,
        },
    )
    if board:
        return found
    return [
        {name: value for name, value in row.items() if name not in BOARD_COLUMNS}
        | dict(places.get(str(row["model_id"]), {}))
        for row in found
    ]


def read_method_order(connection: Connection, method: str) -> AlternateOrder:
    """Return the published order of a method, empty when the file has no such method."""
    found = fetch_rows(
        connection,
        "select model_id, rank, rank_low, rank_high, score from method_ranks where method = $method",
        {"method": method},
    )
    return AlternateOrder({str(row.pop("model_id")): row for row in found})


def _find_board(connection: Connection, text: str) -> str:
    """Return the source with the id `text`, or the only one whose id starts with it."""
    known = [
        str(row["source"]) for row in fetch_rows(connection, "select distinct source from standings order by source")
    ]
    begun = [source for source in known if source.startswith(text)]
    if text in known:
        return text
    if len(begun) == 1:
        return begun[0]
    raise UsageError(f"no leaderboard has the id {text!r}", hint=f"Choose one of {', '.join(begun or known)}.")


def find_models(connection: Connection, text: str, n: int) -> list[Row]:
    """Return the first `n` rows that the macro `find` gives for `text`; raises `UsageError` for an empty text."""
    if not text.strip():
        raise UsageError("the search text is empty", hint="Give a part of a name: `metaboard find 'llama 70b'`.")
    return fetch_rows(connection, "select * from find($words) limit $n", {"words": text, "n": n})


_SOURCES = """
select
    coalesce(s.source, r.source) as source,
    s.* exclude (source, priority),
    date_diff('day', s.published_on, current_date) as age_days,
    (select count(*) from standings as p where p.source = coalesce(s.source, r.source)) as models,
    r.status,
    r.rows_accepted,
    r.message
from sources as s
full join refresh_report as r on r.source = s.source
order by s.priority nulls last, r.source
"""


def list_sources(connection: Connection) -> list[Row]:
    """Return one row per leaderboard with its age in days, also for one that could not be read."""
    return fetch_rows(connection, _SOURCES)


def list_unresolved(connection: Connection, n: int) -> list[Row]:
    """Return the first `n` names that need a review, those with the best ranks first."""
    return fetch_rows(
        connection, "select * from unresolved order by best_rank nulls last, source, raw_name limit $n", {"n": n}
    )


def is_raw_name(connection: Connection, raw_name: str) -> bool:
    """Return whether a leaderboard uses exactly this raw name."""
    return bool(
        fetch_rows(connection, "select 1 from aliases where raw_name = $raw_name limit 1", {"raw_name": raw_name})
    )


@dataclass(frozen=True)
class SqlResult:
    """Result of free SQL: distinct column names, and rows in their order."""

    columns: list[str]
    rows: list[tuple[object, ...]]
    has_more: bool
    """Whether there are more rows than the limit."""


def run_sql(connection: Connection, sql: str, limit: int | None) -> SqlResult:
    """Run read-only SQL and return at most `limit` rows; raises `UsageError` with DuckDB's message."""
    try:
        connection.execute(sql)
        found = connection.fetchall() if limit is None else connection.fetchmany(limit + 1)
    except duckdb.Error as cause:
        raise UsageError(
            f"the SQL cannot be run: {cause}",
            hint="To list the tables and columns, run `metaboard sql 'show tables'` and `metaboard sql 'describe leaderboard'`.",
        ) from cause
    columns = _distinct_names([str(column[0]) for column in connection.description])
    return SqlResult(columns, found[:limit], has_more=limit is not None and len(found) > limit)


def fetch_rows(connection: Connection, sql: str, values: Mapping[str, object] | None = None) -> list[Row]:
    """Return the result of `sql` with `values` bound to its `$names`; raises `duckdb.Error`."""
    connection.execute(sql, dict(values) if values else None)
    columns = _distinct_names([str(column[0]) for column in connection.description or ()])
    return [dict(zip(columns, row, strict=True)) for row in connection.fetchall()]


def _distinct_names(names: Sequence[str]) -> list[str]:
    """Return `names` with `_1`, `_2`, … appended to repeated names, so that each is unique."""
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        count = seen.get(name, 0)
        seen[name] = count + 1
        distinct.append(f"{name}_{count}" if count else name)
    return distinct
