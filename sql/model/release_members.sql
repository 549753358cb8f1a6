-- The models of each release in order; the first is its default setting.
-- The default setting is the model with scores on most leaderboards of the combined rank, where editions of one leaderboard count once; then the one with the fewest stated settings (effort, thinking, budget); then one that is no preview; then the newest build; then the one with the id of the release; then the last id in the alphabet. Flagged models and copies come after all others. `docs/releases.md` has the rule with examples.
-- grain: model_id
-- reads: models, scores, sources
-- columns:
--   release_id | the release; see `releases`
--   model_id | one of its models: a setting, a dated build or a copy
--   place | its position in the release, from 1; the default setting is 1
-- checks:
--   place between 1 and (select count(*) from models as m where m.release_id = release_members.release_id)
with counted as (
    select
        s.model_id,
        count(distinct coalesce(o.board_group, s.source)) as boards
    from scores as s
    inner join sources as o using (source)
    where o.in_rank and s.same_as is null and s.measured_by is distinct from 'self_reported'
    group by s.model_id
)

select
    m.release_id,
    m.model_id,
    row_number() over (
        partition by m.release_id
        order by
            m.flagged or m.copy_of is not null,
            coalesce(c.boards, 0) desc,
            if(m.effort is null, 0, 1) + if(m.thinking is null, 0, 1) + if(m.thinking_budget is null, 0, 1),
            regexp_matches(m.model_id, '(?i)[-_](preview|exp|experimental|beta)([-_]|$)'),
            coalesce(m.snapshot_on, m.released_on) desc nulls last,
            m.model_id != m.release_id,
            m.model_id desc
    ) as place
from models as m
left join counted as c using (model_id)
order by m.release_id, place
