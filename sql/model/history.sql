-- Bitemporal history of ranks and scores: by publish date of the edition and by retrieval time.
-- It contains the history that leaderboards publish, and every fetch whose bytes are kept. A current value has no `superseded_at`.
-- The state at a time t is `where retrieved_at <= t and (superseded_at is null or superseded_at > t)`.
-- If two names of a leaderboard are one model on one date, the row with the better rank is used.
-- grain: benchmark, published_on, model_id, retrieved_at
-- reads: input_history, aliases, sources
-- columns:
--   model_id | the canonical id of the model
--   source | the id of the leaderboard
--   benchmark | the benchmark, as `source/name`; `<source>/overall` is the overall score of the leaderboard
--   published_on | the publish date of the edition; the day of retrieval if the leaderboard gives no date
--   rank | the rank on that date. If the leaderboard has intervals, it is one plus the number of models whose whole interval
--     is higher; else it is by score, or as the leaderboard gives it
--   score | the score on the benchmark's own scale; null if the leaderboard gives a rank only
--   score_low | the lower end of the leaderboard's own interval
--   score_high | the upper end of the leaderboard's own interval
--   votes | the number of votes behind the score
--   raw_name | the name that the leaderboard used on that date
--   retrieved_at | when this value was first retrieved, UTC
--   superseded_at | when a later retrieval had another value or no value for the same date, UTC; null for a current value
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
    -- Keep all versions of one name: then a model has one value at any time.
    partition by a.model_id, h.benchmark, h.published_on
    order by h.superseded_at is not null, h.rank, h.score desc nulls last, h.raw_name
)
order by h.benchmark, h.published_on, h.rank, a.model_id, h.retrieved_at
