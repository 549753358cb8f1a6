-- Scores far from those of models of about the same size and kind. Unusual is all that this says; why is for a person to find out.
-- grain: model_id, benchmark
-- reads: input_outliers, models
-- columns:
--   model_id | the model's identity
--   benchmark | the leaderboard and its benchmark
--   kind_group | pretrained, tuned or merge: which models it was held against
--   direction | high or low
--   score | the score on the benchmark's own scale
--   usual | the median of the models that it was held against
--   robust_z | the distance from it, in robust standard deviations
--   q_value | the share of false discoveries among scores at least this unusual
--   n_window | how many models it was held against
--   window_low_b | the smallest of them, in billions of parameters
--   window_high_b | the largest of them, in billions of parameters
--   flagged | whether a leaderboard flagged the model; the leaderboard's judgement, not ours
--   reason | the same in a sentence
-- checks:
--   direction in ('high', 'low')
--   q_value between 0 and 1
select
    o.model_id,
    o.benchmark,
    o.kind_group,
    o.direction,
    o.score,
    o.usual,
    o.robust_z,
    o.q_value,
    o.n_window,
    o.window_low_b,
    o.window_high_b,
    m.flagged,
    o.reason
from input_outliers as o
inner join models as m using (model_id)
order by abs(o.robust_z) desc, o.model_id, o.benchmark
