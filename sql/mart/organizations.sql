-- One row per organization: its best model on each kind of leaderboard, and its rank over the kinds.
-- Each organization gets the percentile of its best model on each kind of leaderboard; the rank is by expected Borda over these percentiles. Only organizations on two or more kinds of leaderboard have a rank.
-- grain: organization
-- reads: input_organizations
-- columns:
--   organization | the organization that made the models
--   rank | the rank among organizations on two or more kinds of leaderboard; null for the others
--   rank_low | the best rank in the 90 % rank interval
--   rank_high | the worst rank in the 90 % rank interval
--   boards | the number of kinds of leaderboard with a model of the organization; `sources.board_group` names the kinds
--   {best_model} | its best model on {boards}; the first of these leaderboards that lists one of its models counts
--   {best_rank} | the rank of that model there
--   models | the number of its models that a leaderboard ranks
-- checks:
--   boards >= 1
--   (rank is null) = (boards < 2)
--   rank is null or rank between rank_low and rank_high
select
    organization,
    rank,
    rank_low,
    rank_high,
    boards,
    {best_model},
    {best_rank},
    models
from input_organizations
order by rank nulls last, boards desc, models desc, organization
