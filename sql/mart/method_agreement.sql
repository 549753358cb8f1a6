-- How far each other way of combining the leaderboards moves the order that the ability gives.
-- grain: track, method
-- reads: input_method_agreement
-- columns:
--   track | llm or embedding
--   method | the other way
--   n_models | how many models both ways rank
--   kendall | Kendall's tau-b between the two orders
--   spearman | Spearman's rank correlation between the two orders
--   median_move | the median number of places by which a model moves
--   p90_move | the number of places that nine of ten models do not exceed
--   inside_interval | the share of models whose place stays inside the rank interval of the ability
--   top_shared | how many of the ability's first twenty are among the method's first twenty
-- checks:
--   inside_interval between 0 and 1
--   top_shared between 0 and 20
select
    track,
    method,
    n_models,
    kendall,
    spearman,
    median_move,
    p90_move,
    inside_interval,
    top_shared
from input_method_agreement
order by track desc, kendall desc, method
