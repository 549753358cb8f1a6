-- The current rank and overall score of each model on each leaderboard that ranks models.
-- If two names of a leaderboard are one model, the better row is used.
-- grain: source, model_id
-- reads: input_entries, aliases, sources
-- columns:
--   model_id | the canonical id of the model
--   source | the id of the leaderboard
--   rank | the rank of the model by the leaderboard's `rank_rule`
--   score | its overall score, in the unit of the leaderboard; null while results are incomplete
--   score_low | the lower end of the leaderboard's own interval
--   score_high | the upper end of the leaderboard's own interval
--   win_rate | the share of the other models of the leaderboard that rank below it; a tie counts half
--   raw_name | the name of the model as the leaderboard spells it
--   published_on | the publish date of the leaderboard's edition
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
        -- The ends of the interval with the better end as `high`.
        if(s.higher_is_better, coalesce(e.board_score_low, e.board_score), -coalesce(e.board_score_high, e.board_score)) as low,
        if(s.higher_is_better, coalesce(e.board_score_high, e.board_score), -coalesce(e.board_score_low, e.board_score)) as high,
        e.board_score_low as score_low,
        e.board_score_high as score_high,
        -- The order of the win rate: the score; for `given` the rank, because rows without a score have a rank too.
        case
            when s.rank_rule = 'given' then -e.board_rank
            when s.higher_is_better then e.board_score
            else -e.board_score
        end as order_value
    from input_entries as e
    inner join aliases as a using (source, raw_name)
    inner join sources as s using (source)
    where order_value is not null and s.rank_rule <> 'none'
    qualify row_number() over (partition by a.model_id, e.source order by order_value desc, e.raw_name) = 1
),

placed as (
    select
        *,
        count(*) over (partition by source) as models,
        rank() over (partition by source order by order_value desc) as place,
        count(*) over (partition by source, order_value) as tied
    from entered
),

better_models as (
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
    -- (#worse + (ties - 1)/2) / (n - 1), as in HELM; on a leaderboard with one model there is no comparison.
    if(p.models = 1, 0.5, (p.models - p.place - (p.tied - 1) / 2) / (p.models - 1)) as win_rate,
    p.raw_name,
    p.published_on
from placed as p
left join better_models as b on b.source = p.source and b.model_id = p.model_id
order by p.priority, rank, p.model_id
