"""The statement of `top`: the rows that match, their places among each other, and the columns of the best of them."""

TOP = """
with another as (
    -- An order by another method than the ability.
    select
        unnest($ids::varchar[]) as model_id,
        unnest($ranks::bigint[]) as rank,
        unnest($lows::bigint[]) as rank_low,
        unnest($highs::bigint[]) as rank_high
),

listed as (
    select
        l.model_id,
        l.copy_of,
        l.flagged,
        $by_release and l.copy_of is null as is_release,
        if(is_release, l.release_id, l.model_id) as id,
        if(is_release, r.rank, l.rank) as rank,
        if(is_release, r.ability, l.ability) as ability,
        if(is_release, r.evidence, l.evidence) as evidence,
        coalesce(s.rank, a.rank) as order_rank,
        a.rank_low as order_low,
        a.rank_high as order_high,
        d.rank as domain_rank,
        d.ability as domain_ability,
        -- The model that represents its release; with copies, each copy is a row too.
        not $by_release
        or l.model_id = if($board is null, r.model_id, b.default_model_id)
        or ($copies and l.copy_of is not null) as is_row,
        case
            when $has_order then order_rank is not null
            when $domain is not null then domain_rank is not null
            else if(is_release, r.rank, l.rank) is not null
        end as has_place
    from leaderboard as l
    inner join releases as r on r.release_id = l.release_id
    left join standings as s on s.model_id = l.model_id and s.source = $board
    left join release_standings as b on b.release_id = l.release_id and b.source = $board
    left join another as a on a.model_id = l.model_id
    left join domain_abilities as d
        on d.grain = $grain
        and d.domain = $domain
        and d.id = if($by_release, if(l.copy_of is null, l.release_id, null), l.model_id)
    where ($release_id is null or l.release_id = $release_id)
        and ($track is null or l.track = $track)
        and ($kinds is null or list_contains($kinds, l.kind))
        and ($min_params_b is null or (l.params_b >= $min_params_b and not l.params_disputed))
        and ($max_params_b is null or (l.params_b <= $max_params_b and not l.params_disputed))
        and ($license is null or contains(lower(l.license), lower($license)))
        and (
            $organization is null
            or l.organization in (select organization from organization_names where contains(lower(name), lower($organization)))
        )
        and (l.open_weights or not $open_weights)
        and ($flagged or not l.flagged or $release_id is not null)
        and ($copies or l.copy_of is null or $release_id is not null)
),

matching as (
    select *
    from listed
    where case
            when $board is not null or $domain is not null then is_row and has_place
            -- The first setting of a release in the order represents it.
            when $has_order then has_place
            when $release_id is not null then is_row
            else is_row
                and (
                    rank is not null
                    or ($flagged and flagged and ability is not null)
                    or ($copies and copy_of is not null and ability is not null)
                    or ($extrapolated and evidence = 'C')
                )
        end
),

shown as (
    select *
    from matching
    order by order_rank, domain_ability desc nulls last, ability desc nulls last, model_id
    limit $n
),

placed as (
    from places(
        (select list(id) from matching where $is_filtered and not $has_order and has_place),
        domain := $domain,
        grain := $grain
    )
)

select
    l.* replace (
        if(t.is_release, r.rank, l.rank) as rank,
        if(t.is_release, r.rank_low, l.rank_low) as rank_low,
        if(t.is_release, r.rank_high, l.rank_high) as rank_high,
        if(t.is_release, r.percentile, l.percentile) as percentile,
        if(t.is_release, r.clearly_better, l.clearly_better) as clearly_better,
        if(t.is_release, r.not_told_apart, l.not_told_apart) as not_told_apart,
        if(t.is_release, r.clearly_worse, l.clearly_worse) as clearly_worse,
        if(t.is_release, r.ability, l.ability) as ability,
        if(t.is_release, r.ability_low, l.ability_low) as ability_low,
        if(t.is_release, r.ability_high, l.ability_high) as ability_high,
        if(t.is_release, r.evidence, l.evidence) as evidence,
        if(t.is_release, r.boards, l.boards) as boards,
        if(t.is_release, r.on_boards, l.rests_on) as rests_on,
        if(t.is_release, r.benchmarks, l.benchmarks) as benchmarks,
        if(t.is_release, r.newest_on, l.newest_on) as newest_on
    ),
    case
        when $is_filtered and $has_order then 1 + (select count(*) from matching as m where m.order_rank < t.order_rank)
        when $is_filtered then p.place
        when $has_order then t.order_rank
        when $domain is not null then d.rank
        else if(t.is_release, r.rank, l.rank)
    end as place,
    case
        when $is_filtered and t.order_low is not null then 1 + (select count(*) from matching as m where m.order_rank < t.order_low)
        when $is_filtered then p.place_low
        when $has_order then t.order_low
        when $domain is not null then d.rank_low
        else if(t.is_release, r.rank_low, l.rank_low)
    end as place_low,
    case
        when $is_filtered and t.order_high is not null then (select count(*) from matching as m where m.order_rank <= t.order_high)
        when $is_filtered then p.place_high
        when $has_order then t.order_high
        when $domain is not null then d.rank_high
        else if(t.is_release, r.rank_high, l.rank_high)
    end as place_high,
    case
        when $is_filtered then (select count(*) from matching as m where m.has_place)
        when $board is not null then (select count(*) from standings as o where o.source = $board)
        when $has_order then (select count(*) from another)
        when $domain is not null
            then (select count(o.rank) from domain_abilities as o where o.grain = $grain and o.domain = $domain and o.track = l.track)
        when $by_release then (select count(o.rank) from releases as o where o.track = l.track)
        else (select count(o.rank) from leaderboard as o where o.track = l.track)
    end as of,
    r.name as release,
    r.settings,
    r.best_model_id,
    r.best_rank,
    s.rank as board_rank,
    s.score as board_score,
    s.score_low as board_score_low,
    s.score_high as board_score_high,
    b.settings as board_settings,
    b.best_model_id as board_best_model_id,
    b.best_rank as board_best_rank,
    b.best_score as board_best_score,
    d.domain,
    d.ability as domain_ability,
    d.ability_low as domain_ability_low,
    d.ability_high as domain_ability_high,
    d.rank as domain_rank,
    d.rank_low as domain_rank_low,
    d.rank_high as domain_rank_high,
    d.benchmarks as domain_benchmarks,
    d.boards as domain_boards,
    d.borrowed
from shown as t
inner join leaderboard as l on l.model_id = t.model_id
inner join releases as r on r.release_id = l.release_id
left join placed as p on p.id = t.id and t.has_place
left join standings as s on s.model_id = l.model_id and s.source = $board
left join release_standings as b on b.release_id = l.release_id and b.source = $board
left join domain_abilities as d on d.id = t.id and d.grain = $grain and d.domain = $domain
order by t.order_rank, t.domain_ability desc nulls last, t.ability desc nulls last, t.model_id
"""
"""Rows of `leaderboard` with the facts of their release, best first."""

PLACE_COLUMNS = frozenset({"place", "place_low", "place_high", "of"})
"""Columns of every row: its place among the rows asked for with its 90 % interval, and how many rows have a place."""
BOARD_COLUMNS = frozenset({"board_rank", "board_score", "board_score_low", "board_score_high"})
"""Columns of the row's model on the chosen board."""
RELEASE_COLUMNS = frozenset({"release", "settings", "best_model_id", "best_rank"})
"""Columns of the row's release."""
RELEASE_BOARD_COLUMNS = frozenset({"board_settings", "board_best_model_id", "board_best_rank", "board_best_score"})
"""Columns of the row's release on the chosen board."""
DOMAIN_COLUMNS = frozenset(
    {"domain", "borrowed"}
    | {f"domain_{name}" for name in ("ability", "ability_low", "ability_high", "rank", "rank_low", "rank_high")}
    | {"domain_benchmarks", "domain_boards"}
)
"""Columns of the row in the chosen domain, as in `domain_abilities`."""
