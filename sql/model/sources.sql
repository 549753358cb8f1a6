-- The leaderboards: who publishes them, under which licence, and how old the rows here are.
-- grain: source
-- reads: input_sources
-- columns:
--   source | the leaderboard
--   title | its name
--   track | llm or embedding
--   rank_rule | how its places follow: by score, by interval, or as given
--   score_unit | what its overall score measures
--   in_rank | whether it takes part in the combined rank; second views and boards of one language or task do not
--   homepage | where people read it
--   license | the licence of its data
--   citation | how to cite it
--   frozen_on | the day it stopped changing; null while it is alive
--   published_on | the date of the edition that is here
--   retrieved_at | when its bytes were first retrieved, UTC
--   revision | the publisher's own revision of the files, where it gives one
--   priority | whose facts about a model win when leaderboards differ; the smallest wins
-- checks:
--   track in ('llm', 'embedding')
--   rank_rule in ('score', 'interval', 'given')
select
    source,
    title,
    track,
    rank_rule,
    score_unit,
    in_rank,
    homepage,
    license,
    citation,
    frozen_on,
    published_on,
    retrieved_at,
    revision,
    priority
from input_sources
order by priority
