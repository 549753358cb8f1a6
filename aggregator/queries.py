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
    board: str | None = None
    """Rank by this leaderboard alone; None is the combined rank."""


_TOP = """
select
    l.*,
    s.rank as board_rank,
    s.score as board_score,
    s.score_low as board_score_low,
    s.score_high as board_score_high
from leaderboard as l
left join standings as s on s.model_id = l.model_id and s.source = $board
where if($board is null, l.rank, s.rank) is not null
    and ($track is null or l.track = $track)
    and ($kinds is null or list_contains($kinds, l.kind))
    and ($min_params_b is null or l.params_b >= $min_params_b)
    and ($max_params_b is null or l.params_b <= $max_params_b)
    and ($license is null or contains(lower(l.license), lower($license)))
    and ($organization is null or contains(lower(l.organization), lower($organization)))
    and (l.open_weights or not $open_weights)
    and ($flagged or not l.flagged)
order by if($board is null, l.rank, s.rank), l.model_id
limit $n
"""
BOARD_COLUMNS = ("board_rank", "board_score", "board_score_low", "board_score_high")


def top(connection: Connection, wanted: Wanted, n: int) -> list[Row]:
    """Return the best `n` rows of `leaderboard`, best first, without order across tracks.

    With a board, each row also has the `board_…` columns of that leaderboard. Raises `UsageError` for an unknown board.
    """
    board = None if wanted.board is None else _board(connection, wanted.board)
    track = wanted.track or (None if board else "llm")
    kinds = list(wanted.kinds) if wanted.kinds else None
    found = rows(connection, _TOP, asdict(wanted) | {"board": board, "track": track, "kinds": kinds, "n": n})
    if board:
        return found
    return [{name: value for name, value in row.items() if name not in BOARD_COLUMNS} for row in found]


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


@dataclass(frozen=True)
class Card:
    """All that the file knows of one model; each list holds rows of the table that it is named after."""

    model: Row
    """The row of `models`, with that of `leaderboard` where there is one; `tied_with` counts the rest of its tie group."""
    boards: list[Row]
    """Rows of `standings`, with the leaderboard's title, its unit and how many models it lists."""
    scores: list[Row]
    aliases: list[Row]
    parents: list[Row]
    children: list[Row]
    history: list[Row]
    """One row per benchmark with a past: how many dates, the first and last, the best place and the day it was reached."""


_BOARDS = """
select
    s.source,
    b.title,
    s.rank,
    (select count(*) from standings as other where other.source = s.source) as models,
    s.score,
    s.score_low,
    s.score_high,
    b.score_unit,
    s.raw_name,
    s.published_on
from standings as s
inner join sources as b using (source)
where s.model_id = $model_id
order by b.priority
"""
_SCORES = """
select
    s.source,
    s.benchmark,
    b.title,
    b.metric,
    s.score,
    s.score_normalized,
    s.score_low,
    s.score_high,
    s.votes,
    s.raw_name,
    s.published_on
from scores as s
left join benchmarks as b using (benchmark)
left join sources as o on o.source = s.source
where s.model_id = $model_id
order by o.priority, s.benchmark
"""
_HISTORY = """
select
    benchmark,
    count(*) as dates,
    min(published_on) as first_on,
    max(published_on) as last_on,
    min(rank) as best_rank,
    arg_min(published_on, (rank, published_on)) as best_on,
    arg_max(rank, published_on) as last_rank
from history
where model_id = $model_id
group by benchmark
order by not benchmark like '%/overall', benchmark
"""


def card(connection: Connection, model_id: str) -> Card:
    """Return everything about one model; raises `UsageError` when the file has no such id."""
    key = {"model_id": model_id}
    model = rows(connection, "select * from models where model_id = $model_id", key)
    if not model:
        raise UsageError(f"no model has the id {model_id!r}", hint="Run `metaboard find TEXT` to search.")
    placed = rows(connection, "select * from leaderboard where model_id = $model_id", key)
    return Card(
        model=_with_ties(connection, model[0] | (placed[0] if placed else {})),
        boards=rows(connection, _BOARDS, key),
        scores=rows(connection, _SCORES, key),
        aliases=rows(connection, "select * from aliases where model_id = $model_id order by source, raw_name", key),
        parents=rows(connection, "select * from lineage where model_id = $model_id order by relation, parent_id", key),
        children=rows(connection, "select * from lineage where parent_id = $model_id order by relation, model_id", key),
        history=rows(connection, _HISTORY, key),
    )


def _with_ties(connection: Connection, model: Row) -> Row:
    if model.get("tie_group") is None:
        return model
    counted = rows(
        connection,
        "select count(*) - 1 as others from leaderboard where track = $track and tie_group = $tie_group",
        {"track": model["track"], "tie_group": model["tie_group"]},
    )
    return model | {"tied_with": counted[0]["others"]}


@dataclass(frozen=True)
class Comparison:
    """Models side by side: what the file knows of each, in the order asked for."""

    cards: list[Card]

    @property
    def models(self) -> list[Row]:
        """One row per model."""
        return [card.model for card in self.cards]

    @property
    def boards(self) -> list[Row]:
        """One row per leaderboard that lists any of them: `{source, title, models, values: {model_id: standing}}`."""
        return _side_by_side([(card, card.boards) for card in self.cards], ("source", "title", "models"))

    @property
    def scores(self) -> list[Row]:
        """One row per benchmark that at least two of them share: `{benchmark, …, values: {model_id: score}}`."""
        pairs = _side_by_side([(card, card.scores) for card in self.cards], ("benchmark", "source", "title", "metric"))
        return [row for row in pairs if len(_values(row)) > 1]


def compare(connection: Connection, model_ids: Sequence[str]) -> Comparison:
    """Return the cards of several models; raises `UsageError` unless there are at least two different ones."""
    if len(set(model_ids)) < max(2, len(model_ids)):
        raise UsageError("there is nothing to compare: name two or more different models", hint=f"Named: {', '.join(model_ids)}.")
    return Comparison([card(connection, model_id) for model_id in model_ids])


def _side_by_side(tables: Sequence[tuple[Card, Sequence[Row]]], shared: Sequence[str]) -> list[Row]:
    """Join tables on the first `shared` column, keeping the order in which its values first occur."""
    joined: dict[object, Row] = {}
    for owner, table in tables:
        for row in table:
            line = joined.setdefault(row[shared[0]], {name: row[name] for name in shared} | {"values": {}})
            _values(line)[str(owner.model["model_id"])] = {name: row[name] for name in row if name not in shared}
    return list(joined.values())


def _values(line: Mapping[str, object]) -> dict[str, object]:
    values = line["values"]
    assert isinstance(values, dict)  # noqa: S101 - `_side_by_side` put it there
    return values


_SOURCES = """
select
    coalesce(s.source, r.source) as source,
    s.* exclude (source, priority),
    date_diff('day', s.published_on, current_date) as age_days,
    (select count(*) from standings as p where p.source = r.source) as models,
    r.status,
    r.rows_accepted,
    r.message
from sources as s
full join refresh_report as r on r.source = s.source
order by s.priority nulls last, r.source
"""


def sources(connection: Connection) -> list[Row]:
    """Return one row per leaderboard, those that could not be read included: what it is, its licence and its age in days."""
    return rows(connection, _SOURCES)


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
        if connection.description is None:
            return Answer([], [], more=False)
        found = connection.fetchall() if limit is None else connection.fetchmany(limit + 1)
    except duckdb.Error as cause:
        raise UsageError(f"the SQL cannot be run: {cause}", hint="`metaboard sql 'show tables'` and `describe leaderboard` say what there is.") from cause
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
