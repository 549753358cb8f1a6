-- Every model's place by each way of combining the leaderboards; `from ranked_by('mean_win_rate')` joins it to the names.
-- grain: method, model_id
-- reads: input_method_ranks
-- columns:
--   method | ability, mean_win_rate, mteb_borda, expected_borda or bradley_terry
--   track | llm or embedding; there is no order across tracks
--   model_id | the model's identity
--   rank | its place inside the track, equal scores share the better one
--   rank_low | the best place that the data allow, 90 % interval; null where none was computed
--   rank_high | the worst place that the data allow, 90 % interval; null where none was computed
--   score | what the method counts, in its own unit
--   coverage | the share of the track's benchmarks that saw the model
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
