-- One row per release: what people call a model, over its settings, dated builds and copies.
-- Its ability rests on the scores of all its settings: on each leaderboard those of its default setting, or of its best setting there if the default one is not listed. So leaderboards that test different settings count together. `release_members` has the order of its models, and `docs/releases.md` the rule with examples.
-- grain: release_id
-- reads: models, release_members, leaderboard, sources, standings, input_rank_boards, input_release_abilities
-- columns:
--   release_id | the id of the release: that of its plain model if there is one, else the id without settings and date
--   name | the name for display
--   track | llm or embedding, as the default setting; releases of different tracks are not comparable
--   rank | the rank among the releases of the track, by ability; null for releases of flagged models and of extrapolated ability
--   rank_low | the best rank in its 90 % rank interval, counted in releases
--   rank_high | the worst rank in its 90 % rank interval, counted in releases
--   percentile | the share, in %, of the other ranked releases of the track that it is better than: 100 is the first place, 0 the last
--   clearly_better | how many ranked releases of the track are clearly better: the 90 % interval of the difference of the abilities does not hold 0
--   not_told_apart | how many ranked releases of the track are neither clearly better nor clearly worse
--   clearly_worse | how many ranked releases of the track are clearly worse
--   model_id | the default setting
--   best_model_id | the setting with the best combined rank; the default setting if none has a rank
--   best_rank | the rank of the best setting among all models of the track, as in `leaderboard`
--   settings | the number of its models: settings, dated builds and copies
--   models | the ids of its models; the default setting is the first
--   boards | the number of leaderboards with a score of one of its models that enters the combined rank
--   on_boards | the short titles of these leaderboards; the default setting itself rests on `leaderboard.rests_on`
--   benchmarks | the number of benchmarks on which its ability rests: on each of these leaderboards, those of the setting that represents it there
--   newest_on | the publish date of the newest edition of these leaderboards; null if none of them has a date
--   evidence | A: two or more leaderboards; B: one leaderboard; C: extrapolated from few scores
--   ability | the ability of the release, on the scale of `leaderboard.ability`
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
--   boards = len(on_boards)
--   benchmarks >= boards
--   settings = len(models)
--   settings = len(list_distinct(models))
--   model_id = models[1]
--   list_contains(models, best_model_id)
--   not exists (select 1 from models as m where m.release_id = releases.release_id and not list_contains(releases.models, m.model_id))
--   settings = (select count(*) from models as m where m.release_id = releases.release_id)
--   rank is null or rank >= 1
--   rank is null or rank between rank_low and rank_high
--   rank is null or percentile between 0 and 100
--   rank is null or clearly_better < rank
--   rank is null or clearly_better + not_told_apart + clearly_worse + 1 = (select count(r.rank) from releases as r where r.track = releases.track)
--   best_rank is null or rank is not null
--   ability is null or ability between ability_low and ability_high
--   rank is null or evidence in ('A', 'B')
--   best_rank is null or best_rank <= coalesce((select l.rank from leaderboard as l where l.model_id = releases.model_id), best_rank)
--   not exists (select 1 from models as m where m.model_id = releases.release_id and m.release_id != releases.release_id)
with members as (
    select
        m.*,
        r.place,
        l.rank
    from release_members as r
    inner join models as m using (model_id)
    left join leaderboard as l using (model_id)
),

on_board as (
    -- As in `release_standings`: the default setting represents its release, else the setting with the best rank there.
    select
        m.release_id,
        r.source,
        arg_min(
            r.benchmarks, (m.flagged or m.copy_of is not null, m.place > 1, coalesce(p.rank, 9223372036854775807), m.place)
        ) as benchmarks
    from members as m
    inner join input_rank_boards as r using (model_id)
    left join standings as p using (model_id, source)
    group by m.release_id, r.source
),

listed as (
    select
        o.release_id,
        count(*) as boards,
        list(s.short_title order by s.priority) as on_boards,
        sum(o.benchmarks)::bigint as benchmarks,
        max(s.published_on) as newest_on
    from on_board as o
    inner join sources as s using (source)
    group by o.release_id
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
)

select
    g.release_id,
    coalesce(regexp_extract(g.release_id, '/(.*)$', 1), g.release_id) as name,
    m.track,
    a.rank,
    a.rank_low,
    a.rank_high,
    a.percentile,
    a.clearly_better,
    a.not_told_apart,
    a.clearly_worse,
    g.model_id,
    coalesce(g.best_model_id, g.model_id) as best_model_id,
    g.best_rank,
    g.settings,
    g.models,
    coalesce(b.boards, 0) as boards,
    coalesce(b.on_boards, []) as on_boards,
    coalesce(b.benchmarks, 0) as benchmarks,
    b.newest_on,
    -- A release of flagged models has no rank; its ability is that of its default setting.
    if(a.release_id is null, l.evidence, a.evidence) as evidence,
    if(a.release_id is null, l.ability, a.ability) as ability,
    if(a.release_id is null, l.ability_low, a.ability_low) as ability_low,
    if(a.release_id is null, l.ability_high, a.ability_high) as ability_high,
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
left join listed as b on b.release_id = g.release_id
left join leaderboard as l on l.model_id = g.model_id
left join input_release_abilities as a on a.release_id = g.release_id
order by m.track desc, a.rank nulls last, ability desc nulls last, g.release_id
