-- One row per release: what people call a model, over its settings, dated builds and copies.
-- The default setting represents the release. It is the ranked model on most leaderboards of the combined rank; then the one with the fewest stated settings (effort, thinking, budget); then one that is no preview; then the newest build; then the one with the id of the release; then the last id in the alphabet. Flagged models, copies and models without a rank represent a release only if it has no ranked model. `docs/releases.md` has the rule with examples.
-- grain: release_id
-- reads: models, leaderboard, standings, sources
-- columns:
--   release_id | the id of the release: that of its plain model if there is one, else the id without settings and date
--   name | the name for display
--   track | llm or embedding, as the default setting; releases of different tracks are not comparable
--   rank | the rank among the releases of the track, by the ability of the default setting; null if the default setting has no rank
--   rank_low | the best rank in its 90 % rank interval, counted in releases
--   rank_high | the worst rank in its 90 % rank interval, counted in releases
--   model_id | the default setting
--   best_model_id | the setting with the best combined rank; the default setting if none has a rank
--   best_rank | the rank of the best setting among all models of the track, as in `leaderboard`
--   settings | the number of its models: settings, dated builds and copies
--   models | the ids of its models; the default setting is the first
--   boards | the number of leaderboards of the combined rank that list one of its models
--   evidence | A: two or more leaderboards list the default setting; B: one leaderboard; C: extrapolated from few scores
--   ability | the ability of the default setting; see `leaderboard.ability`
--   ability_low | the lower end of its 90 % interval
--   ability_high | the upper end of its 90 % interval
--   organization | the organization that made it
--   kind | the kind of the default setting; see `models.kind`
--   params_b | the number of parameters of the default setting, in billions
--   params_disputed | whether that number is disputed; see `models.params_disputed`
--   license | the licence of the default setting
--   open_weights | whether the weights of the default setting can be downloaded
--   released_on | the first day on which one of its models was released
--   family | the base model from which the default setting descends
--   flagged | whether a leaderboard flagged the default setting
-- checks:
--   settings >= 1
--   settings = len(models)
--   settings = len(list_distinct(models))
--   model_id = models[1]
--   list_contains(models, best_model_id)
--   not exists (select 1 from models as m where m.release_id = releases.release_id and not list_contains(releases.models, m.model_id))
--   settings = (select count(*) from models as m where m.release_id = releases.release_id)
--   rank is null or rank >= 1
--   rank is null or rank between rank_low and rank_high
--   (rank is null) = (best_rank is null)
--   best_rank is null or best_rank <= (select l.rank from leaderboard as l where l.model_id = releases.model_id)
--   not exists (select 1 from models as m where m.model_id = releases.release_id and m.release_id != releases.release_id)
with members as (
    select
        m.*,
        l.rank,
        row_number() over (
            partition by m.release_id
            order by
                l.rank is null,
                m.flagged or m.copy_of is not null,
                coalesce(l.boards, 0) desc,
                if(m.effort is null, 0, 1) + if(m.thinking is null, 0, 1) + if(m.thinking_budget is null, 0, 1),
                regexp_matches(m.model_id, '(?i)[-_](preview|exp|experimental|beta)([-_]|$)'),
                coalesce(m.snapshot_on, m.released_on) desc nulls last,
                m.model_id != m.release_id,
                m.model_id desc
        ) as place
    from models as m
    left join leaderboard as l using (model_id)
),

listed as (
    select
        m.release_id,
        count(distinct p.source) as boards
    from members as m
    inner join standings as p using (model_id)
    inner join sources as s using (source)
    where s.in_rank and s.track = m.track
    group by all
),

grouped as (
    select
        release_id,
        arg_min(model_id, place) as model_id,
        arg_min(model_id, (rank, place)) filter (where rank is not null) as best_model_id,
        min(rank) as best_rank,
        count(*) as settings,
        list(model_id order by place) as models,
        min(released_on) as released_on
    from members
    group by release_id
),

ranked as (
    -- The number of releases up to each rank of `leaderboard` turns ranks of models into ranks of releases.
    select
        m.track,
        m.rank,
        count(*) as releases,
        sum(count(*)) over (partition by m.track order by m.rank)::bigint as up_to_here
    from grouped as g
    inner join members as m using (model_id)
    where m.rank is not null
    group by m.track, m.rank
)

select
    g.release_id,
    coalesce(regexp_extract(g.release_id, '/(.*)$', 1), g.release_id) as name,
    m.track,
    own.up_to_here - own.releases + 1 as rank,
    if(m.rank is null, null, coalesce(low.up_to_here, 0) + 1) as rank_low,
    high.up_to_here as rank_high,
    g.model_id,
    coalesce(g.best_model_id, g.model_id) as best_model_id,
    g.best_rank,
    g.settings,
    g.models,
    coalesce(b.boards, 0) as boards,
    l.evidence,
    l.ability,
    l.ability_low,
    l.ability_high,
    m.organization,
    m.kind,
    m.params_b,
    m.params_disputed,
    m.license,
    m.open_weights,
    g.released_on,
    m.family,
    m.flagged
from grouped as g
inner join members as m using (model_id)
left join leaderboard as l using (model_id)
left join listed as b on b.release_id = g.release_id
left join ranked as own on own.track = m.track and own.rank = m.rank
asof left join ranked as low on low.track = m.track and low.rank < l.rank_low
asof left join ranked as high on high.track = m.track and high.rank <= l.rank_high
order by m.track desc, rank nulls last, g.release_id
