-- Every model that any leaderboard names, and what is known of it.
-- A fact comes from the first leaderboard in `sources` that states it, else from the Hub where `metaboard enrich` asked it.
-- grain: model_id
-- reads: input_models, input_entries, aliases, sources, lineage, standings, hub_models
-- columns:
--   model_id | the model's identity: its Hugging Face repository, or `vendor/name` where no weights are public
--   name | the name to show
--   track | llm, or embedding when an embedding leaderboard lists it
--   kind | pretrained, continuously_pretrained, fine_tuned, chat, merge, multimodal, embedding or other
--   organization | who made it
--   family | the root of its lineage: the model that it descends from
--   base_model | the model that it was made from directly
--   copy_of | the model whose weights these are, as a mirror or quantised, where a leaderboard ranks that one too
--   params_b | parameters, in billions
--   active_params_b | parameters used for one token, in billions, where fewer than all are
--   license | the licence, as the leaderboard or the model's card writes it
--   open_weights | whether its weights can be downloaded
--   flagged | whether a leaderboard flagged it; the leaderboard's judgement, not ours
--   merged | whether a leaderboard lists it as a merge of other models
--   released_on | the day it was released or uploaded
--   likes | likes on the Hub when the leaderboard last looked, else when we did
--   downloads | downloads on the Hub in the 30 days before it was asked; null until `metaboard enrich` has asked
--   names | how many names it has over all leaderboards
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
