-- Names without a certain match, for review by a person.
-- grain: raw_name
-- reads: input_unresolved, scores
-- columns:
--   raw_name | the name as the leaderboards spell it
--   sources | the ids of the leaderboards that use the name
--   model_id | the model id of the name until a person decides
--   state | `open`; `variant`: a word or part of its own sets the name apart from the candidates, so it probably is another model; `postponed` by a person
--   reason | why no match rule decided
--   candidates | the models that the name may belong to, the most plausible first; similarity alone never decides
--   gain | the number of scores that a link to the first candidate would join in one row: those of both models, or 0 when one has none or one benchmark scores both
--   best_rank | the best rank that the name reached on its leaderboards; a measure of the importance of the decision
-- checks:
--   state in ('open', 'variant', 'postponed')
--   len(candidates) > 0
--   gain >= 0
with benchmarks_of as (
    select model_id, list(benchmark) as benchmarks
    from scores
    group by model_id
)

select
    u.raw_name,
    u.sources,
    u.model_id,
    u.state,
    u.reason,
    u.candidates,
    cast(
        case
            when list_has_any(this.benchmarks, other.benchmarks) then 0
            else coalesce(len(this.benchmarks) + len(other.benchmarks), 0)
        end
        as bigint
    ) as gain,
    u.best_rank
from input_unresolved as u
left join benchmarks_of as this on this.model_id = u.model_id
left join benchmarks_of as other on other.model_id = u.candidates[1]
order by list_position(['open', 'variant', 'postponed'], u.state), gain desc, u.best_rank nulls last, u.raw_name
