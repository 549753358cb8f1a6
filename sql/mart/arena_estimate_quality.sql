-- The quality of the Arena estimates, measured by leave-one-out on the models with both scores and a rating.
-- grain: n_models
-- reads: input_arena_estimate_quality
-- columns:
--   n_models | the number of models on both leaderboards
--   mean_absolute_error | the mean absolute difference of estimate and rating, in rating points
--   r2 | the share of the variance of the ratings that the estimates explain
--   coverage_90 | the share of ratings inside the 90 % interval
--   mean_width_90 | the mean width of the 90 % interval, in rating points
-- checks:
--   coverage_90 between 0 and 1
select
    n_models,
    mean_absolute_error,
    r2,
    coverage_90,
    mean_width_90
from input_arena_estimate_quality
order by n_models
