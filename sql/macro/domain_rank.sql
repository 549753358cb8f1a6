-- The releases ranked by your own weights of the domains: `from domain_rank(map {'coding': 2, 'math': 1}) limit 20`. Without weights, every domain of the track counts alike. With `grain := 'setting'`, the ids are those of models; `track := 'embedding'` is the other track.
-- `ability` is the weighted mean of the abilities by domain; a domain without a weight does not count. `ability_low` and `ability_high` are its 90 % interval, with the errors of any two domains of one id as equally correlated; `borrowed` is the weighted mean of `domain_abilities.borrowed`.
-- An id without a row in a weighted domain has `domain_abilities.elsewhere` there, all borrowed. Listed are the ids of which at most 95 % is borrowed.
-- macro: weights := null, track := 'llm', grain := 'release'
-- reads: domain_abilities, domain_weights
with given as (
    select unnest(map_entries(cast(weights as map(varchar, double))), recursive := true)
),

known as (
    select w.domain
    from domain_weights as w
    where w.track = track
),

named as (
    select key as domain, value as weight
    from given
    where value > 0 and key in (select domain from known)
    union all
    select domain, 1.0
    from known
    where weights is null
    union all
    select
        error(
            if(
                key in (select domain from known),
                'the weight of ' || key || ' is negative',
                'no domain of the track has the name ' || key || '; it has ' || (select string_agg(domain, ', ' order by domain) from known)
            )
        ),
        value
    from given
    where value < 0 or key not in (select domain from known)
),

shares as (
    select domain, weight, sum(weight ** 2) over () as squares
    from (select domain, weight / sum(weight) over () as weight from named)
),

weighted as (
    select
        a.id,
        sum(s.weight * a.ability) + (1 - sum(s.weight)) * any_value(a.elsewhere) as ability,
        any_value(a.common_deviation) ** 2
        + sum(s.weight ** 2 * (a.deviation ** 2 - a.common_deviation ** 2))
        + (any_value(s.squares) - sum(s.weight ** 2)) * any_value(a.elsewhere_deviation ** 2 - a.common_deviation ** 2) as variance,
        sum(s.weight * a.borrowed) + (1 - sum(s.weight)) as borrowed
    from domain_abilities as a
    inner join shares as s using (domain)
    where a.track = track and a.grain = grain
    group by a.id
    having borrowed <= 0.95
)

select
    rank() over (order by ability desc) as rank,
    id,
    ability,
    ability - 1.6448536 * sqrt(greatest(variance, 0)) as ability_low,
    ability + 1.6448536 * sqrt(greatest(variance, 0)) as ability_high,
    borrowed
from weighted
order by rank, id
