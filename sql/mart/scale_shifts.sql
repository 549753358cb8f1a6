-- How far the arbitrary scale of a leaderboard has moved since the calibration, measured on the models of the reference cohort.
-- grain: track, benchmark
-- reads: input_scale_shifts
-- columns:
--   track | llm or embedding
--   benchmark | the benchmark, as `source/name`
--   shift | the median change of the cohort's scores, in the benchmark's unit; null if fewer than ten models have both scores
--   n_models | the number of models of the cohort with both scores
--   spread | the median absolute deviation of the changes
select
    track,
    benchmark,
    shift,
    n_models,
    spread
from input_scale_shifts
order by track desc, benchmark
