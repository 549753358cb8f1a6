-- Names that stand alone and might belong to another model, for a person to review.
-- grain: source, raw_name
-- reads: input_unresolved
-- columns:
--   source | the leaderboard that uses the name
--   raw_name | the name as the leaderboard spells it
--   model_id | the identity that the name has until someone decides
--   reason | why no rule placed it
--   candidates | the nearest known models, nearest first; similarity alone never links
--   best_rank | the best place that the name reached on its leaderboard: how much a decision matters
select
    source,
    raw_name,
    model_id,
    reason,
    candidates,
    best_rank
from input_unresolved
order by best_rank nulls last, source, raw_name
