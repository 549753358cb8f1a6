-- The places of some releases among each other, best first: `from places((select list(release_id) from releases where kind = 'chat' and params_b <= 9))`. With `grain := 'setting'`, the ids are those of models.
-- `place` is by ability; `place_low` and `place_high` are its 90 % interval: the place is counted in each of the 200 draws of `ability_draws`, and 5 % of these places are better, 5 % worse. With a domain, such as `domain := 'coding'`, the abilities are those of `domain_abilities`.
-- Each id counts once. An id without a rank, in the domain if one is given, has no row. Ids of two tracks have places inside their track.
-- macro: ids, domain := null, grain := 'release'
-- reads: ability_draws, domain_abilities
with asked as (
    select distinct unnest(ids) as id
),

chosen as (
    -- Numbers in place of texts: the next steps have 200 rows per id.
    select
        row_number() over () as number,
        dense_rank() over (order by d.track) * 1000 as track_number,
        d.id,
        d.track,
        if(domain is null, d.ability, a.ability) as ability,
        -- The draws of a domain have the shape of the overall ones, around the ability in the domain and as wide as its deviation.
        d.ability as centre,
        coalesce(a.deviation / nullif(list_aggregate(d.draws, 'stddev_samp'), 0), 0) as width,
        d.draws
    from asked
    inner join ability_draws as d using (id)
    left join domain_abilities as a on a.id = d.id and a.grain = d.grain and a.domain = domain
    where d.grain = grain
        and case
            when domain is null then true
            when domain not in (select k.domain from domain_abilities as k)
                then error('no domain ' || domain || ': see the table domain_abilities')
            else a.rank is not null
        end
),

drawn as (
    select
        number,
        (track_number + generate_subscripts(draws, 1))::integer as draw,
        unnest(draws)::double as drawn_ability,
        ability,
        centre,
        width
    from chosen
),

counted as (
    select
        number,
        rank() over (
            partition by draw
            order by if(domain is null, drawn_ability, ability + (drawn_ability - centre) * width) desc
        ) as place
    from drawn
),

bounds as (
    select
        number,
        quantile_disc(place, 0.05) as low,
        quantile_disc(place, 0.95) as high
    from counted
    group by number
),

placed as (
    select
        id,
        number,
        rank() over (partition by track order by ability desc) as place
    from chosen
)

select
    p.id,
    p.place,
    -- The interval holds the place by ability.
    least(b.low, p.place) as place_low,
    greatest(b.high, p.place) as place_high
from placed as p
inner join bounds as b using (number)
order by p.place, p.id
