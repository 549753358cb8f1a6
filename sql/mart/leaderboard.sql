-- The combined rank table: one row per model, with its rank and score on every leaderboard.
-- Each leaderboard has the columns `<prefix>_rank` and `<prefix>_<score>`, as `sources` names them; a leaderboard that publishes intervals also has their ends. Lines with words in braces stand for one line per leaderboard.
-- The rank is by ability inside each track. `rank_low` and `rank_high` show its uncertainty.
-- A model has no rank if a leaderboard flagged it, if it is a copy of a ranked model, or if its ability is extrapolated (evidence C).
-- grain: model_id
-- reads: models, standings, scores, sources, input_abilities, input_rank_boards
-- columns:
--   model_id | the canonical id of the model
--   name | the name for display
--   track | llm or embedding; models of different tracks are not comparable
--   rank | the combined rank inside the track, by ability; null for flagged, copied or extrapolated models
--   rank_low | the best rank in the 90 % rank interval
--   rank_high | the worst rank in the 90 % rank interval
--   percentile | the share, in %, of the other ranked models of the track that it is better than: 100 is the first place, 0 the last
--   clearly_better | how many ranked models of the track are clearly better: the 90 % interval of the difference of the abilities does not hold 0
--   not_told_apart | how many ranked models of the track are neither clearly better nor clearly worse
--   clearly_worse | how many ranked models of the track are clearly worse
--   ability | the position on the latent scale of the track; the reference cohort has mean 1000 and standard deviation 100
--   ability_low | the lower end of its 90 % interval
--   ability_high | the upper end of its 90 % interval
--   evidence | A: two or more leaderboards; B: one leaderboard; C: extrapolated from few scores
--   boards | the number of leaderboards on which its ability rests: each has a score of it that enters the combined rank
--   rests_on | the short titles of these leaderboards
--   benchmarks | the number of benchmarks on which its ability rests
--   newest_on | the publish date of the newest edition of these leaderboards; null if none of them has a date
--   mean_win_rate | the mean of its win rates on these leaderboards; see `standings.win_rate`
--   {rank} | the rank on {title}: {order}
--   {score} | its overall score there: {unit}
--   {low} | the lower end of its interval there
--   {high} | the upper end of its interval there
--   kind | pretrained, continuously_pretrained, fine_tuned, chat, merge, multimodal, embedding or other
--   params_b | the number of parameters, in billions
--   params_disputed | whether its name or base model contradicts `params_b`; see `models.params_disputed`
--   license | the licence, as a leaderboard or the Hub states it
--   open_weights | whether the weights can be downloaded
--   organization | the organization that made the model
--   family | the base model from which its family descends
--   base_model | the model from which it was made directly
--   copy_of | the ranked model of which it is a mirror or quantization
--   flagged | whether a leaderboard flagged it; this project does not flag models
--   merged | whether a leaderboard lists it as a merge of other models
--   release_id | its release: what people call a model, over its settings, dated builds and copies; see `releases`
--   effort | its reasoning effort: minimal, low, medium, high, xhigh or max; null if not stated
--   thinking | whether it thinks before it answers; null if not stated
--   thinking_budget | the most tokens that it may think; null if not stated
--   snapshot_on | the day of the build in its name; see `models.snapshot_on`
--   precision | the precision of its weights; see `models.precision`
-- checks:
--   rank is null or rank >= 1
--   rank is null or rank between rank_low and rank_high
--   rank is null or percentile between 0 and 100
--   rank is null or clearly_better < rank
--   rank is null or clearly_better + not_told_apart + clearly_worse + 1 = (select count(l.rank) from leaderboard as l where l.track = leaderboard.track)
--   rank is null or not flagged
--   rank is null or copy_of is null
--   rank is null or evidence in ('A', 'B')
--   ability is null or ability between ability_low and ability_high
--   {rank} is null or {rank} >= 1
--   {score} is null or {score} between coalesce({low}, {score}) and coalesce({high}, {score})
--   boards = len(rests_on)
--   benchmarks >= boards
with combined as (
    select
        r.model_id,
        count(*) as boards,
        list(s.short_title order by s.priority) as rests_on,
        sum(r.benchmarks)::bigint as benchmarks,
        max(s.published_on) as newest_on,
        avg(p.win_rate) as mean_win_rate
    from input_rank_boards as r
    inner join sources as s using (source)
    left join standings as p using (model_id, source)
    group by r.model_id
),

by_model as (
    select
        model_id,
        max(rank) filter (where source = {source}) as {rank},
        max(score) filter (where source = {source}) as {score},
        max(score_low) filter (where source = {source}) as {low},
        max(score_high) filter (where source = {source}) as {high},
    from standings
    group by model_id
),

listed as (
    -- A model without a place on any leaderboard has a row if it has a score.
    select model_id from standings
    union
    select model_id from scores
)

select
    m.model_id,
    m.name,
    m.track,
    a.rank,
    a.rank_low,
    a.rank_high,
    a.percentile,
    a.clearly_better,
    a.not_told_apart,
    a.clearly_worse,
    a.ability,
    a.ability_low,
    a.ability_high,
    a.evidence,
    coalesce(c.boards, 0) as boards,
    coalesce(c.rests_on, []) as rests_on,
    coalesce(c.benchmarks, 0) as benchmarks,
    c.newest_on,
    c.mean_win_rate,
    w.{rank},
    w.{score},
    w.{low},
    w.{high},
    m.kind,
    m.params_b,
    m.params_disputed,
    m.license,
    m.open_weights,
    m.organization,
    m.family,
    m.base_model,
    m.copy_of,
    m.flagged,
    m.merged,
    m.release_id,
    m.effort,
    m.thinking,
    m.thinking_budget,
    m.snapshot_on,
    m.precision
from listed
inner join models as m using (model_id)
left join by_model as w using (model_id)
left join combined as c using (model_id)
left join input_abilities as a using (model_id)
order by m.track desc, a.rank nulls last, a.ability desc nulls last, m.model_id
