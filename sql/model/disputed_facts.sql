-- Disputed facts: what a leaderboard states of a model, where its name or lineage shows another value.
-- grain: model_id, fact
-- reads: models, input_name_facts, input_name_sizes
-- columns:
--   model_id | the canonical id of the model
--   fact | params_b or kind
--   value | the value that a leaderboard or the Hub states
--   other_value | the value by the name or lineage; for `kind` it is the one in `models`
--   reason | where the other value comes from
-- checks:
--   fact in ('params_b', 'kind')
--   value <> other_value
with sizes as (
    select
        m.model_id,
        m.params_b,
        arg_min(n.size_b, abs(ln(n.size_b / m.params_b))) as named_b,
        any_value(b.model_id) as base_model,
        any_value(b.params_b) as base_b
    from models as m
    left join input_name_sizes as n using (model_id)
    left join models as b on b.model_id = m.base_model
    where m.params_disputed
    group by m.model_id, m.params_b
)

select
    model_id,
    'params_b' as fact,
    params_b::varchar as value,
    coalesce(named_b, base_b)::varchar as other_value,
    if(named_b is null, 'the size of its base model ' || base_model, 'the size in its name') as reason
from sizes

union all

select
    m.model_id,
    'kind' as fact,
    m.board_kind as value,
    m.kind as other_value,
    case
        when n.named_kind = m.kind and m.kind = 'pretrained' then 'the plain name of its organization''s base model'
        when n.named_kind = m.kind then 'a word in its name'
        when m.merged and m.kind = 'merge' then 'its listing as a merge'
        else 'its base model ' || m.base_model
    end as reason
from models as m
left join input_name_facts as n using (model_id)
where m.kind <> m.board_kind
order by fact desc, model_id
