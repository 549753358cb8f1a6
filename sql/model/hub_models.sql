-- Hub metadata: the answer of the Hugging Face Hub for each id that `metaboard enrich` requested. Empty if it never ran.
-- grain: hub_id
-- reads: input_hub_models, input_models
-- columns:
--   hub_id | the requested id
--   model_id | the canonical id of the model; null if no leaderboard lists it
--   status | found, renamed (the Hub answers with another id), missing (the Hub shows no repository) or gated (the Hub shows nothing
--     to this account)
--   renamed_to | the id in the answer if it is another id
--   rename | verified if the two ids differ only in the owner and the spelling of the name, else unverified; an unverified
--     rename is not followed
--   applies | whether the metadata is valid for the model that the leaderboards evaluated; other metadata is not used
--   evidence | the facts behind `applies`
--   author | the account that owns the repository
--   created_at | when the repository was created, UTC; the Hub gives 2 March 2022 for all older ones
--   last_modified | when the repository was last changed, UTC
--   downloads | downloads in the 30 days before the request
--   likes | likes on the Hub
--   gated | whether users must request access to the weights: no, auto or manual
--   license | the licence on the model's card
--   base_models | the base models on the model's card
--   relation | how it was made from them: finetune, adapter, merge or quantized
--   params_b | the number of parameters, in billions; null if the Hub's count is not reliable
--   params_source | the file format of the count: safetensors or gguf
--   pipeline_tag | the task on the Hub
--   epoch | 1 for the first repository under this id; one more for each takeover
--   epoch_reason | the facts behind the last takeover
--   retrieved_at | when the Hub first gave this answer, UTC
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
