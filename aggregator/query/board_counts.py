"""Read what the current generation has of each leaderboard: its edition, its names, and the models that it shares."""

from aggregator.query.queries import Connection, Row, fetch_rows

_BOARDS = """
with names as (
    select distinct source, raw_name, model_id from standings
    union
    select distinct source, raw_name, model_id from scores
),

boards_of as (
    select
        model_id,
        count(distinct source) as boards
    from names
    group by model_id
),

counted as (
    select
        n.source,
        count(distinct n.raw_name) as names,
        count(distinct n.raw_name) filter (where a.rung <> 'own') as linked_names,
        count(distinct n.model_id) as models,
        count(distinct n.model_id) filter (where b.boards > 1) as shared_models
    from names as n
    inner join aliases as a using (source, raw_name)
    inner join boards_of as b on b.model_id = n.model_id
    group by n.source
),

-- The leaderboards with parameters in a calibration.
fitted as (
    select distinct split_part(unnest(benchmarks), '/', 1) as source
    from calibrations
),

-- The leaderboards with scores that a calibration can read.
measured as (
    select distinct source from scores
    where measured_by <> 'self_reported' and same_as is null
)

select
    r.source,
    r.status,
    r.cause,
    r.message,
    r.rows_read,
    r.rows_accepted as rows,
    s.published_on,
    date_diff('day', s.published_on, current_date) as age_days,
    coalesce(c.names, 0) as names,
    coalesce(c.linked_names, 0) as linked_names,
    coalesce(c.models, 0) as models,
    coalesce(c.shared_models, 0) as shared_models,
    if(f.source is null and w.source is null, null, f.source is not null) as is_calibrated,
    s.in_rank as was_in_rank
from refresh_report as r
left join sources as s using (source)
left join counted as c using (source)
left join fitted as f using (source)
left join measured as w using (source)
"""


def count_boards(connection: Connection) -> dict[str, Row]:
    """Return by leaderboard: status, rows, date, linked names, and models that are on another leaderboard too.

    A name is linked when a match rule gave it the id of a model that is known from another place. `is_calibrated`
    is whether a calibration has parameters for it, null without a measured score; `was_in_rank` is whether it was part
    of the combined rank.
    """
    return {str(row["source"]): row for row in fetch_rows(connection, _BOARDS)}
