-- Models that are strong for their size and that few people have found.
-- grain: model_id
-- reads: input_gems, models
-- columns:
--   model_id | the model's identity
--   kind | pretrained, continuously_pretrained, fine_tuned, chat, merge, multimodal, embedding or other
--   license | the licence, as a leaderboard writes it
--   params_b | parameters, in billions
--   ability | its ability
--   ability_low | the low end of the 90 % interval
--   ability_high | the high end of the 90 % interval
--   usual_ability | the median ability of models of about its size
--   better_than | the share of those models below the low end of its ability
--   n_window | how many models that is
--   downloads | downloads on the Hub in the last 30 days, where known
--   likes | likes on the Hub when a leaderboard last looked
--   reason | the same in a sentence
-- checks:
--   better_than between 0 and 1
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
    g.downloads,
    g.likes,
    g.reason
from input_gems as g
inner join models as m using (model_id)
order by g.ability - g.usual_ability desc, g.model_id
