-- Every model id that was published and that no model has now, with the id of today: one step leads to it.
-- `current_id(id)` follows it.
-- grain: old_id
-- reads: input_model_moves, models
-- columns:
--   old_id | the id that was published
--   new_id | the canonical id of the model today; only when the leaderboards that list it could not be read, no model has it
--   moved_on | the day of the first generation without the old id
--   reason | why it moved: the name that changed, with its evidence
-- checks:
--   old_id not in (select model_id from models)
--   new_id not in (select old_id from model_moves)
--   reason is not null
select
    old_id,
    new_id,
    moved_on,
    reason
from input_model_moves
where old_id not in (select m.model_id from models as m)
order by old_id
