-- Predictions of missing scores, from all other scores of the combined rank. A prediction does not replace a score.
-- Only language models on two leaderboards of the rank or more, with five scores or more; only the main benchmarks of these leaderboards and their overall scores; only cells without any score, that the others support (`metaboard predict` gives the reason for any other). Four significant digits.
-- grain: model_id, benchmark
-- reads: input_predictions, scores
-- columns:
--   model_id | the canonical id of the model
--   board | the leaderboard of the benchmark
--   benchmark | the benchmark, `source/name`; `source/(overall)` is the overall score of the leaderboard
--   predicted | the predicted score, on the benchmark's own scale
--   low | the lower end of its 90 % interval
--   high | the upper end of its 90 % interval
-- checks:
--   predicted between low and high
select
    p.model_id,
    p.board,
    p.benchmark,
    p.predicted,
    p.low,
    p.high
from input_predictions as p
    -- A score that a maker reports, or that a leaderboard copied, is not in the rank, but it is known.
anti join scores as s on s.model_id = p.model_id and s.benchmark = p.benchmark
order by p.model_id, p.benchmark
