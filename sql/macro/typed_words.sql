-- The readings of each word of a typed name, which `find` compares with `search_words`: `from typed_words(text := 'open hermes 2.5')`.
-- `place` counts the words; 0 is a typed namespace. `level`: 0 the word itself; 1 a word of the organization; 2 joined with its neighbour, or with a dot (`31` is 3.1); 3 to be compared with similar words.
-- macro: text := ''
-- reads:
select
    path,
    place,
    soft,
    hard,
    missing,
    size,
    is_number(word) or dotted is not null as is_numeric,
    unnest(if(place = 0, [word], [word, word, joined, back, dotted, word])) as word,
    unnest(if(place = 0, [1], [0, 1, 2, 2, 2, 3])) as level,
    unnest(if(place = 0, [0], [1, 0, 1, 0, 1, 1])) as share
from (
    select
        path,
        place,
        soft,
        word,
        word || lead(word) over (order by place) as joined,
        if(place > 1, lag(word) over (order by place) || word, null) as back,
        nullif(regexp_replace(word, '^([0-9])([0-9])$', '\1.\2'), word) as dotted,
        count(*) filter (where soft is null) over () as hard,
        coalesce(sum(soft) over (), 0)::bigint as missing,
        max(coalesce(try_cast(regexp_extract(word, '^([0-9.]+)b$', 1) as double), try_cast(regexp_extract(word, '^([0-9]{2,})m$', 1) as double) / 1000)) over () as size
    from (
        select path, word, place, case when place = 0 then 120 when is_soft then null else miss_weight(word) end as soft
        from (
            select path, unnest(every) as word, generate_subscripts(every, 1) - 1 as place, is_soft
            from (
                select
                    path,
                    list_concat([regexp_replace(regexp_extract(path, '([^/ ]+)/[^/]+$', 1), '[^a-z0-9]', '', 'g')], tokens) as every,
                    len(list_filter(tokens, lambda word: miss_weight(word) is null)) = 0 as is_soft
                from (
                    select
                        path,
                        name_tokens(
                            path
                            .regexp_replace('([0-9]b)[- ](?:instant|versatile)\b', '\1-instruct')
                            .regexp_replace('instruct[- ](?:turbo|lite|basic|reference|tput)\b', 'instruct')
                        ) as tokens
                    from (select name_path(text) as path)
                )
            )
        )
        where word <> ''
    )
)
