-- Models with unusual scores: one row per model and direction, those with the most and best checked reasons first.
-- A score that is high only next to the model's other ones is left out if those are themselves low: unusually low on the same leaderboard, or broken (`broken_scores`).
-- grain: model_id, direction
-- reads: outliers, broken_scores, models
-- columns:
--   model_id | the canonical id of the model
--   track | llm or embedding
--   direction | high: better than usual; low: worse
--   place | its place in this list among the models of the track and direction
--   reasons | the distinct reasons of its rows in `outliers`: size, other_scores, other_boards
--   is_dated | whether a score was compared with models of about the same date, or with other scores of the model
--   n_scores | the number of its rows in `outliers` with this direction
--   sources | the leaderboards of these rows
--   largest_z | the largest distance among them, in standard deviations
--   is_broken | whether scores of the model look broken, see `broken_scores`
--   flagged | whether a leaderboard flagged the model; this project does not flag models
--   explanations | one sentence per row, with the benchmark, the largest distance first
-- checks:
--   direction in ('high', 'low')
--   n_scores = len(explanations)
--   place >= 1
with broken as (
    select distinct model_id from broken_scores
),

kept as (
    select
        o.*,
        o.model_id in (select model_id from broken) as is_broken,
        greatest(abs(o.robust_z), abs(o.residual_z)) as distance
    from outliers as o
    where
        o.direction = 'low'
        or list_contains(o.reasons, 'size')
        or not (
            o.model_id in (select model_id from broken)
            or exists (
                select 1 from outliers as p
                where p.model_id = o.model_id and p.source = o.source and p.direction = 'low'
            )
        )
),

grouped as (
    select
        model_id,
        direction,
        list_sort(list_distinct(flatten(list(reasons)))) as reasons,
        bool_or(window_first_on is not null or predicted is not null) as is_dated,
        count(*) as n_scores,
        list_sort(list_distinct(list(source))) as sources,
        max(distance) as largest_z,
        bool_or(is_broken) as is_broken,
        list(benchmark || ': ' || reason order by distance desc, benchmark) as explanations
    from kept
    group by model_id, direction
)

select
    g.model_id,
    m.track,
    g.direction,
    row_number() over (
        partition by m.track, g.direction
        order by len(g.reasons) desc, g.is_dated desc, g.largest_z desc, g.model_id
    ) as place,
    g.reasons,
    g.is_dated,
    g.n_scores,
    g.sources,
    g.largest_z,
    g.is_broken,
    m.flagged,
    g.explanations
from grouped as g
inner join models as m using (model_id)
order by m.track desc, g.direction, place
