"""Read everything about one model, and compare several models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregator.errors import UsageError
from aggregator.query.queries import Connection, Row, fetch_rows
from aggregator.query.releases import read_settings


@dataclass(frozen=True)
class ModelPage:
    """Everything about one model; each list has rows of the table with the same name, unless noted."""

    model: Row
    """The row of `models`, joined with that of `leaderboard` if it exists; `tied_with` counts the other models of its tie group."""
    boards: list[Row]
    """Rows of `standings`, with the titles, the unit and the number of models of the leaderboard, and whether it is in
    the combined rank."""
    release: Row
    """The row of `releases`: its default setting, its rank and its best setting."""
    settings: list[Row]
    """The models of the release, the default setting first; `boards` has the place on each leaderboard."""
    disputed_facts: list[Row]
    scores: list[Row]
    aliases: list[Row]
    parents: list[Row]
    """Rows of `lineage` from this model to its parents."""
    children: list[Row]
    """Rows of `lineage` from other models to this one."""
    history: list[Row]
    """One row per benchmark: number of dates, first and last date, best rank with its date, and last rank."""


_BOARDS = """
select
    s.source,
    b.title,
    b.short_title,
    b.in_rank,
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
    s.standard_error,
    s.votes,
    s.setting,
    s.measured_by,
    s.reference,
    s.same_as,
    s.raw_name,
    s.published_on
from scores as s
left join benchmarks as b using (benchmark)
left join sources as o on o.source = s.source
where s.model_id = $model_id
order by o.priority, s.benchmark
"""
_RELEASE = "select * exclude (models) from releases where release_id = $release_id"
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


def read_model_page(connection: Connection, model_id: str) -> ModelPage:
    """Return everything about one model; raises `UsageError` for an unknown id."""
    key = {"model_id": model_id}
    model = fetch_rows(connection, "select * from models where model_id = $model_id", key)
    if not model:
        raise UsageError(f"no model has the id {model_id!r}", hint="Run `metaboard find TEXT` to search.")
    placed = fetch_rows(connection, "select * from leaderboard where model_id = $model_id", key)
    release = {"release_id": model[0]["release_id"]}
    return ModelPage(
        model=_with_ties(connection, model[0] | (placed[0] if placed else {})),
        boards=fetch_rows(connection, _BOARDS, key),
        release=fetch_rows(connection, _RELEASE, release)[0],
        settings=read_settings(connection, str(release["release_id"])),
        disputed_facts=fetch_rows(
            connection, "select * from disputed_facts where model_id = $model_id order by fact", key
        ),
        scores=fetch_rows(connection, _SCORES, key),
        aliases=fetch_rows(
            connection, "select * from aliases where model_id = $model_id order by source, raw_name", key
        ),
        parents=fetch_rows(
            connection, "select * from lineage where model_id = $model_id order by relation, parent_id", key
        ),
        children=fetch_rows(
            connection, "select * from lineage where parent_id = $model_id order by relation, model_id", key
        ),
        history=fetch_rows(connection, _HISTORY, key),
    )


def _with_ties(connection: Connection, model: Row) -> Row:
    if model.get("tie_group") is None:
        return model
    counted = fetch_rows(
        connection,
        "select count(*) - 1 as others from leaderboard where track = $track and tie_group = $tie_group",
        {"track": model["track"], "tie_group": model["tie_group"]},
    )
    return model | {"tied_with": counted[0]["others"]}


@dataclass(frozen=True)
class ComparisonRow:
    """One row of a comparison: the shared columns, and the values of each model by `model_id`."""

    shared: Row
    values: dict[str, Row]


@dataclass(frozen=True)
class Comparison:
    """Several models side by side, in the requested order."""

    models: list[Row]
    boards: list[ComparisonRow]
    """One row per leaderboard that lists at least one of them."""
    scores: list[ComparisonRow]
    """One row per benchmark that at least two of them share."""


def compare_models(connection: Connection, model_ids: Sequence[str]) -> Comparison:
    """Compare two or more different models; raises `UsageError` for fewer or repeated ones."""
    if len(set(model_ids)) < max(2, len(model_ids)):
        raise UsageError(
            "there is nothing to compare", hint=f"Give two or more different models, not {', '.join(model_ids)}."
        )
    pages = [read_model_page(connection, model_id) for model_id in model_ids]
    scores = _join_tables(
        {str(page.model["model_id"]): page.scores for page in pages}, ("benchmark", "source", "title", "metric")
    )
    return Comparison(
        models=[page.model for page in pages],
        boards=_join_tables(
            {str(page.model["model_id"]): page.boards for page in pages},
            ("source", "title", "short_title", "in_rank", "models", "score_unit"),
        ),
        scores=[row for row in scores if len(row.values) > 1],
    )


def _join_tables(tables: Mapping[str, Sequence[Row]], shared: Sequence[str]) -> list[ComparisonRow]:
    """Join one table per model on the first `shared` column, in the order of first occurrence."""
    joined: dict[object, ComparisonRow] = {}
    for model_id, table in tables.items():
        for row in table:
            compared = joined.setdefault(row[shared[0]], ComparisonRow({name: row[name] for name in shared}, {}))
            compared.values[model_id] = {name: value for name, value in row.items() if name not in shared}
    return list(joined.values())
