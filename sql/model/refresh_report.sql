-- What the last refresh did with each leaderboard: rows read are rows accepted, quarantined or duplicate.
-- grain: source
-- reads: input_refresh_report
-- columns:
--   source | the leaderboard
--   status | fresh, or kept when the last good rows stand in for a refused fetch, or refused when there were none
--   rows_read | rows in the files
--   rows_accepted | rows used
--   rows_quarantined | rows held out, each listed in `quarantined`
--   rows_duplicate | rows that repeat a key, of which the documented one was used
--   published_on | the date of the leaderboard's edition
--   retrieved_at | when its bytes were first retrieved, UTC
--   age_days | days from the edition's date to the day of the refresh
--   sha256 | the hash of the bytes; of the list of hashes where there are several files
--   message | what went wrong and what was kept, where something did
--   warnings | what is new or odd in the files
--   cause | why it is not fresh: down (no whole answer), moved (no such file any more), foreign (another kind of file), columns (renamed, removed or retyped), table (not the promised table), gate (unlike the last good edition); null when fresh
--   gates | what the gates said of the fetched rows, a sentence each
--   overrides | the overrides of a person that let the rows pass, each with its end and its reason
-- checks:
--   rows_read = rows_accepted + rows_quarantined + rows_duplicate
--   status in ('fresh', 'kept', 'refused')
--   (status = 'fresh') = (cause is null)
--   cause is null or cause in ('down', 'moved', 'foreign', 'columns', 'table', 'gate')
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
    overrides
from input_refresh_report
order by source
