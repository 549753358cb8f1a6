-- Estimated Arena ratings of models that have Open LLM scores but no Arena rating. An estimate does not replace a rating.
-- grain: model_id
-- reads: input_arena_estimates
-- columns:
--   model_id | the canonical id of the model
--   estimate | the estimated rating on Chatbot Arena, text with style control; null if there is no estimate
--   low | the lower end of its 90 % interval
--   high | the upper end of its 90 % interval
--   reason | why there is no estimate; null if there is one
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
