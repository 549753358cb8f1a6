-- The best `n` models of a track: `from top(n := 20)`, `from top(n := 10, track := 'embedding')`.
-- macro: n := 20, track := 'llm'
-- reads: leaderboard
select *
from leaderboard as l
where l.track = track and l.rank is not null
order by l.rank, l.model_id
limit n
