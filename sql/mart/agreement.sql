-- How far two leaderboards, or two benchmarks, put the models that they share into the same order.
-- grain: grain, left_name, right_name, published_on, shared
-- reads: input_agreement
-- columns:
--   grain | board, benchmark, or date (one edition of Chatbot Arena against a leaderboard that has stopped)
--   left_name | one leaderboard or benchmark
--   right_name | the other
--   published_on | the edition's date where grain is date, else the first day of the calendar
--   shared | which models: shared are all that both have; fixed are those that every date of the pair has
--   n_models | how many models both have
--   spearman | Spearman's rank correlation
--   spearman_low | the low end of its 90 % bootstrap interval
--   spearman_high | the high end of its 90 % bootstrap interval
--   kendall | Kendall's tau-b
--   kendall_low | the low end of its 90 % bootstrap interval
--   kendall_high | the high end of its 90 % bootstrap interval
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
