-- A ballpark of the Arena rating of models that have Open LLM scores and no rating; an estimate, never a rating.
-- grain: model_id
-- reads: input_arena_estimates
-- columns:
--   model_id | the model's identity
--   estimate | the estimated rating on Chatbot Arena, text with style control; null where none is given
--   low | the low end of the 90 % interval
--   high | the high end of the 90 % interval
--   reason | why there is no estimate; null where there is one
-- checks:
--   (estimate is null) = (low is null)
--   estimate is null or estimate between low and high
--   (estimate is null) = (reason is not null)
select
    model_id,
    estimate,
    low,
    high,
    reason
from input_arena_estimates
order by estimate desc nulls last, model_id
