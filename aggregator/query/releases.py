"""Read one release: its id by any name, and its settings and builds with their place on each leaderboard."""

from aggregator.query.queries import Connection, Row, fetch_rows
from aggregator.query.search import find_model_id

_BY_ID = (
    "select release_id from releases where lower(release_id) = lower($text) order by release_id = $text desc limit 1"
)
_BY_MODEL = "select release_id from models where model_id = $model_id"

_SETTINGS = """
select
    m.model_id,
    m.name,
    m.effort,
    m.thinking,
    m.thinking_budget,
    m.snapshot_on,
    m.precision,
    m.copy_of,
    m.flagged,
    m.model_id = r.model_id as is_default,
    l.rank
from releases as r
inner join models as m on list_contains(r.models, m.model_id)
left join leaderboard as l on l.model_id = m.model_id
where r.release_id = $release_id
order by list_position(r.models, m.model_id)
"""
_PLACES = """
select s.model_id, s.source, b.short_title, s.rank, s.score
from standings as s
inner join models as m using (model_id)
inner join sources as b using (source)
where m.release_id = $release_id
order by b.priority
"""


def find_release_id(connection: Connection, text: str) -> str:
    """Return the release that `text` names: by its id, else by the model that `text` means.

    Raises `UnresolvedModelError` as `find_model_id` does.
    """
    found = fetch_rows(connection, _BY_ID, {"text": text.strip()})
    if not found:
        found = fetch_rows(connection, _BY_MODEL, {"model_id": find_model_id(connection, text)})
    return str(found[0]["release_id"])


def default_setting(connection: Connection, model_id: str) -> str | None:
    """Return the default setting of the release whose id is `model_id`, None if no release has this id."""
    found = fetch_rows(connection, "select model_id from releases where release_id = $id", {"id": model_id})
    return str(found[0]["model_id"]) if found else None


def read_settings(connection: Connection, release_id: str) -> list[Row]:
    """Return the models of a release, the default setting first, each with `boards`: its place on every leaderboard."""
    key = {"release_id": release_id}
    boards: dict[object, list[Row]] = {}
    for row in fetch_rows(connection, _PLACES, key):
        boards.setdefault(row.pop("model_id"), []).append(row)
    return [row | {"boards": boards.get(row["model_id"], [])} for row in fetch_rows(connection, _SETTINGS, key)]
