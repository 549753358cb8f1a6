"""All that the file knows of one model, and several models side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregator.errors import UsageError
from aggregator.query.queries import Connection, Row, rows


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
    h.benchmark,
    count(*) as dates,
    min(h.published_on) as first_on,
    max(h.published_on) as last_on,
    min(h.rank) as best_rank,
    arg_min(h.published_on, (h.rank, h.published_on)) as best_on,
    arg_max(h.rank, h.published_on) as last_rank
from history as h
left join sources as s using (source)
where h.model_id = $model_id and h.superseded_at is null
group by h.benchmark, s.priority
order by s.priority, h.benchmark not like '%/overall', h.benchmark
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
class Line:
    """One thing that several models have: what it is, and the value of each that has it by model_id."""

    what: Row
    values: dict[str, Row]


@dataclass(frozen=True)
class Comparison:
    """Models side by side, in the order asked for."""

    models: list[Row]
    boards: list[Line]
    """A line per leaderboard that lists any of them."""
    scores: list[Line]
    """A line per benchmark that at least two of them share."""


def compare(connection: Connection, model_ids: Sequence[str]) -> Comparison:
    """Hold several models against each other; raises `UsageError` unless there are two or more, all different."""
    if len(set(model_ids)) < max(2, len(model_ids)):
        raise UsageError(
            "there is nothing to compare", hint=f"Name two or more different models, not {', '.join(model_ids)}."
        )
    cards = [card(connection, model_id) for model_id in model_ids]
    scores = _side_by_side(
        {str(card.model["model_id"]): card.scores for card in cards}, ("benchmark", "source", "title", "metric")
    )
    return Comparison(
        models=[card.model for card in cards],
        boards=_side_by_side(
            {str(card.model["model_id"]): card.boards for card in cards}, ("source", "title", "models", "score_unit")
        ),
        scores=[line for line in scores if len(line.values) > 1],
    )


def _side_by_side(tables: Mapping[str, Sequence[Row]], shared: Sequence[str]) -> list[Line]:
    """Join one table a model on the first `shared` column, keeping the order in which its values first occur."""
    joined: dict[object, Line] = {}
    for model_id, table in tables.items():
        for row in table:
            line = joined.setdefault(row[shared[0]], Line({name: row[name] for name in shared}, {}))
            line.values[model_id] = {name: value for name, value in row.items() if name not in shared}
    return list(joined.values())
