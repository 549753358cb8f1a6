-- The combined rank table with your own weights for the leaderboards: `from weighted_rank(arena := 0.5, open_llm := 0.5) where track = 'llm' limit 20`.
-- The score is the weighted mean of the model's win rates on the leaderboards that list it; `coverage` is the weight of these leaderboards as a share of the total weight.
-- macro: arena := 1, open_llm := 1, mteb := 1
-- reads: standings, leaderboard, sources
select
    rank() over (partition by l.track order by c.score desc) as rank,
    c.score,
    c.coverage,
    l.* exclude (rank, rank_low, rank_high)
from (
    select
        w.model_id,
        sum(w.win_rate * w.weight) / nullif(sum(w.weight), 0) as score,
        sum(w.weight) / nullif(max(w.all_weight), 0) as coverage
    from (
        select
            p.model_id,
            p.win_rate,
            s.track,
            case
                when p.source = 'arena_text_style_control' then arena
                when p.source in ('open_llm_v2', 'open_llm_v1') then open_llm / 2
                when s.track = 'embedding' then mteb / 2
            end as weight,
            case s.track when 'llm' then arena + open_llm else mteb end as all_weight
        from standings as p
        inner join sources as s using (source)
        where s.in_rank
    ) as w
    inner join leaderboard as l on l.model_id = w.model_id and l.track = w.track
    where not l.flagged and l.copy_of is null
    group by w.model_id
) as c
inner join leaderboard as l using (model_id)
where c.score is not null
order by l.track desc, rank, l.model_id
