-- The combined rank table with your own weights for the leaderboards: `from weighted_rank(map {'arena': 0.5, 'open_llm': 0.5}) where track = 'llm' limit 20`. Without weights, every leaderboard has the weight 1.
-- A key is a `sources.column_prefix`, or a `sources.board_group`, whose leaderboards then share the weight. A leaderboard without a weight does not count.
-- The score is the weighted mean of the model's win rates on the leaderboards on which its ability rests; `coverage` is the weight of these leaderboards as a share of the total weight in its track.
-- macro: weights := null
-- reads: standings, leaderboard, sources
with given as (
    select unnest(map_entries(cast(weights as map(varchar, double))), recursive := true)
),

boards as (
    select source, track, short_title, column_prefix, board_group
    from sources
    where in_rank
),

named as (
    -- A prefix that is also a group names only the leaderboard with this prefix.
    select b.source, b.track, b.short_title, g.key, g.value as weight
    from given as g
    inner join boards as b on g.key in (b.column_prefix, b.board_group)
    qualify (b.column_prefix = g.key) = bool_or(b.column_prefix = g.key) over (partition by g.key)
    union all
    select source, track, short_title, column_prefix, 1.0
    from boards
    where weights is null
    union all
    select error('no leaderboard of the combined rank has the prefix or group ' || key), null, null, key, value
    from given
    where key not in (select unnest([column_prefix, board_group]) from boards)
),

weighted as (
    -- A leaderboard that two keys name has the sum of their shares.
    select
        source,
        track,
        short_title,
        sum(share) as weight,
        sum(sum(share)) over (partition by track) as all_weight
    from (select *, weight / count(*) over (partition by key) as share from named)
    group by source, track, short_title
)

select
    rank() over (partition by l.track order by c.score desc) as rank,
    c.score,
    c.coverage,
    l.* exclude (rank, rank_low, rank_high, percentile, clearly_better, not_told_apart, clearly_worse)
from (
    select
        p.model_id,
        sum(p.win_rate * w.weight) / nullif(sum(w.weight), 0) as score,
        sum(w.weight) / nullif(max(w.all_weight), 0) as coverage
    from standings as p
    inner join weighted as w using (source)
    inner join leaderboard as l on l.model_id = p.model_id and l.track = w.track
    where not l.flagged and l.copy_of is null and list_contains(l.rests_on, w.short_title)
    group by p.model_id
) as c
inner join leaderboard as l using (model_id)
where c.score is not null
order by l.track desc, rank, l.model_id
