-- Every raw name of every leaderboard and date, with the model id to which it belongs.
-- grain: source, raw_name
-- reads: input_aliases
-- columns:
--   source | the id of the leaderboard that uses the name
--   raw_name | the name as the leaderboard spells it
--   model_id | the canonical id of the model
--   rung | the match rule that decided: hf_id, curated, hf_id_folded, normalized_tail or own
--   confidence | the confidence of the match rule, from 0 to 1
--   evidence | the facts behind the decision
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
