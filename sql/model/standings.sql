-- Where each model stands on each leaderboard today.
-- Where two names of one leaderboard are one model, the better row stands.
-- grain: source, model_id
-- reads: input_entries, aliases, sources
-- columns:
--   model_id | the model's identity
--   source | the leaderboard
--   rank | the model's place, by the leaderboard's rank rule
--   score | its overall score, in the leaderboard's unit; null while results are incomplete
--   score_low | the low end of the leaderboard's own interval
--   score_high | the high end of the leaderboard's own interval
--   win_rate | the share of the leaderboard's other models that it stands above, ties counting half
--   raw_name | the name under which the leaderboard lists the model
--   published_on | the date of the leaderboard's edition
-- checks:
--   rank >= 1
--   win_rate between 0 and 1
with entered as (
    select
        a.model_id,
        e.source,
        s.rank_rule,
        s.priority,
        e.raw_name,
        e.published_on,
        e.board_rank,
        e.board_score as score,
        coalesce(e.board_score_low, e.board_score) as low,
        coalesce(e.board_score_high, e.board_score) as high,
        e.board_score_low as score_low,
        e.board_score_high as score_high,
        -- The order that the win rate counts: the score, or the given rank where rows without a score are ranked.
        if(s.rank_rule = 'given', -e.board_rank, e.board_score) as worth
    from input_entries as e
    inner join aliases as a using (source, raw_name)
    inner join sources as s using (source)
    where worth is not null
    qualify row_number() over (partition by a.model_id, e.source order by worth desc, e.raw_name) = 1
),

placed as (
    select
        *,
        count(*) over (partition by source) as models,
        rank() over (partition by source order by worth desc) as place,
        count(*) over (partition by source, worth) as tied
    from entered
),

surely_better as (
    select
        this.source,
        this.model_id,
        count(other.model_id) as models
    from entered as this
    left join entered as other on other.source = this.source and other.low > this.high
    where this.rank_rule = 'interval'
    group by all
)

select
    p.model_id,
    p.source,
    case p.rank_rule
        when 'given' then p.board_rank
        when 'interval' then 1 + b.models
        else p.place
    end as rank,
    p.score,
    p.score_low,
    p.score_high,
    -- (#worse + (ties - 1)/2) / (n - 1), as HELM counts it; a leaderboard of one model says nothing.
    if(p.models = 1, 0.5, (p.models - p.place - (p.tied - 1) / 2) / (p.models - 1)) as win_rate,
    p.raw_name,
    p.published_on
from placed as p
left join surely_better as b on b.source = p.source and b.model_id = p.model_id
order by p.priority, rank, p.model_id
