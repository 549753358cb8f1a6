-- The abilities of each ranked release and model by domain, such as coding or math, on the scale of `leaderboard.ability`.
-- An ability in a domain is the overall one plus a deviation, which the benchmarks of the domain measure. Where they are few, the ability is borrowed from the overall one: see `borrowed`.
-- A release or model on two leaderboards or more has all domains of its track; one on a single leaderboard only those that this leaderboard measures. So the table has about four rows for each of most models.
-- grain: grain, id, domain
-- reads: input_domain_abilities
-- columns:
--   grain | release or setting: what the row is about
--   id | the `release_id` of a release or the `model_id` of a setting
--   track | llm or embedding; abilities of different tracks are not comparable
--   domain | what the benchmarks measure, as in `benchmarks.domain`; a benchmark of several domains (general) belongs to none
--   ability | the ability in the domain
--   ability_low | the lower end of its 90 % interval
--   ability_high | the upper end of its 90 % interval
--   deviation | the standard deviation of its whole error
--   common_deviation | the standard deviation of the error that the abilities of this id in all domains share
--   elsewhere | the ability in a domain of which this id has no benchmark, the same in each of them and in all rows of the id
--   elsewhere_deviation | the standard deviation of its whole error, of the mean variance of these domains
--   rank | the rank in the domain among the rows of the same grain and track; null if more than 95 % of the ability is borrowed
--   rank_low | the best rank in the 90 % rank interval
--   rank_high | the worst rank in the 90 % rank interval
--   percentile | the share in % of the other ranked rows of the domain with less ability
--   benchmarks | the number of benchmarks of the domain with a score on which the ability rests
--   boards | the number of leaderboards that these benchmarks belong to
--   borrowed | the share of the ability that does not come from benchmarks of the domain, 0 to 1; 1 without such a benchmark
-- checks:
--   grain in ('release', 'setting')
--   ability between ability_low and ability_high
--   rank is null or rank between rank_low and rank_high
--   rank is null or (benchmarks > 0 and borrowed < 1)
--   (rank is null) = (percentile is null)
--   borrowed between 0 and 1
--   benchmarks >= boards
select
    grain,
    id,
    track,
    domain,
    ability,
    ability_low,
    ability_high,
    deviation,
    common_deviation,
    elsewhere,
    elsewhere_deviation,
    rank,
    rank_low,
    rank_high,
    percentile,
    benchmarks,
    boards,
    borrowed
from input_domain_abilities
order by grain, track desc, domain, rank nulls last, ability desc, id
