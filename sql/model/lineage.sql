-- Lineage: one typed edge per row, from a model to a model that it was made from or that it copies.
-- grain: model_id, relation, parent_id, source
-- reads: input_lineage
-- columns:
--   model_id | the canonical id of the child
--   relation | same_weights, quantized, mode_of, finetune_of, merge_of, adapter_of, embedding_of, same_scores or superseded_by
--   parent_id | the model that it was made from, that it copies, that has equal scores, or that replaced it
--   source | where the edge comes from: a leaderboard, `curated`, `name`, `hub` or `scores`
--   trust | 5 curated, 4 the Hub, 3 a leaderboard, 2 the name, 1 equal scores; families and `base_model` use the highest
--   evidence | the text or link behind the edge
-- checks:
--   model_id <> parent_id
--   trust between 1 and 5
select
    model_id,
    relation,
    parent_id,
    source,
    trust,
    evidence
from input_lineage
order by model_id, relation, parent_id, source
