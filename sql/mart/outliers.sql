-- Outliers: scores that are unusual for the size of the model, or far from what its other scores predict. The table does not give the cause.
-- A row has one reason or more. `size`: the score is far from the scores of models of about the same size, kind and date. `other_scores`: it is far from what the other scores of the model predict. `other_boards`: a whole leaderboard, or the only score there, is far from what the other leaderboards predict. `docs/discover.md` has the rules.
-- grain: model_id, benchmark
-- reads: input_outliers, models, benchmarks
-- columns:
--   model_id | the canonical id of the model
--   benchmark | the benchmark, as `source/name`; the leaderboard, as `source`, if all its scores together are unusual
--   source | the leaderboard
--   kind_group | pretrained, tuned, merge or embedding: the group of models that the score is compared with; null if the kind is unknown
--   direction | high: better than usual; low: worse
--   reasons | size, other_scores, other_boards: the reasons that hold
--   score | the score on the benchmark's own scale; of a whole leaderboard, the ability that its scores alone give
--   usual | the median score of the compared models of about the same size; null without the reason size
--   robust_z | the distance from it, in robust standard deviations; positive if better
--   q_value | the expected share of false discoveries among scores that are at least this unusual for their size
--   n_window | the number of compared models
--   window_low_b | the smallest of them, in billions of parameters
--   window_high_b | the largest of them, in billions of parameters
--   window_first_on | the release day of the oldest of them; null if models of any date are compared
--   window_last_on | the release day of the newest of them
--   predicted | what the other scores of the model predict; null without the reasons other_scores and other_boards
--   predicted_low | the lower end of the 90 % interval of the prediction
--   predicted_high | the upper end of the 90 % interval of the prediction
--   residual_z | the distance from the prediction, in standard deviations of the prediction; positive if better
--   residual_q_value | the expected share of false discoveries among scores that are at least this far from their prediction
--   other_scores | the number of scores that predict it
--   other_boards | the number of other leaderboards among them
--   kept_share | the share of the usual or predicted score, counted from that of a guesser, which the model reaches; null if the scale has no lowest score or less is better
--   flagged | whether a leaderboard flagged the model; this project does not flag models
--   reason | the same facts in one sentence
-- checks:
--   direction in ('high', 'low')
--   len(reasons) between 1 and 3
--   q_value is null or q_value between 0 and 1
--   residual_q_value is null or residual_q_value between 0 and 1
--   list_contains(reasons, 'size') = (usual is not null)
--   (list_contains(reasons, 'other_scores') or list_contains(reasons, 'other_boards')) = (predicted is not null)
select
    o.model_id,
    o.benchmark,
    o.board as source,
    o.kind_group,
    o.direction,
    o.reasons,
    o.score,
    o.usual,
    o.robust_z,
    o.q_value,
    o.n_window,
    o.window_low_b,
    o.window_high_b,
    o.window_first_on,
    o.window_last_on,
    o.predicted,
    o.predicted_low,
    o.predicted_high,
    o.residual_z,
    o.residual_q_value,
    o.other_scores,
    o.other_boards,
    case
        when b.higher_is_better
            then (o.score - coalesce(b.chance, b.scale_low)) / nullif(coalesce(o.usual, o.predicted) - coalesce(b.chance, b.scale_low), 0)
    end as kept_share,
    m.flagged,
    o.reason
from input_outliers as o
inner join models as m using (model_id)
left join benchmarks as b using (benchmark)
order by greatest(abs(o.robust_z), abs(o.residual_z)) desc, o.model_id, o.benchmark
