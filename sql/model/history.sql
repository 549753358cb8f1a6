-- Ranks and scores over time, from leaderboards that publish their own past.
-- Where two names of one leaderboard are one model, the better row stands.
-- grain: benchmark, published_on, model_id
-- reads: input_history, aliases, sources
-- columns:
--   model_id | the model's identity
--   source | the leaderboard
--   benchmark | the leaderboard and its benchmark
--   published_on | the leaderboard's own date
--   rank | one plus the number of models surely better on that date
--   score | the score on the benchmark's own scale
--   score_low | the low end of the leaderboard's own interval
--   score_high | the high end of the leaderboard's own interval
--   votes | how many votes it rested on
--   raw_name | the name that the leaderboard used on that date
--   retrieved_at | when we first retrieved these bytes, UTC
-- checks:
--   rank >= 1
--   isfinite(score)
select
    a.model_id,
    h.source,
    h.benchmark,
    h.published_on,
    h.rank,
    h.score,
    h.score_low,
    h.score_high,
    h.votes,
    h.raw_name,
    s.retrieved_at
from input_history as h
inner join aliases as a using (source, raw_name)
inner join sources as s using (source)
qualify row_number() over (
    partition by a.model_id, h.benchmark, h.published_on
    order by h.rank, h.score desc, h.raw_name
) = 1
order by h.benchmark, h.published_on, h.rank, a.model_id
