-- The leaderboards: homepage, licence, citation, and the date of the edition in this file.
-- grain: source
-- reads: input_sources
-- columns:
--   source | the id of the leaderboard
--   title | its name
--   short_title | the title of its columns
--   column_prefix | the beginning of its columns in `leaderboard`, such as `arena` of `arena_rank`
--   score_column | the column of `leaderboard` with its overall score; null if it has no rank
--   has_interval | whether it publishes an interval of its overall score; the ends are in `<score_column>_low` and `<score_column>_high`
--   track | llm or embedding
--   rank_rule | how its ranks are determined: score; interval; given by the leaderboard; win_rate, the mean over its benchmarks; or none
--   score_unit | the unit of its overall score
--   higher_is_better | whether a higher overall score is better
--   domain | what it measures, such as coding, knowledge or preference; each benchmark has its own domain
--   measured_by | who measured its scores: first_party (the leaderboard), third_party or self_reported (the maker of the model); a benchmark or a score can have its own
--   board_group | the id of the leaderboards of one kind, such as `mteb`; a family counts once a group
--   in_rank | whether it is part of the combined rank; second views and boards of one language or task are not
--   homepage | its web page
--   license | the licence of its data
--   citation | how to cite it
--   edition | the name of its edition, where several editions are leaderboards of their own
--   frozen_on | the day of its last change; null while it is updated
--   published_on | the publish date of the edition in this file
--   retrieved_at | when its bytes were first retrieved, UTC
--   revision | the revision of the files, if the host gives one
--   priority | the priority for facts about a model when leaderboards differ; the smallest number has the highest priority
-- checks:
--   track in ('llm', 'embedding')
--   rank_rule in ('score', 'interval', 'given', 'win_rate', 'none')
--   (score_column is null) = (rank_rule = 'none')
--   measured_by in ('first_party', 'third_party', 'self_reported')
select
    source,
    title,
    short_title,
    column_prefix,
    score_column,
    has_interval,
    track,
    rank_rule,
    score_unit,
    higher_is_better,
    domain,
    measured_by,
    board_group,
    in_rank,
    homepage,
    license,
    citation,
    edition,
    frozen_on,
    published_on,
    retrieved_at,
    revision,
    priority
from input_sources
order by priority
