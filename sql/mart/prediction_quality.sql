-- The quality of the predictions, measured by cross-validation: each score is predicted by a fit without it.
-- grain: benchmark
-- reads: input_prediction_quality
-- columns:
--   benchmark | the benchmark, `source/name`; `source/(overall)` is the overall score of the leaderboard
--   n_cells | the number of scores that were hidden and predicted, of models on several leaderboards
--   mean_absolute_error | the mean absolute difference of prediction and score, on the benchmark's own scale
--   coverage_90 | the share of scores inside the 90 % interval
--   mean_width_90 | the mean width of the 90 % interval, on the benchmark's own scale
-- checks:
--   coverage_90 between 0 and 1
--   n_cells > 0
select
    benchmark,
    n_cells,
    mean_absolute_error,
    coverage_90,
    mean_width_90
from input_prediction_quality
order by benchmark
