"""Unusual scores: one row per model with its reasons, or one row per score."""

from dataclasses import dataclass

from aggregator.errors import UsageError
from aggregator.query.queries import Connection, Row, fetch_rows


@dataclass(frozen=True)
class OutlierFilter:
    """Which rows of `outlier_models` or `outliers` are listed; None limits nothing."""

    direction: str | None = "high"
    track: str | None = None
    board: str | None = None
    benchmark: str | None = None
    model_id: str | None = None


_ROWS = """
from outliers as o inner join models as m using (model_id)
where
    o.direction = coalesce($direction, o.direction)
    and m.track = coalesce($track, m.track)
    and o.source = coalesce($board, o.source)
    and o.benchmark = coalesce($benchmark, o.benchmark)
    and o.model_id = coalesce($model_id, o.model_id)
"""
_SCORES = f"""
select o.*
{_ROWS}
order by greatest(abs(o.robust_z), abs(o.residual_z)) desc, o.model_id, o.benchmark
limit $n
"""
_MODELS = f"""
with matching as (
    select distinct o.model_id, o.direction
    {_ROWS}
),

about as (
    select coalesce($benchmark || ':', $board || '/', '') as benchmark, coalesce($board || ':', '') as board
)

select
    l.* exclude (explanations),
    -- A row of a whole leaderboard has its name in place of the benchmark.
    list_filter(
        l.explanations,
        lambda text: starts_with(text, a.benchmark) or ($benchmark is null and starts_with(text, a.board))
    ) as explanations
from outlier_models as l
inner join matching using (model_id, direction)
cross join about as a
order by l.track desc, l.direction, l.place
limit $n
"""  # noqa: S608 - constants only
_BROKEN = """
select count(distinct b.model_id) as models
from broken_scores as b inner join models as m using (model_id)
where m.track = coalesce($track, m.track) and b.source = coalesce($board, b.source)
"""
_RANKED = "select b.source, b.benchmark from benchmarks as b inner join sources as s using (source) where s.in_rank"
_COMPARED = """
with scored as (
    select m.model_id, any_value(m.params_b is not null and not m.params_disputed) as is_sized, count(distinct s.source) as boards
    from scores as s
    inner join sources as o using (source)
    inner join models as m using (model_id)
    where o.in_rank and o.track = m.track and m.track = coalesce($track, m.track) and s.source = coalesce($board, s.source)
    group by m.model_id
)

select count(*) as models, count(*) filter (where is_sized) as sized, count(*) filter (where boards > 1) as linked
from scored
"""


def find_outlier_models(connection: Connection, wanted: OutlierFilter, n: int) -> list[Row]:
    """Return the first `n` rows of `outlier_models`, with the explanations of the chosen board or benchmark."""
    return fetch_rows(connection, _MODELS, _values(connection, wanted) | {"n": n})


def find_outliers(connection: Connection, wanted: OutlierFilter, n: int) -> list[Row]:
    """Return the `n` rows of `outliers` with the largest distances."""
    return fetch_rows(connection, _SCORES, _values(connection, wanted) | {"n": n})


def count_broken(connection: Connection, wanted: OutlierFilter) -> int:
    """Return the number of models whose scores look broken."""
    values = {"track": wanted.track, "board": wanted.board}
    return int(str(fetch_rows(connection, _BROKEN, values)[0]["models"]))


def count_compared(connection: Connection, wanted: OutlierFilter) -> Row:
    """Return the number of `models` with a score in the rank.

    `sized` of them have a known size, and `linked` are on two leaderboards or more.
    """
    return fetch_rows(connection, _COMPARED, {"track": wanted.track, "board": wanted.board})[0]


def _values(connection: Connection, wanted: OutlierFilter) -> Row:
    """Return the parameters of the queries; raises `UsageError` for a board or benchmark that has no score in the rank."""
    board = None if wanted.board is None else find_ranked(connection, "source", wanted.board)
    benchmark = None if wanted.benchmark is None else find_ranked(connection, "benchmark", wanted.benchmark)
    return {
        "direction": wanted.direction,
        "track": wanted.track,
        "board": board,
        "benchmark": benchmark,
        "model_id": wanted.model_id,
    }


def find_ranked(connection: Connection, column: str, text: str) -> str:
    """Return the board or benchmark with the id `text`, or the only one whose id, or its part after the slash, begins so."""
    known = sorted({str(row[column]) for row in fetch_rows(connection, _RANKED)})
    if text in known:
        return text
    begun = [name for name in known if name.startswith(text) or name.partition("/")[2] == text]
    if len(begun) == 1:
        return begun[0]
    noun = "leaderboard" if column == "source" else "benchmark"
    listed = "metaboard sources" if column == "source" else "metaboard benchmarks"
    hint = f"Choose one of {', '.join(begun)}." if begun else f"`{listed}` lists them."
    raise UsageError(f"no {noun} of the rank has the id {text!r}", hint=hint)
