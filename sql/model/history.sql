-- Ranks and scores over time, in two times: the date of the edition, and from when to when we knew this value.
-- They come from leaderboards that publish their own past, and from every fetch whose bytes are kept. What is known today
-- has no `superseded_at`; `where retrieved_at <= t and (superseded_at is null or superseded_at > t)` is what was known at t.
-- Where two names of one leaderboard are one model on one date, the better one stands.
-- grain: benchmark, published_on, model_id, retrieved_at
-- reads: input_history, aliases, sources
-- columns:
--   model_id | the model's identity
--   source | the leaderboard
--   benchmark | the leaderboard and its benchmark; `<source>/overall` is the overall score of the leaderboard
--   published_on | the leaderboard's own date; the day of retrieval where it gives none
--   rank | the place on that date: one plus the number of models surely better where there are intervals, else by score or as given
--   score | the score on the benchmark's own scale; null where the leaderboard ranks without one
--   score_low | the low end of the leaderboard's own interval
--   score_high | the high end of the leaderboard's own interval
--   votes | how many votes it rested on
--   raw_name | the name that the leaderboard used on that date
--   retrieved_at | when we first retrieved this value, UTC
--   superseded_at | when a later retrieval gave another value for the same date, or none, UTC; null while it stands
-- checks:
--   rank >= 1
--   score is null or isfinite(score)
--   superseded_at is null or superseded_at > retrieved_at
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
    h.retrieved_at,
    h.superseded_at
from input_history as h
inner join aliases as a using (source, raw_name)
inner join sources as s using (source)
qualify h.raw_name = first_value(h.raw_name) over (
    -- All versions of one name, so that no two values of a model stand at one time.
    partition by a.model_id, h.benchmark, h.published_on
    order by h.superseded_at is not null, h.rank, h.score desc nulls last, h.raw_name
)
order by h.benchmark, h.published_on, h.rank, a.model_id, h.retrieved_at
