-- The uncertainty of each ranked release and model: draws of its ability, and the errors that it shares with others.
-- Everything about places and probabilities comes from this table. The probability that a is better than b is `normal_cdf(x)`, x being the difference of their abilities divided by the square root of (squared distance of `shared` + both `deviation` and both `board_deviation` squared): see `probability_better`.
-- A place among some rows has one value in each draw: see `places`.
-- grain: grain, id
-- reads: input_ability_draws
-- columns:
--   grain | release or setting: what the row is about
--   id | the `release_id` of a release or the `model_id` of a setting; a release of one ranked model has the draws of that model
--   track | llm or embedding; abilities of different tracks are not comparable
--   ability | the ability, as in `leaderboard.ability` and `releases.ability`
--   deviation | the standard deviation of its own error, which no other row shares
--   board_deviation | the typical distance between the ability of a model and what one more leaderboard would measure; the same in all rows of a track
--   shared | its loadings on twelve errors of the calibration that rows share: of two rows, only the difference of these matters
--   draws | 200 draws of the ability, with shared and own errors, rounded to a tenth; the same position is the same draw of the calibration in all rows
-- checks:
--   grain in ('release', 'setting')
--   deviation > 0
--   board_deviation > 0
--   len(shared) = 12
--   len(draws) between 1 and 200
select
    grain,
    id,
    track,
    ability,
    deviation,
    board_deviation,
    shared,
    draws
from input_ability_draws
order by grain, track desc, ability desc, id
