"""Select the models to look up on the Hugging Face Hub, best ranked first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from aggregator import warehouse
from aggregator.identity.hub_metadata import HubModel

WANTED = r"""
with named as (
    -- Models with open weights: those that a board names by a Hub id, and those that a board calls open.
    select a.model_id, min(s.rank) as rank
    from aliases as a
    inner join models as m using (model_id)
    left join standings as s using (model_id)
    where a.rung in ('hf_id', 'hf_id_folded') or m.open_weights
    group by a.model_id
),

parents as (
    select parent_id as model_id, null::bigint as rank
    from lineage
    where parent_id not in (select model_id from models)
)

select model_id
from (from named union all by name from parents)
where not starts_with(model_id, 'quarantine/') and regexp_full_match(model_id, '[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9._-]+)?')
group by model_id
order by min(rank) nulls last, model_id
"""


def wanted_ids(home: Path) -> list[str]:
    """Return the ids of the current generation that can be on the Hub, sorted by their best rank on any board."""
    with warehouse.open_read_only(home / "current" / warehouse.DATABASE) as connection:
        return [str(row[0]) for row in connection.execute(WANTED).fetchall()]


def all_ids(wanted: Iterable[str], kept: Mapping[str, HubModel]) -> list[str]:
    """Return the wanted ids and the ids looked up before: another account can take over an id that no board names now."""
    return list({hub_id.lower(): hub_id for hub_id in (*(model.hub_id for model in kept.values()), *wanted)}.values())


def due_ids(wanted: Iterable[str], kept: Mapping[str, HubModel], before: datetime) -> list[str]:
    """Return the ids to look up: new ones in the order of `wanted`, then those last checked before `before`, oldest first.

    `kept` has the stored metadata by id in lower case.
    """
    new = [hub_id for hub_id in dict.fromkeys(wanted) if hub_id.lower() not in kept]
    old = sorted((m for m in kept.values() if m.checked_at < before), key=lambda m: (m.checked_at, m.hub_id))
    return new + [model.hub_id for model in old]


def group_by_author(hub_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the ids by author, in the order of their first id; ids without an author are under the empty string."""
    groups: dict[str, list[str]] = {}
    for hub_id in hub_ids:
        groups.setdefault(hub_id.rpartition("/")[0], []).append(hub_id)
    return groups
