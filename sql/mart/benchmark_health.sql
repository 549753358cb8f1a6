-- The health of every benchmark of the combined rank: whether it still separates the better models, and whether it has drifted from the others.
-- Each benchmark is compared with the abilities of its models from the other leaderboards.
-- grain: benchmark
-- reads: input_benchmark_health, benchmarks
-- columns:
--   benchmark | the benchmark, as `source/name`; `source/(overall)` is the overall score of the leaderboard
--   source | the leaderboard
--   track | llm or embedding
--   domain | what it measures; null for an overall score
--   n_models | the number of ranked models with a score
--   n_judged | the number of these that another leaderboard measures too, by other results; with fewer than 20 the benchmark is not judged, and the columns below are null
--   ceiling_share | of the better third of these models, the share whose score is within noise of the best score
--   discrimination | the correlation of the scores with the abilities from the other leaderboards
--   discrimination_top | the same among the better third
--   drift | how many points of ability a year newer models are rated higher than by the other leaderboards; negative if lower
--   drift_error | the standard error of `drift`
--   is_saturated | whether it does not discriminate, or is at its ceiling: with 95 % confidence, the correlation or the slope among the better third is less than half of what it should be
--   is_drifted | whether the drift is 10 points a year or more, and three standard errors
--   weight | the factor on its precision in the calibration, 0 to 1; 1 if it was not saturated when the calibration was made
--   reason | the same facts in one sentence
-- checks:
--   weight > 0 and weight <= 1
--   ceiling_share is null or ceiling_share between 0 and 1
--   discrimination is null or discrimination between -1 and 1
--   n_judged <= n_models
select
    h.benchmark,
    split_part(h.benchmark, '/', 1) as source,
    h.track,
    b.domain,
    h.n_models,
    h.n_judged,
    h.ceiling_share,
    h.discrimination,
    h.discrimination_top,
    h.drift,
    h.drift_error,
    h.is_saturated,
    h.is_drifted,
    h.weight,
    h.reason
from input_benchmark_health as h
left join benchmarks as b using (benchmark)
order by h.track desc, h.benchmark
