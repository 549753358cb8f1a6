-- What a model was made from, or is a copy of: one typed edge a row.
-- grain: model_id, relation, parent_id, source
-- reads: input_lineage
-- columns:
--   model_id | the child
--   relation | same_weights, quantized, snapshot_of, mode_of, finetune_of, merge_of, adapter_of, embedding_of or superseded_by
--   parent_id | what it was made from, is a copy of, or was replaced by
--   source | who says so: a leaderboard, `curated`, `name` or `hub`
--   evidence | the words or link that say so
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
