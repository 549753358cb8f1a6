-- The models that a typed name can mean, best match first: `from find('llama 3.1 70b')`. `docs/search.md` has the rules.
-- The columns are those of `leaderboard`, null for a model that no leaderboard lists today. `fit` is how the name matches: id, former_id, name, exact (every word of the name), release (the same for the name of its release, of which it is the default setting), words, or similar (a word is misspelled or unfinished). `spelling` is the best matching name, `own` as in `search_names`. `mismatch` counts the differences in hundredths of a word; of models with equal ones, the better ranked comes first. `match_rank` is the order.
-- macro: words
-- reads: typed_words, search_words, search_names, models, leaderboard
select
    l.* replace (m.model_id as model_id, m.name as name, m.track as track, m.kind as kind, m.organization as organization, m.release_id as release_id),
    b.fit,
    b.spelling,
    b.own,
    b.mismatch,
    row_number() over (order by b.mismatch, b.place) as match_rank
from (
    select
        model_id,
        min(cost) as mismatch,
        arg_min(fit, 100000000 * cost + name) as fit,
        arg_min(spelling, 100000000 * cost + name) as spelling,
        any_value(own) as own,
        any_value(place) as place
    from (
        select
            s.name,
            s.model_id,
            s.spelling,
            s.own,
            s.place,
            case
                when lower(s.spelling) in (h.path, lower(trim(words))) then s.named
                when h.distance >= 10000 then 'similar'
                when h.hard = h.found and h.exact = len(list_distinct(s.tokens)) and h.distance + h.missed = 0 then if(s.named = 'release', 'release', 'exact')
                else 'words'
            end as fit,
            case fit
                when 'id' then 0
                when 'former_id' then 1
                when 'name' then 2
                else [400, 300, 120, 10][s.own + 1]
                    + case fit when 'exact' then 0 when 'release' then 5 else 10 end
                    + h.distance
                    + h.missed
                    + greatest(0, s.weight - h.weight)
                    + if(h.hard > 1, 20 * greatest(0, s.numbers - h.numbers), 0)
                    + if(h.hard > h.found, 50, 0)
                    + if(s.is_listed, 0, 30)
            end::bigint as cost
        from (
            select
                name,
                any_value(path) as path,
                any_value(hard) as hard,
                any_value(size) as size,
                count(*) filter (where soft is null) as found,
                count(*) filter (where level = 0) as exact,
                sum(if(place = 0, 0, [0, 40, 30, 10000][level + 1]))::bigint as distance,
                any_value(missing) - coalesce(sum(soft), 0)::bigint as missed,
                sum(weight)::bigint as weight,
                count(*) filter (where is_numeric and level != 1) as numbers
            from (
                select
                    name,
                    place,
                    any_value(path) as path,
                    any_value(soft) as soft,
                    any_value(hard) as hard,
                    any_value(missing) as missing,
                    any_value(size) as size,
                    any_value(is_numeric) as is_numeric,
                    min(level) as level,
                    arg_min(weight, 100000 * level - weight) as weight
                from (
                    select t.* exclude (word, share), v.weight * t.share as weight, unnest(if(t.level = 1, v.owned, v.names)) as name
                    from typed_words(text := words) as t
                    inner join search_words as v on case
                        when t.level < 3 then v.word = t.word
                        when not v.own or v.word = t.word then false
                        when regexp_full_match(t.word, '[0-9]{1,2}') then starts_with(v.word, t.word || '.')
                        when not regexp_full_match(t.word, '[a-z]{3,}') then false
                        when starts_with(v.word, t.word) then true
                        when abs(length(v.word) - length(t.word)) > 2 then false
                        else damerau_levenshtein(v.word, t.word) <= if(length(t.word) > 7, 2, 1)
                    end
                )
                group by name, place
            )
            group by name
        ) as h
        inner join search_names as s using (name)
        where h.found = h.hard
            or (h.found = h.hard - 1 and not s.is_sized and s.params_b between 0.9 * h.size and 1.1 * h.size)
    )
    group by model_id
    qualify min(cost) < 10000 or min(min(cost)) over () >= 10000
) as b
inner join models as m using (model_id)
left join leaderboard as l using (model_id)
order by match_rank
