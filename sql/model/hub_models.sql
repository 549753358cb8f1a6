-- What the Hugging Face Hub said of each id that `metaboard enrich` asked it for; empty where it never ran.
-- grain: hub_id
-- reads: input_hub_models, input_models
-- columns:
--   hub_id | the id as it was asked for
--   model_id | the model that it is here; null for one that no leaderboard lists
--   status | found; renamed, where the Hub answers with another id; missing, where it shows none; gated, where it shows nothing to this caller
--   renamed_to | the id that the Hub answers with, where it is another
--   rename | verified, where the two ids differ in the owner only; unverified ones are never followed
--   applies | whether what the Hub says is of the model that the leaderboards mean; nothing is taken over where not
--   evidence | what that was decided on
--   author | the account that owns the repository
--   created_at | when the repository was made, UTC; the Hub gives 2 March 2022 to all older ones
--   last_modified | when it was last changed, UTC
--   downloads | downloads in the 30 days before it was asked
--   likes | likes, as the Hub says
--   gated | whether a reader must ask for the weights: no, auto or manual
--   license | the licence that the model's card states
--   base_models | what the model was made from, as its card states
--   relation | how: finetune, adapter, merge or quantized
--   params_b | parameters, in billions, where the Hub's count can be believed
--   params_source | where the count is from: safetensors or gguf
--   pipeline_tag | the task that the Hub files it under
--   epoch | which repository under this id: 2 where another owner, birth or target was seen once, and so on
--   epoch_reason | what was seen
--   retrieved_at | when the Hub first said this, UTC
-- checks:
--   status in ('found', 'renamed', 'missing', 'gated')
--   (status = 'renamed') = (renamed_to is not null)
--   applies is not null
--   not (applies and rename is not distinct from 'unverified')
--   params_b is null or params_b > 0
with folded as (
    select
        lower(model_id) as id,
        min(model_id) as model_id
    from input_models
    group by all
)

select
    h.hub_id,
    coalesce(as_asked.model_id, as_answered.model_id) as model_id,
    h.status,
    h.renamed_to,
    h.rename,
    h.applies,
    h.evidence,
    h.author,
    h.created_at,
    h.last_modified,
    h.downloads,
    h.likes,
    h.gated,
    h.license,
    h.base_models,
    h.relation,
    h.params_b,
    h.params_source,
    h.pipeline_tag,
    h.epoch,
    h.epoch_reason,
    h.retrieved_at
from input_hub_models as h
left join folded as as_asked on as_asked.id = lower(h.hub_id)
left join folded as as_answered on as_answered.id = lower(h.renamed_to) and h.rename = 'verified'
order by h.hub_id
