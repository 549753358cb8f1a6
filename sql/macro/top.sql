-- The best `n` releases of a track, each with its default setting: `from top(n := 20)`, `from top(n := 10, track := 'embedding')`. With `grain := 'setting'`, the best `n` models: each setting and each dated build has a row.
-- The columns are those of `leaderboard`. At the grain `release`, the rank with its interval and counts, the ability, `evidence`, `boards`, `rests_on`, `benchmarks` and `newest_on` are those of the release; `release_standings` has its places on each leaderboard. Places among some rows only: see `places`. `settings`, `best_model_id` and `best_rank` are as in `releases`.
-- macro: n := 20, track := 'llm', grain := 'release'
-- reads: leaderboard, releases
select
    l.* replace (
        if(grain = 'setting', l.rank, r.rank) as rank,
        if(grain = 'setting', l.rank_low, r.rank_low) as rank_low,
        if(grain = 'setting', l.rank_high, r.rank_high) as rank_high,
        if(grain = 'setting', l.percentile, r.percentile) as percentile,
        if(grain = 'setting', l.clearly_better, r.clearly_better) as clearly_better,
        if(grain = 'setting', l.not_told_apart, r.not_told_apart) as not_told_apart,
        if(grain = 'setting', l.clearly_worse, r.clearly_worse) as clearly_worse,
        if(grain = 'setting', l.ability, r.ability) as ability,
        if(grain = 'setting', l.ability_low, r.ability_low) as ability_low,
        if(grain = 'setting', l.ability_high, r.ability_high) as ability_high,
        if(grain = 'setting', l.evidence, r.evidence) as evidence,
        if(grain = 'setting', l.boards, r.boards) as boards,
        if(grain = 'setting', l.rests_on, r.on_boards) as rests_on,
        if(grain = 'setting', l.benchmarks, r.benchmarks) as benchmarks,
        if(grain = 'setting', l.newest_on, r.newest_on) as newest_on
    ),
    r.settings,
    r.best_model_id,
    r.best_rank
from leaderboard as l
inner join releases as r on r.release_id = l.release_id
where l.track = track
    and if(grain = 'setting', l.rank, r.rank) is not null
    and case grain
        when 'release' then l.model_id = r.model_id
        when 'setting' then true
        else error('the grain is release or setting')
    end
order by if(grain = 'setting', l.rank, r.rank), l.model_id
limit n
