-- The combined rank table: one row per model, every leaderboard's rank and score side by side.
-- The rank is inside each track, by the ability that the scores show, and is never more certain than `rank_low` to `rank_high`.
-- Models that a leaderboard flagged, copies of a ranked model, and models whose ability is extrapolated (evidence C) have no rank.
-- grain: model_id
-- reads: models, standings, sources, input_abilities
-- columns:
--   model_id | the model's identity
--   name | the name to show
--   track | llm or embedding; there is no order across tracks
--   rank | the combined place inside the track, by ability; null where flagged, a copy or extrapolated
--   rank_low | the best place that the data allow, 90 % interval
--   rank_high | the worst place that the data allow, 90 % interval
--   tie_group | models of one group are not told apart by the data; group 1 is the best
--   ability | what the scores say of the model: on this scale the reference cohort has mean 1000 and standard deviation 100
--   ability_low | the low end of the 90 % interval
--   ability_high | the high end of the 90 % interval
--   evidence | A: two leaderboards or more; B: one leaderboard; C: extrapolated from few scores
--   boards | how many leaderboards that take part in the combined rank list the model
--   mean_win_rate | the mean share of other models that it stands above, over those leaderboards
--   open_llm_v2_rank | place on the Open LLM Leaderboard v2
--   open_llm_v2_score | mean of its six normalised scores, 0–100
--   open_llm_v1_rank | place on the Open LLM Leaderboard v1
--   open_llm_v1_score | mean of its six accuracies, 0–100; not comparable with v2
--   arena_rank | one plus the number of models surely better on Chatbot Arena, text with style control
--   arena_rating | the rating there, Elo-like scale
--   arena_rating_low | the low end of its interval
--   arena_rating_high | the high end of its interval
--   arena_text_rank | one plus the number of models surely better on Chatbot Arena, text without style control
--   arena_text_rating | the rating there, Elo-like scale
--   mteb_rank | MTEB's own Borda rank on MTEB(eng, v2)
--   mteb_score | mean over its tasks, 0–1; null while a task is missing
--   mteb_multilingual_rank | MTEB's own Borda rank on MTEB(Multilingual, v2)
--   mteb_chinese_rank | MTEB's own Borda rank on MTEB(cmn, v1)
--   rteb_rank | MTEB's own Borda rank on RTEB(eng, beta)
--   kind | pretrained, continuously_pretrained, fine_tuned, chat, merge, multimodal, embedding or other
--   params_b | parameters, in billions
--   license | the licence, as a leaderboard writes it
--   open_weights | whether its weights can be downloaded
--   organization | who made it
--   family | the root of its lineage
--   base_model | the model that it was made from directly
--   copy_of | the ranked model whose weights these are, as a mirror or quantised
--   flagged | whether a leaderboard flagged it; the leaderboard's judgement, not ours
--   merged | whether a leaderboard lists it as a merge of other models
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

side_by_side as (
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
    m.license,
    m.open_weights,
    m.organization,
    m.family,
    m.base_model,
    m.copy_of,
    m.flagged,
    m.merged
from side_by_side as w
inner join models as m using (model_id)
left join combined as c using (model_id)
left join input_abilities as a using (model_id)
order by m.track desc, a.rank nulls last, a.ability desc nulls last, m.model_id
