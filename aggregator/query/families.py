"""Families of one track, by what their models reached within limits of size and licence."""

from aggregator.query.queries import Connection, Row, fetch_rows

_FAMILIES = """
with matching as (
    select l.*
    from leaderboard as l
    where
        l.track = $track
        and l.rank is not null
        and ($max_params_b is null or (l.params_b <= $max_params_b and not l.params_disputed))
        and ($license is null or contains(lower(l.license), lower($license)))
        and (not $open_weights or l.open_weights)
),

best as (
    select
        family,
        arg_min(model_id, rank) as best_model_id,
        min(rank) as best_rank,
        arg_min(ability, rank) as best_ability,
        arg_min(ability_low, rank) as best_ability_low,
        arg_min(ability_high, rank) as best_ability_high,
        arg_min({'p': params_b}, rank).p as best_params_b,
        arg_min({'l': license}, rank).l as best_license,
        count(*) as matching_models
    from matching
    where family is not null
    group by family
    -- One model alone says nothing about its descendants.
    having not $is_filtered or count(*) > 1
)

select f.*, b.* exclude (family), base.ability as base_ability
from families as f
inner join best as b using (family)
left join leaderboard as base on base.model_id = f.family and base.track = $track
order by if($is_filtered, b.best_rank, f.rank) nulls last, f.boards desc, f.models desc, f.family
limit $n
"""


def list_families(
    connection: Connection,
    n: int,
    *,
    track: str = "llm",
    max_params_b: float | None = None,
    license_text: str | None = None,
    open_weights: bool = False,
) -> list[Row]:
    """Return the first `n` families with a ranked model of the track that matches, each with its best such model.

    Without limits they are in the order of `families`. With limits, a family needs two
    matching models, and the one with the better model comes first.
    `best_…` are facts of that model, `base_ability` is the ability of the model from which the family descends, and
    `matching_models` the number of matching models.
    """
    values = {
        "track": track,
        "max_params_b": max_params_b,
        "license": license_text,
        "open_weights": open_weights,
        "is_filtered": max_params_b is not None or license_text is not None or open_weights,
        "n": n,
    }
    return fetch_rows(connection, _FAMILIES, values)
