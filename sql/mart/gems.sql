-- Gems: models with a high ability for their size and few downloads or likes.
-- A gem has evidence A, or B with three benchmarks or more. It is no copy, no leaderboard flagged it, its size is not disputed, and it is above its base model if that has an ability.
-- grain: model_id
-- reads: input_gems, models, outlier_models
-- columns:
--   model_id | the canonical id of the model
--   kind | pretrained, continuously_pretrained, fine_tuned, chat, merge, multimodal, embedding or other
--   license | the licence, as a leaderboard or the Hub states it
--   params_b | the number of parameters, in billions
--   ability | its ability
--   ability_low | the lower end of its 90 % interval
--   ability_high | the upper end of its 90 % interval
--   usual_ability | the median ability of models of about the same size
--   better_than | the share of these models whose ability is below `ability_low`
--   n_window | the number of these models
--   evidence | A: two or more leaderboards; B: one leaderboard
--   benchmarks | the number of benchmarks on which the ability rests
--   open_weights | whether the weights can be downloaded
--   has_outliers | whether it has unusually good scores, see `outlier_models`: check these first
--   downloads | downloads from the Hub in the last 30 days; null if unknown
--   likes | likes on the Hub; null if unknown
--   reason | the same facts in one sentence
-- checks:
--   better_than between 0 and 1
--   evidence in ('A', 'B')
--   not exists (select 1 from models as m where m.model_id = gems.model_id and (m.params_disputed or m.flagged or m.copy_of is not null))
select
    g.model_id,
    m.kind,
    m.license,
    g.params_b,
    g.ability,
    g.ability_low,
    g.ability_high,
    g.usual_ability,
    g.better_than,
    g.n_window,
    g.evidence,
    g.benchmarks,
    m.open_weights,
    g.model_id in (select model_id from outlier_models where direction = 'high') as has_outliers,
    g.downloads,
    g.likes,
    g.reason
from input_gems as g
inner join models as m using (model_id)
order by g.ability_low - g.usual_ability desc, g.model_id
