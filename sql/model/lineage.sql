-- Lineage: one typed edge per row, from a model to a model that it was made from or that it copies.
-- grain: model_id, relation, parent_id, source
-- reads: input_lineage
-- columns:
--   model_id | the canonical id of the child
--   relation | same_weights, quantized, snapshot_of, mode_of, finetune_of, merge_of, adapter_of, embedding_of or superseded_by
--   parent_id | the model that it was made from, that it copies, or that replaced it
--   source | where the edge comes from: a leaderboard, `curated`, `name` or `hub`
--   evidence | the text or link behind the edge
-- checks:
--   model_id <> parent_id
select
    model_id,
    relation,
    parent_id,
    source,
    evidence
from input_lineage
order by model_id, relation, parent_id, source
