-- Evaluations that look broken: a model that reaches less than half of the usual scores on two benchmarks or more of one leaderboard.
-- Most of them are merges with mismatched layers, and evaluations with a wrong template or file. A score counts from that of a guesser. The table does not give the cause.
-- grain: model_id, source
-- reads: outliers
-- columns:
--   model_id | the canonical id of the model
--   source | the leaderboard
--   n_benchmarks | the number of benchmarks on which the model reaches less than half of the usual score
--   benchmarks | these benchmarks, the worst first
--   kept_share | the median share of the usual score that the model reaches there; 0 is a guesser
--   kind_group | pretrained, tuned, merge or embedding; null if the kind is unknown
-- checks:
--   n_benchmarks >= 2
--   n_benchmarks = len(benchmarks)
--   kept_share <= 0.5
select
    model_id,
    source,
    count(*) as n_benchmarks,
    list(benchmark order by kept_share, benchmark) as benchmarks,
    median(kept_share) as kept_share,
    any_value(kind_group) as kind_group
from outliers
where direction = 'low' and kept_share <= 0.5
group by model_id, source
having count(*) >= 2
order by n_benchmarks desc, kept_share, model_id, source
