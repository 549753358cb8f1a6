-- The changes of each leaderboard between its last two editions: new models, removed models, and moves larger than the noise.
-- The publish date identifies an edition. If the date did not change, the current rows are compared with the rows before their last change.
-- grain: source, model_id
-- reads: history
-- columns:
--   source | the id of the leaderboard
--   event | new, gone or moved; moved means that the rank changed and the score changed by more than the noise
--   model_id | the canonical id of the model
--   published_on | the publish date of the last edition
--   previous_on | the publish date of the previous edition
--   rank_before | its rank in the previous edition; null if the model is new
--   rank_after | its rank in the last edition; null if the model is gone
--   score_before | its overall score in the previous edition, in the unit of the leaderboard
--   score_after | its overall score in the last edition, in the unit of the leaderboard
--   shift | the change of its score; on leaderboards with intervals, minus the median change of all
--     models in both editions, because such a scale can move as a whole
--   noise | the largest shift that the two intervals together explain; 0 for leaderboards without intervals;
--     null if the model is new or gone
--   raw_name | the name of the model as the leaderboard spells it
--   retrieved_at | when the change was first retrieved, UTC
-- checks:
--   event in ('new', 'gone', 'moved')
--   (event = 'new') = (rank_before is null)
--   (event = 'gone') = (rank_after is null)
--   event <> 'moved' or rank_before <> rank_after
--   previous_on <= published_on
with overall as (
    select *
    from history
    where benchmark = source || '/overall'
),

moments as (
    -- All times at which the known rows of an edition changed.
    select source, published_on, retrieved_at as moment from overall
    union
    select source, published_on, superseded_at from overall where superseded_at is not null
),

editions as (
    -- Version 1 is the last known state of an edition, version 2 the state before its last change.
    select
        source,
        published_on,
        moment,
        row_number() over (partition by source, published_on order by moment desc) as version,
        dense_rank() over (partition by source order by published_on desc) as edition
    from moments
),

compared as (
    select
        last.source,
        last.published_on,
        last.moment,
        coalesce(earlier.published_on, restated.published_on) as previous_on,
        coalesce(earlier.moment, restated.moment) as previous_at
    from editions as last
    left join editions as earlier on earlier.source = last.source and earlier.edition = 2 and earlier.version = 1
    left join editions as restated
        on restated.source = last.source and restated.edition = 1 and restated.version = 2
    where last.edition = 1 and last.version = 1 and previous_at is not null
),

after as (
    select o.*
    from overall as o
    inner join compared as c on c.source = o.source and c.published_on = o.published_on
    where o.superseded_at is null
),

before as (
    select o.*
    from overall as o
    inner join compared as c on c.source = o.source and c.previous_on = o.published_on
    where o.retrieved_at <= c.previous_at and (o.superseded_at is null or o.superseded_at > c.previous_at)
),

paired as (
    select
        c.source,
        c.published_on,
        c.previous_on,
        c.moment,
        coalesce(a.model_id, b.model_id) as model_id,
        coalesce(a.raw_name, b.raw_name) as raw_name,
        a.model_id is not null as is_after,
        b.model_id is not null as is_before,
        b.rank as rank_before,
        a.rank as rank_after,
        b.score as score_before,
        a.score as score_after,
        (a.score_high - a.score_low) / 2 as half_after,
        (b.score_high - b.score_low) / 2 as half_before
    from after as a
    full join before as b on b.source = a.source and b.model_id = a.model_id
    inner join compared as c on c.source = coalesce(a.source, b.source)
),

measured as (
    -- The place among the models of both editions does not change when other models are new or gone.
    select
        *,
        score_after - score_before
        - if(half_after is null, 0, median(score_after - score_before) over (partition by source)) as shift,
        coalesce(sqrt(half_after * half_after + half_before * half_before), 0) as noise,
        rank() over (partition by source, is_after and is_before order by rank_before) as place_before,
        rank() over (partition by source, is_after and is_before order by rank_after) as place_after
    from paired
)

select
    source,
    case when not is_before then 'new' when not is_after then 'gone' else 'moved' end as event,
    model_id,
    published_on,
    previous_on,
    rank_before,
    rank_after,
    score_before,
    score_after,
    shift,
    if(is_before and is_after, noise, null) as noise,
    raw_name,
    moment as retrieved_at
from measured
where not is_before or not is_after
    or (
        rank_before <> rank_after
        and if(shift is null, place_before <> place_after, abs(shift) > noise + 1e-9 * abs(score_before))
    )
order by source, event, coalesce(rank_after, rank_before), model_id
