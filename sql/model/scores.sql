-- Every current score of every model, one benchmark a row, on the benchmark's own scale.
-- Where two names of one leaderboard are one model, the better score stands.
-- grain: benchmark, model_id
-- reads: input_scores, aliases, benchmarks
-- columns:
--   model_id | the model's identity
--   source | the leaderboard
--   benchmark | the leaderboard and its benchmark
--   score | the score on the benchmark's own scale
--   score_normalized | the same, 0–100 with a guesser at 0, where the leaderboard publishes it
--   score_low | the low end of the leaderboard's own interval
--   score_high | the high end of the leaderboard's own interval
--   votes | how many votes it rests on, where it rests on votes
--   raw_name | the name under which the leaderboard lists the model
--   published_on | the date of the leaderboard's edition
-- checks:
--   isfinite(score)
--   benchmark in (select benchmark from benchmarks)
--   score_low is null or score_low <= score
--   score_high is null or score <= score_high
select
    a.model_id,
    s.source,
    s.benchmark,
    s.score,
    s.score_normalized,
    s.score_low,
    s.score_high,
    s.votes,
    s.raw_name,
    s.published_on
from input_scores as s
inner join aliases as a using (source, raw_name)
left join benchmarks as b using (benchmark)
qualify row_number() over (
    partition by a.model_id, s.benchmark
    order by if(b.higher_is_better, -s.score, s.score), s.raw_name
) = 1
order by s.benchmark, a.model_id
