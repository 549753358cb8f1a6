-- The domains of the combined rank: the weight of each in the overall ability, and what measures it.
-- All domains of a track have the same weight, however many leaderboards measure them. For an order by your own weights: `domain_rank`.
-- grain: track, domain
-- reads: input_domain_weights
-- columns:
--   track | llm or embedding
--   domain | what the benchmarks measure, as in `benchmarks.domain`
--   weight | the weight in the overall ability; the weights of a track have the sum 1
--   deviation | the standard deviation of the models' abilities in the domain around their overall ability, from the calibration
--   benchmarks | the number of its benchmarks in the calibration
--   boards | the number of leaderboards that these benchmarks belong to
-- checks:
--   weight > 0
--   deviation > 0
--   benchmarks >= boards
--   boards > 0
select
    track,
    domain,
    weight,
    deviation,
    benchmarks,
    boards
from input_domain_weights
order by track desc, domain
