"""Questions to one published DuckDB file: what is best, what is known of a model, how fresh is it all.

Rows come back as plain dictionaries keyed by column, so that a table that gains a column shows it
without a change here. Values reach SQL bound, never pasted.
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
def opened(home: Path) -> Iterator[Connection]:
    """Open the current generation of `home` for reading; raises `StorageError` where there is none that can be read."""
    database = home / "current" / warehouse.DATABASE
    try:
        with warehouse.open_read_only(database) as connection:
            yield connection
    except duckdb.Error as cause:
        raise StorageError(
            f"{database}: {str(cause).splitlines()[0]}",
            hint="The file is damaged or was written by another version; `metaboard refresh --force` writes it anew.",
        ) from cause


@dataclass(frozen=True)
class Wanted:
    """Which models `top` lists; text is looked for inside the column, blind to case."""

    track: str | None = None
    kinds: tuple[str, ...] | None = None
    min_params_b: float | None = None
    max_params_b: float | None = None
    license: str | None = None
    organization: str | None = None
    open_weights: bool = False
    flagged: bool = False
    """Whether models that a leaderboard flagged are listed too."""
    copies: bool = False
    """Whether mirrors and quantised copies of ranked models are listed too."""
    extrapolated: bool = False
    """Whether models whose ability is extrapolated from few scores are listed too."""
    board: str | None = None
    """Rank by this leaderboard alone; None is the combined rank."""


@dataclass(frozen=True)
class Order:
    """Another order of one track than that of the ability: places by model, and what they rest on."""

    places: Mapping[str, Row]
    """By model_id: `rank`, `rank_low`, `rank_high` and `score`."""


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


def top(connection: Connection, wanted: Wanted, n: int, order: Order | None = None) -> list[Row]:
    """Return the best `n` rows of `leaderboard`, best first, without order across tracks.

    With a board, each row also has the `board_…` columns of that leaderboard; with an order, its places stand in
    for those of the ability. Raises `UsageError` for an unknown board.
    """
    places = order.places if order else {}
    board = None if wanted.board is None else _board(connection, wanted.board)
    track = wanted.track or (None if board else "llm")
    kinds = list(wanted.kinds) if wanted.kinds else None
    found = rows(
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


def ranked_by(connection: Connection, method: str) -> Order:
    """Return the published order of a method; empty where the file has none of that name."""
    found = rows(
        connection,
        "select model_id, rank, rank_low, rank_high, score from method_ranks where method = $method",
        {"method": method},
    )
    return Order({str(row.pop("model_id")): row for row in found})


def _board(connection: Connection, text: str) -> str:
    """Return the one leaderboard that is called `text` or whose id alone begins with it."""
    known = [str(row["source"]) for row in rows(connection, "select distinct source from standings order by source")]
    begun = [source for source in known if source.startswith(text)]
    if text in known:
        return text
    if len(begun) == 1:
        return begun[0]
    raise UsageError(f"no leaderboard is called {text!r}", hint=f"Choose one of {', '.join(begun or known)}.")


def kinds(connection: Connection) -> list[str]:
    """Return the kinds of model that occur."""
    found = rows(connection, "select distinct kind from leaderboard where kind is not null order by kind")
    return [str(row["kind"]) for row in found]


def find(connection: Connection, text: str, n: int) -> list[Row]:
    """Return the first `n` rows of `leaderboard` that the macro `find` gives for `text`."""
    if not text.strip():
        raise UsageError("there is no text to find", hint="Give a part of a name: `metaboard find 'llama 70b'`.")
    return rows(connection, "select * from find($words) limit $n", {"words": text, "n": n})


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


def sources(connection: Connection) -> list[Row]:
    """Return one row per leaderboard, those that could not be read included: what it is and how old it is today."""
    return rows(connection, _SOURCES)


def unresolved(connection: Connection, n: int) -> list[Row]:
    """Return the first `n` names that wait for a person, those with the best places first."""
    return rows(
        connection, "select * from unresolved order by best_rank nulls last, source, raw_name limit $n", {"n": n}
    )


def is_name(connection: Connection, raw_name: str) -> bool:
    """Return whether any leaderboard spells a model exactly so."""
    return bool(rows(connection, "select 1 from aliases where raw_name = $raw_name limit 1", {"raw_name": raw_name}))


@dataclass(frozen=True)
class Answer:
    """What a free question gave: column names, made distinct, and rows in their order."""

    columns: list[str]
    rows: list[tuple[object, ...]]
    more: bool
    """Whether rows were left out."""


def ask(connection: Connection, question: str, limit: int | None) -> Answer:
    """Run any SQL that reads, and return at most `limit` rows; raises `UsageError` with DuckDB's words where it fails."""
    try:
        connection.execute(question)
        found = connection.fetchall() if limit is None else connection.fetchmany(limit + 1)
    except duckdb.Error as cause:
        raise UsageError(
            f"the SQL cannot be run: {cause}",
            hint="`metaboard sql 'show tables'` and `describe leaderboard` say what there is.",
        ) from cause
    columns = _distinct([str(column[0]) for column in connection.description])
    return Answer(columns, found[:limit], more=limit is not None and len(found) > limit)


def rows(connection: Connection, question: str, values: Mapping[str, object] | None = None) -> list[Row]:
    """Return the answer to `question` with `values` bound to its `$names`; raises `duckdb.Error`."""
    connection.execute(question, dict(values) if values else None)
    columns = _distinct([str(column[0]) for column in connection.description or ()])
    return [dict(zip(columns, row, strict=True)) for row in connection.fetchall()]


def _distinct(names: Sequence[str]) -> list[str]:
    """Return `names` with `_1`, `_2`, … after repeats, so that each can key a value."""
    seen: dict[str, int] = {}
    given = []
    for name in names:
        count = seen.get(name, 0)
        seen[name] = count + 1
        given.append(f"{name}_{count}" if count else name)
    return given
