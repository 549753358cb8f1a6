-- Every model that a leaderboard lists, with its facts.
-- Each fact comes from the first leaderboard in `sources` that states it, else from the Hub if `metaboard enrich` requested it.
-- grain: model_id
-- reads: input_models, input_entries, input_name_facts, input_name_sizes, aliases, sources, lineage, standings, hub_models
-- columns:
--   model_id | the canonical id: the Hugging Face repository, or `organization/name` for a model without public weights
--   name | the name for display
--   track | llm; embedding if an embedding leaderboard lists it
--   kind | pretrained, continuously_pretrained, fine_tuned, chat, merge, multimodal, embedding or other; the word of the leaderboard, unless its name or lineage contradicts it: see `disputed_facts`
--   board_kind | the kind that a leaderboard states
--   organization | the organization that made the model, under one name; the ids of its models can have other prefixes, see `organization_names`
--   family | the base model from which its family descends, by the most trusted edges of `lineage`
--   base_model | the model from which it was made directly, by the most trusted edge of `lineage`
--   copy_of | the model of which it is a mirror or quantization, if a leaderboard ranks that model
--   params_b | the number of parameters, in billions, as a leaderboard or the Hub states it
--   params_disputed | whether its name, or the size of its base model, differs from `params_b` by more than half; filters by size leave the model out, see `disputed_facts`
--   active_params_b | the number of parameters that one token uses, in billions; null if it uses all or the number is unknown
--   license | the licence, as a leaderboard or the model's card states it
--   open_weights | whether the weights can be downloaded
--   flagged | whether a leaderboard flagged it; this project does not flag models
--   merged | whether a leaderboard lists it as a merge of other models
--   released_on | the day of its release or upload
--   likes | likes on the Hub, as the leaderboard or else the Hub gives them
--   downloads | downloads from the Hub in the 30 days before the request; null before `metaboard enrich`
--   names | the number of its raw names over all leaderboards
--   release_id | its release: what people call a model, over its settings, dated builds and copies; see `releases`
--   effort | its reasoning effort, as a leaderboard or its name states it: minimal, low, medium, high, xhigh or max; null if neither does
--   thinking | whether it thinks before it answers, as a leaderboard or its name states it; null if neither does
--   thinking_budget | the most tokens that it may think, as a leaderboard or its name states it; null if neither does
--   snapshot_on | the day of the build in its name; the first day of the month if the name has only a month; for a day without a year, the last such day before a leaderboard first listed it, if that was within half a year and not in the oldest known edition, else null
--   precision | the precision of its weights, as its name or else its only listing states it; null if listings differ
--   is_official | whether it is a known organization's own model, in a namespace of that organization
-- checks:
--   track in ('llm', 'embedding')
--   params_b is null or params_b > 0
--   release_id is not null
--   effort is null or effort in ('minimal', 'low', 'medium', 'high', 'xhigh', 'max')
--   thinking_budget is null or thinking_budget > 0
with facts as (
    select
        a.model_id,
        if(bool_or(s.track = 'embedding'), 'embedding', 'llm') as track,
        arg_min(e.kind, s.priority) filter (where e.kind is not null) as board_kind,
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

sizes as (
    select
        f.model_id,
        any_value(coalesce(f.params_b, h.params_b)) as params_b,
        count(n.size_b) > 0 as is_in_name,
        -- 1.57 is MAX_SIZE_RATIO of `aggregator/identity/parameter_count.py`.
        bool_or(greatest(n.size_b, coalesce(f.params_b, h.params_b)) <= 1.57 * least(n.size_b, coalesce(f.params_b, h.params_b))) as agrees
    from facts as f
    left join hub as h using (model_id)
    left join input_name_sizes as n using (model_id)
    group by f.model_id
),

bases as (
    select
        model_id,
        parent_id as base_model,
        relation
    from lineage
    where relation in ('finetune_of', 'merge_of', 'adapter_of', 'embedding_of', 'quantized', 'same_weights')
    qualify row_number() over (
        partition by model_id
        -- A name or the Hub that identifies a copy is more precise than a leaderboard, which states no relation.
        order by if(relation in ('quantized', 'same_weights') and source in ('name', 'hub'), 4.5, trust) desc, relation, parent_id
    ) = 1
),

disputed as (
    -- A fine-tuned model is as large as its base model, a merge at least as large.
    select s.model_id
    from sizes as s
    inner join facts as f using (model_id)
    left join bases as b using (model_id)
    left join sizes as p on p.model_id = b.base_model and coalesce(p.agrees, true)
    where case
            when s.params_b is null then false
            when s.is_in_name then not s.agrees
            -- A small embedding model can be a distilled large one.
            when f.track = 'embedding' then false
            when b.relation = 'finetune_of' then greatest(s.params_b, p.params_b) > 1.57 * least(s.params_b, p.params_b)
            when b.relation = 'merge_of' then p.params_b > 1.57 * s.params_b
        end
),

pretraining as (
    -- Organizations with a model that a leaderboard calls pretrained.
    select m.organization
    from input_models as m
    inner join facts as f using (model_id)
    inner join input_name_facts as n using (model_id)
    where n.is_official and f.board_kind = 'pretrained'
    group by m.organization
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
    case
        when f.track = 'embedding' or f.board_kind = 'multimodal' then f.board_kind
        when f.board_kind = 'pretrained' and n.named_kind in ('chat', 'fine_tuned', 'merge') then n.named_kind
        when f.board_kind = 'pretrained' and (f.merged or b.relation = 'merge_of') then 'merge'
        when f.board_kind = 'pretrained' and b.relation in ('finetune_of', 'adapter_of') then 'continuously_pretrained'
        when f.board_kind in ('fine_tuned', 'other')
            and n.named_kind = 'pretrained'
            and b.base_model is null
            and m.organization in (select organization from pretraining) then 'pretrained'
        else f.board_kind
    end as kind,
    f.board_kind,
    m.organization,
    m.family,
    b.base_model,
    c.copy_of,
    coalesce(f.params_b, h.params_b) as params_b,
    m.model_id in (select model_id from disputed) as params_disputed,
    f.active_params_b,
    coalesce(f.license, h.license) as license,
    f.open_weights,
    f.flagged,
    f.merged,
    f.released_on,
    coalesce(f.likes, h.likes) as likes,
    h.downloads,
    f.names,
    m.release_id,
    m.effort,
    m.thinking,
    m.thinking_budget,
    m.snapshot_on,
    m.precision,
    n.is_official
from input_models as m
inner join facts as f using (model_id)
left join input_name_facts as n using (model_id)
left join hub as h using (model_id)
left join bases as b using (model_id)
left join copies as c using (model_id)
order by m.model_id
