-- The result of the last refresh for each leaderboard. Each row read is accepted, quarantined or a duplicate.
-- grain: source
-- reads: input_refresh_report
-- columns:
--   source | the id of the leaderboard
--   status | fresh; kept if the fetch or the new edition failed and the last good rows are used; refused if there are none
--   rows_read | the number of rows in the files
--   rows_accepted | the number of rows used
--   rows_quarantined | the number of excluded rows; `quarantined` lists them
--   rows_duplicate | the number of rows that repeat a key; the documented one of them is used
--   published_on | the publish date of the leaderboard's edition
--   retrieved_at | when the bytes were first retrieved, UTC
--   age_days | days from the publish date of the edition to the day of the refresh
--   sha256 | the SHA-256 of the file; with several files, the SHA-256 of the list of their hashes
--   message | what failed and what was kept; null if nothing failed
--   warnings | new or unusual properties of the files
--   cause | why it is not fresh: down (no complete answer), moved (the file does not exist any more), foreign (another kind of file),
--     columns (columns were renamed, removed or changed their type), table (another unexpected content),
--     gate (too different from the last good edition) or plugin (the plug-in of the leaderboard cannot be used); null if fresh
--   gates | the verdicts of the gates on the fetched rows, one sentence each
--   overrides | the overrides that were used, each with its end and its reason
--   refused_sha256 | the SHA-256, as in `sha256`, of the edition that is kept back; null without one
--   refused_since | when the first edition after the last good one was refused, UTC: from then on the board stands still
--   nights | on how many days an edition was refused since then
--   worst | the rows that changed most in the edition that is kept back, at most ten: model, benchmark or column, value before → now
--   next_step | the command that accepts exactly this edition, and what happens without it
-- checks:
--   rows_read = rows_accepted + rows_quarantined + rows_duplicate
--   status in ('fresh', 'kept', 'refused')
--   (status = 'fresh') = (cause is null)
--   cause is null or cause in ('down', 'moved', 'foreign', 'columns', 'table', 'gate', 'plugin')
select
    source,
    status,
    rows_read,
    rows_accepted,
    rows_quarantined,
    rows_duplicate,
    published_on,
    retrieved_at,
    age_days,
    sha256,
    message,
    warnings,
    cause,
    gates,
    overrides,
    refused_sha256,
    refused_since,
    nights,
    worst,
    next_step
from input_refresh_report
order by source
