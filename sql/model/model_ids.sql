-- Every name that was ever published, with the model id that it keeps: the registry of published ids.
-- It also has the names that no leaderboard lists now. `docs/ids.md` says what keeps an id and what moves it.
-- grain: source, raw_name
-- reads: input_model_ids
-- columns:
--   source | the id of the leaderboard that uses the name
--   raw_name | the name as the leaderboard spells it
--   model_id | the canonical id of the model
--   rung | the match rule by which the name got the id: hf_id, curated, hf_id_folded, normalized_tail or own
--   published_on | the day from which the name has this id
--   former_id | the id that the name had before; null if it never had another one
--   reason | why its id changed; null if it never had another one
-- checks:
--   model_id is not null
--   published_on is not null
--   former_id is null or former_id <> model_id
--   (former_id is null) = (reason is null)
select
    source,
    raw_name,
    model_id,
    rung,
    published_on,
    former_id,
    reason
from input_model_ids
order by source, raw_name
