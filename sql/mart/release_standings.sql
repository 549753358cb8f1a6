-- The place of each release on each leaderboard: that of its default setting there, and that of its best setting.
-- The default setting on a leaderboard is the first of `releases.models` that the leaderboard lists. Copies and flagged models count only if the leaderboard lists no other model of the release.
-- grain: release_id, source
-- reads: releases, standings, models, sources
-- columns:
--   release_id | the id of the release
--   source | the id of the leaderboard
--   default_model_id | the default setting of the release on this leaderboard
--   default_rank | its rank there; see `standings.rank`
--   default_score | its overall score there, in the unit of the leaderboard
--   best_model_id | the setting of the release with the best rank there
--   best_rank | its rank there
--   best_score | its overall score there
--   settings | the number of models of the release that the leaderboard lists
-- checks:
--   best_rank <= default_rank
--   settings >= 1
--   settings > 1 or best_model_id = default_model_id
--   exists (select 1 from releases as r where r.release_id = release_standings.release_id and list_contains(r.models, default_model_id) and list_contains(r.models, best_model_id))
--   (select r.model_id from releases as r where r.release_id = release_standings.release_id) = default_model_id or not exists (select 1 from standings as s inner join releases as r on r.model_id = s.model_id where r.release_id = release_standings.release_id and s.source = release_standings.source)
with members as (
    select
        release_id,
        unnest(models) as model_id,
        generate_subscripts(models, 1) as place
    from releases
),

listed as (
    select
        m.release_id,
        m.place,
        s.*,
        count(*) over (partition by m.release_id, s.source) as settings,
        f.flagged or f.copy_of is not null as is_unranked
    from members as m
    inner join standings as s using (model_id)
    inner join models as f using (model_id)
),

counted as (
    select *
    from listed
    qualify is_unranked = min(is_unranked) over (partition by release_id, source)
)

select
    c.release_id,
    c.source,
    first(c.model_id order by c.place) as default_model_id,
    first(c.rank order by c.place) as default_rank,
    first(c.score order by c.place) as default_score,
    first(c.model_id order by c.rank, c.place) as best_model_id,
    min(c.rank) as best_rank,
    first(c.score order by c.rank, c.place) as best_score,
    any_value(c.settings) as settings
from counted as c
inner join sources as s using (source)
group by c.release_id, c.source, s.priority
order by s.priority, default_rank, c.release_id
