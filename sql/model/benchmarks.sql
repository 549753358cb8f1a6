-- One row per benchmark: its metric, its scale, and the score of random guessing.
-- grain: benchmark
-- reads: input_benchmarks, sources
-- columns:
--   benchmark | the benchmark, as `source/name`, for example `open_llm_v2/ifeval`
--   source | the id of the leaderboard
--   title | the name of the benchmark on the leaderboard
--   task_type | the type of its task
--   domain | what it measures, such as math, coding or knowledge
--   metric | the metric that is measured
--   higher_is_better | whether a higher score is better
--   scale_low | the lowest possible score; null if the scale has no lower end
--   scale_high | the highest possible score; null if the scale has no upper end
--   chance | the score of random guessing; null if it is unknown or does not exist
--   n_items | the number of its test items; null if it is unknown
--   test_set | the name of its test set where several leaderboards use it, such as `gpqa_diamond`; null otherwise
--   measured_by | who measured its scores: first_party, third_party or self_reported; a score can state its own
--   edition | the edition of the leaderboard where its editions have different items
--   url | a page that describes the benchmark
-- checks:
--   source in (select source from sources)
select
    b.benchmark,
    b.source,
    b.title,
    b.task_type,
    b.domain,
    b.metric,
    b.higher_is_better,
    b.scale_low,
    b.scale_high,
    b.chance,
    b.n_items,
    b.test_set,
    b.measured_by,
    b.edition,
    b.url
from input_benchmarks as b
left join sources as s using (source)
order by s.priority, b.benchmark
