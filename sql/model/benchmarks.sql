-- What each column of scores means: its metric, its scale and the score of a guesser.
-- grain: benchmark
-- reads: input_benchmarks, sources
-- columns:
--   benchmark | the leaderboard and its benchmark, `open_llm_v2/ifeval`
--   source | the leaderboard
--   title | the benchmark's name there
--   task_type | what kind of task it is
--   metric | what is measured
--   higher_is_better | whether a higher score is better
--   scale_low | the smallest possible score; null where the scale has no end
--   scale_high | the largest possible score; null where the scale has no end
--   chance | the score of a guesser; null where it is unknown or has no meaning
--   url | where it is described
-- checks:
--   source in (select source from sources)
select
    b.benchmark,
    b.source,
    b.title,
    b.task_type,
    b.metric,
    b.higher_is_better,
    b.scale_low,
    b.scale_high,
    b.chance,
    b.url
from input_benchmarks as b
left join sources as s using (source)
order by s.priority, b.benchmark
