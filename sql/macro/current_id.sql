-- The id of today of a model id that was published: `select current_id('zhipuai/glm-5')`. Any other text comes back unchanged.
-- An id that a model has now is its own answer; of an old id, `model_moves` has the step, its day and its reason.
-- scalar: id
-- reads: models, model_moves
select coalesce(
    (select any_value(m.model_id) from models as m where m.model_id = id),
    (select any_value(v.new_id) from model_moves as v where v.old_id = id),
    id
)
