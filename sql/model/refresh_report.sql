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
-- checks:
--   rows_read = rows_accepted + rows_quarantined + rows_duplicate
--   status in ('fresh', 'kept', 'refused')
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
    warnings
from input_refresh_report
order by source
