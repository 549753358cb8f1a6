-- The rank of every model by each ranking method; `from ranked_by('mean_win_rate')` joins it to the names.
-- grain: method, model_id
-- reads: input_method_ranks
-- columns:
--   method | ability, mean_win_rate, mteb_borda or expected_borda
--   track | llm or embedding; models of different tracks are not comparable
--   model_id | the canonical id of the model
--   rank | the rank inside the track; equal scores have the same, better rank
--   rank_low | the best rank in the 90 % rank interval; null if it was not computed
--   rank_high | the worst rank in the 90 % rank interval; null if it was not computed
--   score | the score of the method, in its own unit
--   coverage | the share of the track's benchmarks that have a score of the model
-- checks:
--   rank >= 1
--   coverage between 0 and 1
select
    method,
    track,
    model_id,
    rank,
    rank_low,
    rank_high,
    score,
    coverage
from input_method_ranks
order by method, track desc, rank, model_id
