-- One row per word of the names in `search_names`, with the names that have it: the index that `find` reads.
-- Two adjacent words of a publisher's own name also count as one, so that `gptoss` finds `gpt-oss`.
-- grain: word
-- reads: search_names, models, aliases, organization_names
-- columns:
--   word | the word, as `name_tokens` writes it
--   weight | its `word_weight`; the sum of both for two adjacent words
--   own | whether a publisher's own model has it; misspelled words are compared only with these
--   names | the names with the word, as in `search_names.name`
--   owned | the names of models whose organization has the word in its own name or namespace
-- checks:
--   word <> ''
--   weight >= 0
with words as (
    select distinct name, own, unnest(tokens) as word from search_names
),

pairs as (
    select distinct name, unnest(tokens[:-2]) as first, unnest(tokens[2:]) as second from search_names where own >= 2 and len(tokens) > 1
),

owner_names as (
    select model_id, split_part(model_id, '/', 1) as spelling from models
    union
    select model_id, split_part(raw_name, '/', 1) from aliases where regexp_matches(raw_name, '^[\w.-]+/[^/]+$')
    union
    select m.model_id, n.name from models as m inner join organization_names as n using (organization)
),

owner_words as materialized (
    -- An owner has many models; its name is read once.
    select spelling, list_append(name_tokens(spelling), regexp_replace(lower(spelling), '[^a-z0-9]', '', 'g')) as words
    from (select distinct spelling from owner_names)
),

owners as (
    select distinct s.name, unnest(w.words) as word
    from search_names as s
    inner join owner_names as o using (model_id)
    inner join owner_words as w on w.spelling = o.spelling
),

listed as (
    select word, word_weight(word) as weight, own >= 2 as own, name, 'name' as part from words
    union all
    select first || second, word_weight(first) + word_weight(second), false, name, 'name' from pairs
    union all
    select word, word_weight(word), false, name, 'owner' from owners where word <> ''
)

select
    word,
    min(weight)::bigint as weight,
    bool_or(own) as own,
    coalesce(list(distinct name order by name) filter (where part = 'name'), [])::bigint[] as names,
    coalesce(list(distinct name order by name) filter (where part = 'owner'), [])::bigint[] as owned
from listed
group by word
order by word
