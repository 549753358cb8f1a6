-- Where the leaderboards meet: one row per lineage, by its best model on each kind of leaderboard.
-- The rank is by expected Borda over the within-board percentiles of the best models, among families on two kinds of leaderboard or more.
-- grain: family
-- reads: input_families
-- columns:
--   family | the root of the lineage: the base model that the others descend from
--   rank | the place among families on two kinds of leaderboard or more; null for the others
--   rank_low | the best place that the data allow, 90 % interval
--   rank_high | the worst place that the data allow, 90 % interval
--   boards | on how many of Open LLM, Arena and MTEB the family has a model
--   best_open_llm_model | its best model on the Open LLM Leaderboard, v2 before v1
--   best_open_llm_rank | that model's place there
--   best_arena_model | its best model on Chatbot Arena, style control before plain text
--   best_arena_rank | that model's place there
--   best_mteb_model | its best embedding model on MTEB, English before Multilingual before the others
--   best_mteb_rank | that model's place there
--   models | how many of its models a leaderboard ranks
-- checks:
--   boards between 1 and 3
--   (rank is null) = (boards < 2)
--   rank is null or rank between rank_low and rank_high
select
    family,
    rank,
    rank_low,
    rank_high,
    boards,
    best_open_llm_model,
    best_open_llm_rank,
    best_arena_model,
    best_arena_rank,
    best_mteb_model,
    best_mteb_rank,
    models
from input_families
order by rank nulls last, boards desc, models desc, family
