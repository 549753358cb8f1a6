-- Every name that occurs on any board or date, and the model that it is.
-- grain: source, raw_name
-- reads: input_aliases
-- columns:
--   source | the leaderboard that uses the name
--   raw_name | the name as the leaderboard spells it
--   model_id | the model's identity
--   rung | the rule that placed the name: hf_id, curated, hf_id_folded, normalized_tail or own
--   confidence | how sure the rung is, from 0 to 1
--   evidence | what the decision rests on
-- checks:
--   model_id is not null
--   confidence between 0 and 1
select
    source,
    raw_name,
    model_id,
    rung,
    confidence,
    evidence
from input_aliases
order by source, raw_name
