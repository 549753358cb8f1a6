-- How much the order of models changes when another ranking method replaces the ability.
-- grain: track, method
-- reads: input_method_agreement
-- columns:
--   track | llm or embedding
--   method | the other ranking method
--   n_models | the number of models that both methods rank
--   kendall | Kendall's tau-b of the two orders
--   spearman | Spearman's rank correlation of the two orders
--   median_move | the median difference of the two ranks of a model
--   p90_move | the 90th percentile of the difference of the two ranks
--   inside_interval | the share of models whose rank by the method is inside the rank interval of the ability
--   top_shared | the number of models in the first twenty of both methods
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
