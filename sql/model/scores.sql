-- The current scores: one row per model and benchmark, on the scale of the benchmark.
-- If two names of a leaderboard are one model, a measured score is used before a self-reported one, then the better score.
-- grain: benchmark, model_id
-- reads: input_scores, aliases, benchmarks, sources
-- columns:
--   model_id | the canonical id of the model
--   source | the id of the leaderboard
--   benchmark | the benchmark, as `source/name`
--   score | the score on the benchmark's own scale
--   score_normalized | the normalised score, 0–100, with 0 for random guessing; null if the leaderboard does not publish it
--   score_low | the lower end of the leaderboard's own interval
--   score_high | the upper end of the leaderboard's own interval
--   votes | the number of votes behind the score; null for a benchmark without votes
--   standard_error | the standard error of the score that the leaderboard states
--   setting | how the model was run, as the leaderboard states it, such as `edit_format=diff`
--   measured_by | first_party: the leaderboard; third_party: somebody else; self_reported: the maker of the model. The combined rank leaves self-reported scores out by default
--   reference | the origin of the score, as the leaderboard states it: a title or an address
--   same_as | the benchmark that has the same result, if this score is a copy of it: same model, same test set, same value. The combined rank uses only that one
--   raw_name | the name of the model as the leaderboard spells it
--   published_on | the publish date of the leaderboard's edition
-- checks:
--   isfinite(score)
--   benchmark in (select benchmark from benchmarks)
--   score_low is null or score_low <= score
--   score_high is null or score <= score_high
--   standard_error is null or standard_error >= 0
--   measured_by in ('first_party', 'third_party', 'self_reported')
--   same_as is null or same_as <> benchmark
--   same_as is null or same_as in (select benchmark from benchmarks)
with names as (
    -- Most models have one name on a leaderboard; only scores of the others have to be compared.
    select
        source,
        raw_name,
        model_id,
        count(*) over (partition by source, model_id) > 1 as has_other_names
    from aliases
),

known as (
    select
        a.model_id,
        a.has_other_names,
        b.higher_is_better,
        s.*,
        coalesce(s.measured_by, b.measured_by, 'first_party') as measurer,
        b.test_set,
        -- As a share of the scale. Without ends, only equal numbers are the same value.
        b.scale_high is not null as has_scale,
        if(
            b.scale_high is not null,
            (s.score - coalesce(b.scale_low, 0)) / (b.scale_high - coalesce(b.scale_low, 0)),
            s.score
        ) as share
    from input_scores as s
    inner join names as a using (source, raw_name)
    left join benchmarks as b using (benchmark)
),

kept as (
    select * from known where not has_other_names
    union all
    select *
    from known
    where has_other_names
    qualify row_number() over (
        partition by model_id, benchmark
        order by measurer = 'self_reported', if(higher_is_better, -score, score), raw_name
    ) = 1
),

ordered as (
    select
        k.*,
        o.in_rank,
        o.frozen_on,
        o.priority,
        -- In the order of the scores of one model on one test set, another value begins where the gap is wider than
        -- rounding to 0.1 % of the scale.
        share - lag(share) over on_test_set <= if(has_scale, 0.00051, 0) as is_same_value
    from kept as k
    inner join sources as o using (source)
    where k.test_set in (select test_set from benchmarks where test_set is not null group by test_set having count(*) > 1)
    window on_test_set as (partition by model_id, k.test_set, has_scale order by share, benchmark)
),

results as (
    select
        *,
        count(*) filter (where is_same_value is not true) over (
            partition by model_id, test_set, has_scale
            order by share, benchmark
        ) as result
    from ordered
),

copies as (
    select
        model_id,
        benchmark,
        nullif(
            first_value(benchmark) over (
                partition by model_id, test_set, has_scale, result
                -- The score that is used is in the combined rank if one of them is, measured by its leaderboard if
                -- one of them is, and of the newest edition.
                order by
                    in_rank desc,
                    array_position(['first_party', 'third_party', 'self_reported'], measurer),
                    frozen_on desc nulls first,
                    priority,
                    benchmark
            ),
            benchmark
        ) as same_as
    from results
)

select
    k.model_id,
    k.source,
    k.benchmark,
    k.score,
    k.score_normalized,
    k.score_low,
    k.score_high,
    k.votes,
    k.standard_error,
    k.setting,
    k.measurer as measured_by,
    k.reference,
    c.same_as,
    k.raw_name,
    k.published_on
from kept as k
left join copies as c using (model_id, benchmark)
order by k.benchmark, k.model_id
