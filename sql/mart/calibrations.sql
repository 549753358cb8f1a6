-- The frozen calibration of each track: its name, the scores that it was fitted on, and its hash.
-- grain: track
-- reads: input_calibrations
-- columns:
--   track | llm or embedding
--   name | the name of the edition; `+1` at its end is its first addition of leaderboards; null if it has none
--   dated | the latest publish date of the leaderboards that it was fitted on; null if unknown
--   n_models | the number of models that it was fitted on
--   n_cohort | the number of models in the reference cohort; their abilities have mean 1000 and standard deviation 100
--   n_draws | the number of bootstrap draws
--   benchmarks | the benchmarks that it covers
--   added_benchmarks | those of them that were added later; they count only for models without a score on the others
--   data_hash | the SHA-256 of the scores that it was fitted on
-- checks:
--   n_draws >= 1
select
    track,
    name,
    dated,
    n_models,
    n_cohort,
    n_draws,
    benchmarks,
    added_benchmarks,
    data_hash
from input_calibrations
order by track desc
