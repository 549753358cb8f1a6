-- The best `n` models of a track, without those that a leaderboard flagged: `from top(20)`, `from top(10, track := 'embedding')`.
-- macro: n := 20, track := 'llm'
-- reads: leaderboard
select *
from leaderboard as l
where l.track = track and l.rank is not null and not l.flagged
order by l.rank, l.model_id
limit n
