-- The agreement of two leaderboards, or of two benchmarks: the rank correlation on the models that they share.
-- Pairs with five models in common or more, for two benchmarks twenty. Whether one benchmark is saturated or has drifted from the others is in `benchmark_health`.
-- grain: grain, left_name, right_name, published_on, shared
-- reads: input_agreement
-- columns:
--   grain | board, benchmark or date; board: two leaderboards by their mean win rates; date: one dated edition of a leaderboard, by its overall score, with the newest edition of another
--   left_name | the first leaderboard or benchmark; if grain is date, the benchmark with the overall score of the edition
--   right_name | the second leaderboard or benchmark
--   published_on | the publish date of the edition if grain is date, else 1970-01-01
--   shared | the models that are compared: `shared`: all models on both leaderboards at that date; `fixed`: only models on both at every date
--   n_models | the number of models that are compared
--   spearman | Spearman's rank correlation
--   spearman_low | the lower end of its 90 % bootstrap interval
--   spearman_high | the upper end of its 90 % bootstrap interval
--   kendall | Kendall's tau-b
--   kendall_low | the lower end of its 90 % bootstrap interval
--   kendall_high | the upper end of its 90 % bootstrap interval
-- checks:
--   n_models >= 5
--   spearman between -1 and 1
--   kendall between -1 and 1
select
    grain,
    left_name,
    right_name,
    published_on,
    shared,
    n_models,
    spearman,
    spearman_low,
    spearman_high,
    kendall,
    kendall_low,
    kendall_high
from input_agreement
order by all
