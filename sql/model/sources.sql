-- The leaderboards: homepage, licence, citation, and the date of the edition in this file.
-- grain: source
-- reads: input_sources
-- columns:
--   source | the id of the leaderboard
--   title | its name
--   track | llm or embedding
--   rank_rule | how its ranks are determined: score, interval, or given by the leaderboard
--   score_unit | the unit of its overall score
--   in_rank | whether it is part of the combined rank; second views and boards of one language or task are not
--   homepage | its web page
--   license | the licence of its data
--   citation | how to cite it
--   frozen_on | the day of its last change; null while it is updated
--   published_on | the publish date of the edition in this file
--   retrieved_at | when its bytes were first retrieved, UTC
--   revision | the revision of the files, if the host gives one
--   priority | the priority for facts about a model when leaderboards differ; the smallest number has the highest priority
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
