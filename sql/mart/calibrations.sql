-- The frozen scale that abilities are read from: what it was fitted on, and its fingerprint.
-- grain: track
-- reads: input_calibrations
-- columns:
--   track | llm or embedding
--   n_models | how many models it was fitted on
--   n_cohort | how many models are the reference cohort, whose abilities have mean 1000 and standard deviation 100
--   n_draws | how many bootstrap draws it holds
--   benchmarks | which benchmarks it knows
--   data_hash | the SHA-256 over the scores that it was fitted on
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
