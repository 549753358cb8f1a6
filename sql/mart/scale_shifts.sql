-- How far a leaderboard's arbitrary scale has moved since the calibration, told by the models of the reference cohort.
-- grain: track, benchmark
-- reads: input_scale_shifts
-- columns:
--   track | llm or embedding
--   benchmark | the leaderboard and its benchmark
--   shift | the median change of the cohort's scores, in the benchmark's unit; null where fewer than ten models tell
--   n_models | how many models of the cohort tell it
--   spread | the median absolute deviation of the changes
select
    track,
    benchmark,
    shift,
    n_models,
    spread
from input_scale_shifts
order by track desc, benchmark
