-- The current scores: one row per model and benchmark, on the scale of the benchmark.
-- If two names of a leaderboard are one model, the better score is used.
-- grain: benchmark, model_id
-- reads: input_scores, aliases, benchmarks
-- columns:
--   model_id | the canonical id of the model
--   source | the id of the leaderboard
--   benchmark | the benchmark, as `source/name`
--   score | the score on the benchmark's own scale
--   score_normalized | the normalised score, 0–100, with 0 for random guessing; null if the leaderboard does not publish it
--   score_low | the lower end of the leaderboard's own interval
--   score_high | the upper end of the leaderboard's own interval
--   votes | the number of votes behind the score; null for a benchmark without votes
--   raw_name | the name of the model as the leaderboard spells it
--   published_on | the publish date of the leaderboard's edition
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
