-- The combined rank table in the order of another ranking method: `from ranked_by('mean_win_rate') where track = 'llm' limit 20`.
-- macro: method
-- reads: method_ranks, leaderboard
select
    r.rank,
    r.rank_low,
    r.rank_high,
    r.score,
    r.coverage,
    l.* exclude (rank, rank_low, rank_high, percentile, clearly_better, not_told_apart, clearly_worse)
from method_ranks as r
inner join leaderboard as l using (model_id)
where r.method = method
order by r.track desc, r.rank, r.model_id
