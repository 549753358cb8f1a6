-- The combined rank table: one row per model, with its rank and score on every leaderboard.
-- The rank is by ability inside each track. `rank_low` and `rank_high` show its uncertainty.
-- A model has no rank if a leaderboard flagged it, if it is a copy of a ranked model, or if its ability is extrapolated (evidence C).
-- grain: model_id
-- reads: models, standings, sources, input_abilities
-- columns:
--   model_id | the canonical id of the model
--   name | the name for display
--   track | llm or embedding; models of different tracks are not comparable
--   rank | the combined rank inside the track, by ability; null for flagged, copied or extrapolated models
--   rank_low | the best rank in the 90 % rank interval
--   rank_high | the worst rank in the 90 % rank interval
--   tie_group | models of the same group cannot be distinguished by the data; group 1 is the best
--   ability | the position on the latent scale of the track; the reference cohort has mean 1000 and standard deviation 100
--   ability_low | the lower end of its 90 % interval
--   ability_high | the upper end of its 90 % interval
--   evidence | A: two or more leaderboards; B: one leaderboard; C: extrapolated from few scores
--   boards | the number of leaderboards of the combined rank that list the model
--   mean_win_rate | the mean of its win rates on these leaderboards; see `standings.win_rate`
--   open_llm_v2_rank | the rank on the Open LLM Leaderboard v2
--   open_llm_v2_score | the mean of its six normalised scores there, 0–100
--   open_llm_v1_rank | the rank on the Open LLM Leaderboard v1
--   open_llm_v1_score | the mean of its six accuracies there, 0–100; not comparable with v2
--   arena_rank | the rank on Chatbot Arena, text with style control: one plus the number of models whose whole interval is higher
--   arena_rating | the rating there, on an Elo-like scale
--   arena_rating_low | the lower end of its interval
--   arena_rating_high | the upper end of its interval
--   arena_text_rank | the rank on Chatbot Arena, text without style control: one plus the number of models whose whole interval is higher
--   arena_text_rating | the rating there, on an Elo-like scale
--   mteb_rank | MTEB's own Borda rank on MTEB(eng, v2)
--   mteb_score | the mean over its tasks, 0–1; null if the result of a task is missing
--   mteb_multilingual_rank | MTEB's own Borda rank on MTEB(Multilingual, v2)
--   mteb_chinese_rank | MTEB's own Borda rank on MTEB(cmn, v1)
--   rteb_rank | MTEB's own Borda rank on RTEB(eng, beta)
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
--   rank is null or not flagged
--   rank is null or copy_of is null
--   rank is null or evidence in ('A', 'B')
--   ability is null or ability between ability_low and ability_high
--   arena_rating is null or arena_rating between arena_rating_low and arena_rating_high
with combined as (
    select
        p.model_id,
        count(*) as boards,
        avg(p.win_rate) as mean_win_rate
    from standings as p
    inner join sources as s using (source)
    inner join models as m using (model_id)
    where s.in_rank and s.track = m.track
    group by all
),

by_model as (
    select
        model_id,
        max(rank) filter (where source = 'open_llm_v2') as open_llm_v2_rank,
        max(score) filter (where source = 'open_llm_v2') as open_llm_v2_score,
        max(rank) filter (where source = 'open_llm_v1') as open_llm_v1_rank,
        max(score) filter (where source = 'open_llm_v1') as open_llm_v1_score,
        max(rank) filter (where source = 'arena_text_style_control') as arena_rank,
        max(score) filter (where source = 'arena_text_style_control') as arena_rating,
        max(score_low) filter (where source = 'arena_text_style_control') as arena_rating_low,
        max(score_high) filter (where source = 'arena_text_style_control') as arena_rating_high,
        max(rank) filter (where source = 'arena_text') as arena_text_rank,
        max(score) filter (where source = 'arena_text') as arena_text_rating,
        max(rank) filter (where source = 'mteb_eng_v2') as mteb_rank,
        max(score) filter (where source = 'mteb_eng_v2') as mteb_score,
        max(rank) filter (where source = 'mteb_multilingual_v2') as mteb_multilingual_rank,
        max(rank) filter (where source = 'mteb_cmn_v1') as mteb_chinese_rank,
        max(rank) filter (where source = 'rteb_eng') as rteb_rank
    from standings
    group by model_id
)

select
    m.model_id,
    m.name,
    m.track,
    a.rank,
    a.rank_low,
    a.rank_high,
    a.tie_group,
    a.ability,
    a.ability_low,
    a.ability_high,
    a.evidence,
    coalesce(c.boards, 0) as boards,
    c.mean_win_rate,
    w.* exclude (model_id),
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
from by_model as w
inner join models as m using (model_id)
left join combined as c using (model_id)
left join input_abilities as a using (model_id)
order by m.track desc, a.rank nulls last, a.ability desc nulls last, m.model_id
