-- Names without a certain match, for review by a person.
-- grain: source, raw_name
-- reads: input_unresolved
-- columns:
--   source | the id of the leaderboard that uses the name
--   raw_name | the name as the leaderboard spells it
--   model_id | the model id of the name until a person decides
--   reason | why no match rule decided
--   candidates | the most similar known models, best first; similarity alone never decides
--   best_rank | the best rank that the name reached on its leaderboard; a measure of the importance of the decision
select
    source,
    raw_name,
    model_id,
    reason,
    candidates,
    best_rank
from input_unresolved
order by best_rank nulls last, source, raw_name
