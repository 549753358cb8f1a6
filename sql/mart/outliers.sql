-- Outliers: scores far from the scores of models of about the same size and kind. The table does not give the cause.
-- grain: model_id, benchmark
-- reads: input_outliers, models
-- columns:
--   model_id | the canonical id of the model
--   benchmark | the benchmark, as `source/name`
--   kind_group | pretrained, tuned or merge: the group of models that the score is compared with
--   direction | high or low
--   score | the score on the benchmark's own scale
--   usual | the median score of the compared models
--   robust_z | the distance from the median, in robust standard deviations
--   q_value | the expected share of false discoveries among scores that are at least this unusual
--   n_window | the number of compared models
--   window_low_b | the smallest of them, in billions of parameters
--   window_high_b | the largest of them, in billions of parameters
--   flagged | whether a leaderboard flagged the model; this project does not flag models
--   reason | the same facts in one sentence
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
