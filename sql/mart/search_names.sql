-- One row per model and spelling of its name in any case, which `find` searches: ids, raw names, former ids, and the name of its release.
-- grain: name
-- reads: models, aliases, model_moves, releases, leaderboard, lineage
-- columns:
--   name | the number of the row; `search_words` refers to it
--   model_id | the canonical id of the model
--   spelling | the spelling; of those that differ only in upper and lower case, the id or else the first one
--   named | what the spelling is: id, name (on a leaderboard), release (the model is its default setting) or former_id
--   tokens | its words: `name_tokens(spelling)`
--   weight | the sum of `word_weight` over its distinct words
--   numbers | the number of its versions and sizes
--   own | how far the model is its publisher's own: 3 official or listed without a repository; 2 likely; 1 unknown; 0 a copy, a merge or made from another model
--   is_listed | whether a leaderboard lists the model today
--   is_sized | whether the spelling has a number of parameters
--   params_b | the number of parameters of the model, in billions
--   place | the order of models that match equally well: by the rank of the release, the default setting first
-- checks:
--   len(tokens) > 0
--   own between 0 and 3
with spelled as (
    select model_id, model_id as spelling, 'id' as named, 1 as priority from models
    union all
    select model_id, raw_name, 'name', 2 from aliases
    union all
    select model_id, release_id, 'release', 3 from releases
    union all
    select new_id, old_id, 'former_id', 4 from model_moves where new_id in (select model_id from models)
),

distinct_spellings as (
    select
        model_id,
        arg_min(spelling, (priority, spelling)) as spelling,
        arg_min(named, (priority, spelling)) as named,
        any_value(lower(spelling)) as written
    from spelled
    group by model_id, lower(spelling)
),

read_names as materialized (
    select model_id, spelling, named, name_tokens(written) as tokens from distinct_spellings
),

distinct_names as (
    -- Without the window, DuckDB moves the filter into `read_names`, and computes `name_tokens` twice.
    from read_names qualify len(tokens) > 0 and row_number() over () > 0
),

families as (
    -- The organization for which a first word of a name stands: most other models are built on its official models.
    select word, arg_max(organization, (children, names, organization)) as organization
    from (
        select n.tokens[1] as word, m.organization, count(c.model_id) as children, count(distinct n.model_id) as names
        from models as m
        inner join distinct_names as n using (model_id)
        left join lineage as c on c.parent_id = m.model_id and c.relation != 'same_scores'
        where m.is_official and m.copy_of is null
        group by all
    )
    group by word
),

parents as (
    -- Namespaces whose models at least two other namespaces built on.
    select split_part(l.parent_id, '/', 1) as namespace
    from lineage as l
    inner join models as m on m.model_id = l.parent_id
    where m.base_model is null and m.copy_of is null and not m.merged and l.relation != 'same_scores'
    group by namespace
    having count(distinct split_part(l.model_id, '/', 1)) >= 3
),

described as (
    select
        m.model_id,
        case
            when m.copy_of is not null then 0
            when m.model_id in (select model_id from aliases where not contains(raw_name, '/')) then 3
            when m.is_official then if(f.organization = m.organization, 3, 2)
            when m.merged or m.kind = 'merge' then 0
            when starts_with(n.namespace, n.tokens[1]) and length(n.tokens[1]) > 3 then 2
            when m.track = 'embedding' or split_part(m.model_id, '/', 1) in (from parents) then 2
            when m.base_model is not null then 0
            else 1
        end as own,
        l.model_id is not null as is_listed,
        m.params_b,
        row_number() over (order by r.rank nulls last, m.model_id != r.model_id, l.rank nulls last, m.model_id) as place
    from models as m
    inner join (
        select model_id, tokens, regexp_replace(lower(split_part(model_id, '/', 1)), '[^a-z0-9]', '', 'g') as namespace from distinct_names where named = 'id'
    ) as n using (model_id)
    inner join releases as r on r.release_id = m.release_id
    left join families as f on f.word = n.tokens[1]
    left join leaderboard as l on l.model_id = m.model_id
)

select
    row_number() over (order by d.place, n.named, n.spelling) as name,
    n.model_id,
    n.spelling,
    n.named,
    n.tokens,
    list_sum(list_transform(list_distinct(n.tokens), lambda word: word_weight(word)))::bigint as weight,
    len(list_filter(list_distinct(n.tokens), lambda word: is_number(word))) as numbers,
    d.own,
    d.is_listed,
    len(list_filter(n.tokens, lambda word: regexp_full_match(word, '[0-9.]+b|[0-9]{2,}m'))) > 0 as is_sized,
    d.params_b,
    d.place
from distinct_names as n
inner join described as d using (model_id)
order by name
