-- The frozen calibration of each track: the scores that it was fitted on, and its hash.
-- grain: track
-- reads: input_calibrations
-- columns:
--   track | llm or embedding
--   n_models | the number of models that it was fitted on
--   n_cohort | the number of models in the reference cohort; their abilities have mean 1000 and standard deviation 100
--   n_draws | the number of bootstrap draws
--   benchmarks | the benchmarks that it covers
--   data_hash | the SHA-256 of the scores that it was fitted on
-- checks:
--   n_draws >= 1
select
    track,
    n_models,
    n_cohort,
    n_draws,
    benchmarks,
    data_hash
from input_calibrations
order by track desc
