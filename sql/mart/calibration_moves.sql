-- How far each model moved when the calibration was fitted anew: its place and ability on the former calibration and on the present one, with the same scores.
-- Empty if the calibration in use replaced no other one.
-- grain: track, model_id
-- reads: input_calibration_moves
-- columns:
--   track | llm or embedding
--   model_id | the canonical id of the model
--   edition | the name of the calibration that moved it; `calibrations.name` can have further additions, which move no model
--   rank_before | its rank among the models of the track on the former calibration; null without a rank
--   rank_after | its rank on the new calibration
--   ability_before | its ability on the former calibration; null if that measured no score of the model
--   ability_after | its ability on the new calibration
--   moved | `ability_after` minus `ability_before`, in points
-- checks:
--   ability_before is not null or ability_after is not null
select
    track,
    model_id,
    edition,
    rank_before,
    rank_after,
    ability_before,
    ability_after,
    moved
from input_calibration_moves
order by track desc, abs(moved) desc nulls last, model_id
