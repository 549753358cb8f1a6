-- One row per family: its best model on each kind of leaderboard, and its rank over the kinds.
-- Each family gets the percentile of its best model on each kind of leaderboard; the rank is by expected Borda over these percentiles. Only families on two or more kinds of leaderboard have a rank.
-- grain: family
-- reads: input_families
-- columns:
--   family | the base model from which all models of the family descend
--   rank | the rank among families on two or more kinds of leaderboard; null for the others
--   rank_low | the best rank in the 90 % rank interval
--   rank_high | the worst rank in the 90 % rank interval
--   boards | the number of kinds of leaderboard with a model of the family; `sources.board_group` names the kinds
--   {best_model} | its best model on {boards}; the first of these leaderboards that lists one of its models counts
--   {best_rank} | the rank of that model there
--   models | the number of its models that a leaderboard ranks
-- checks:
--   boards >= 1
--   (rank is null) = (boards < 2)
--   rank is null or rank between rank_low and rank_high
select
    family,
    rank,
    rank_low,
    rank_high,
    boards,
    {best_model},
    {best_rank},
    models
from input_families
order by rank nulls last, boards desc, models desc, family
