"""Read everything about one model."""

from dataclasses import dataclass

from aggregator.errors import UsageError
from aggregator.query.domains import read_domains
from aggregator.query.queries import Connection, Row, fetch_rows
from aggregator.query.releases import read_settings


@dataclass(frozen=True)
class ModelPage:
    """Everything about one model; each list has rows of the table with the same name, unless noted."""

    model: Row
    """The row of `models`, joined with that of `leaderboard` if it exists; `of` counts the ranked models of the track."""
    boards: list[Row]
    """Rows of `standings`, with the titles, the unit and the number of models of the leaderboard, and whether it is in
    the combined rank."""
    release: Row
    """The row of `releases`: its default setting, its rank and its best setting; `of` counts the ranked releases."""
    domains: list[Row]
    """Rows of `domain_abilities`, the least borrowed first: of the release for its default setting, else of the model;
    `of` counts the ranked ones."""
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
_MODEL = """
select *, (select count(o.rank) from leaderboard as o where o.track = l.track) as of
from leaderboard as l
where model_id = $model_id
"""
_RELEASE = """
select * exclude (models), (select count(o.rank) from releases as o where o.track = r.track) as of
from releases as r
where release_id = $release_id
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


def read_model_page(connection: Connection, model_id: str) -> ModelPage:
    """Return everything about one model; raises `UsageError` for an unknown id."""
    key = {"model_id": model_id}
    model = fetch_rows(connection, "select * from models where model_id = $model_id", key)
    if not model:
        raise UsageError(f"no model has the id {model_id!r}", hint="Run `metaboard find TEXT` to search.")
    placed = fetch_rows(connection, _MODEL, key)
    release = fetch_rows(connection, _RELEASE, {"release_id": model[0]["release_id"]})[0]
    return ModelPage(
        model=model[0] | (placed[0] if placed else {}),
        boards=fetch_rows(connection, _BOARDS, key),
        release=release,
        domains=_read_domains(connection, model_id, release),
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


def _read_domains(connection: Connection, model_id: str, release: Row) -> list[Row]:
    """Return the abilities by domain of a release for its default setting, and of the model for another setting."""
    of_release = read_domains(connection, "release", str(release["release_id"]))
    if model_id == release["model_id"] and of_release:
        return of_release
    return read_domains(connection, "setting", model_id) or of_release
