-- One row per family: its best model on each kind of leaderboard, and its rank over the kinds.
-- Each family gets the percentile of its best model on each kind of leaderboard; the rank is by expected Borda over these percentiles. Only families on two or more kinds of leaderboard have a rank.
-- grain: family
-- reads: input_families
-- columns:
--   family | the base model from which all models of the family descend
--   rank | the rank among families on two or more kinds of leaderboard; null for the others
--   rank_low | the best rank in the 90 % rank interval
--   rank_high | the worst rank in the 90 % rank interval
--   boards | the number of kinds of leaderboard (Open LLM, Arena, MTEB) with a model of the family
--   best_open_llm_model | its best model on the Open LLM Leaderboard; v2 has priority over v1
--   best_open_llm_rank | the rank of that model there
--   best_arena_model | its best model on Chatbot Arena; the table with style control has priority over plain text
--   best_arena_rank | the rank of that model there
--   best_mteb_model | its best embedding model on MTEB; English has priority over Multilingual, and Multilingual over the others
--   best_mteb_rank | the rank of that model there
--   models | the number of its models that a leaderboard ranks
-- checks:
--   boards between 1 and 3
--   (rank is null) = (boards < 2)
--   rank is null or rank between rank_low and rank_high
select *
from input_families
order by rank nulls last, boards desc, models desc, family
