-- Every model that a leaderboard lists, with its facts.
-- Each fact comes from the first leaderboard in `sources` that states it, else from the Hub if `metaboard enrich` requested it.
-- grain: model_id
-- reads: input_models, input_entries, aliases, sources, lineage, standings, hub_models
-- columns:
--   model_id | the canonical id: the Hugging Face repository, or `organization/name` for a model without public weights
--   name | the name for display
--   track | llm; embedding if an embedding leaderboard lists it
--   kind | pretrained, continuously_pretrained, fine_tuned, chat, merge, multimodal, embedding or other
--   organization | the organization that made the model
--   family | the base model from which its family descends
--   base_model | the model from which it was made directly
--   copy_of | the model of which it is a mirror or quantization, if a leaderboard ranks that model
--   params_b | the number of parameters, in billions
--   active_params_b | the number of parameters that one token uses, in billions; null if it uses all or the number is unknown
--   license | the licence, as a leaderboard or the model's card states it
--   open_weights | whether the weights can be downloaded
--   flagged | whether a leaderboard flagged it; this project does not flag models
--   merged | whether a leaderboard lists it as a merge of other models
--   released_on | the day of its release or upload
--   likes | likes on the Hub, as the leaderboard or else the Hub gives them
--   downloads | downloads from the Hub in the 30 days before the request; null before `metaboard enrich`
--   names | the number of its raw names over all leaderboards
-- checks:
--   track in ('llm', 'embedding')
--   params_b is null or params_b > 0
with facts as (
    select
        a.model_id,
        if(bool_or(s.track = 'embedding'), 'embedding', 'llm') as track,
        arg_min(e.kind, s.priority) filter (where e.kind is not null) as kind,
        arg_min(e.params_b, s.priority) filter (where e.params_b is not null) as params_b,
        arg_min(e.active_params_b, s.priority) filter (where e.active_params_b is not null) as active_params_b,
        arg_min(e.license, s.priority) filter (where e.license is not null) as license,
        arg_min(e.open_weights, s.priority) filter (where e.open_weights is not null) as open_weights,
        coalesce(bool_or(e.flagged), false) as flagged,
        coalesce(bool_or(e.merged), false) as merged,
        min(e.released_on) as released_on,
        max(e.likes) as likes,
        count(distinct a.raw_name) as names
    from aliases as a
    inner join sources as s using (source)
    left join input_entries as e using (source, raw_name)
    group by a.model_id
),

hub as (
    select
        model_id,
        params_b,
        license,
        likes,
        downloads
    from hub_models
    where applies and model_id is not null
    qualify row_number() over (partition by model_id order by lower(hub_id) = lower(model_id) desc, hub_id) = 1
),

bases as (
    select
        model_id,
        parent_id as base_model
    from lineage
    where relation in ('finetune_of', 'merge_of', 'adapter_of', 'embedding_of', 'quantized', 'same_weights')
    qualify row_number() over (partition by model_id order by relation in ('quantized', 'same_weights'), relation, parent_id) = 1
),

copies as (
    select
        model_id,
        parent_id as copy_of
    from lineage
    where relation in ('quantized', 'same_weights') and parent_id in (select model_id from standings)
    qualify row_number() over (partition by model_id order by relation, parent_id) = 1
)

select
    m.model_id,
    m.name,
    f.track,
    f.kind,
    m.organization,
    m.family,
    b.base_model,
    c.copy_of,
    coalesce(f.params_b, h.params_b) as params_b,
    f.active_params_b,
    coalesce(f.license, h.license) as license,
    f.open_weights,
    f.flagged,
    f.merged,
    f.released_on,
    coalesce(f.likes, h.likes) as likes,
    h.downloads,
    f.names
from input_models as m
inner join facts as f using (model_id)
left join hub as h using (model_id)
left join bases as b using (model_id)
left join copies as c using (model_id)
order by m.model_id
