-- Models for which every word of `words` occurs in the model id or in a raw name of any leaderboard, best rank first: `from find('llama 3.1 70b')`.
-- macro: words
-- reads: leaderboard, aliases
with spelled as (
    select
        model_id,
        lower(model_id || ' ' || string_agg(raw_name, ' ')) as spellings
    from aliases
    group by model_id
)

select l.*
from leaderboard as l
inner join spelled as s using (model_id)
where list_bool_and(list_transform(string_split(lower(trim(words)), ' '), lambda word: contains(s.spellings, word)))
order by l.rank nulls last, l.model_id
